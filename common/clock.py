"""The only source of business time (业务时间).

`now()` is real time plus, in the demo only, an offset that the sandbox page advances, so that a
seven-day journey can be watched in a minute. It is passed into services and SQL as an argument;
leases use the database's `clock_timestamp()` and deadlines use `time.monotonic()`.
"""

import threading
import time
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import DatabaseError, InterfaceError

from common import sql

SHANGHAI: Final = ZoneInfo("Asia/Shanghai")
OFFSET_CACHE_SECONDS: Final = 0.5
# Engines ask for the date of many moments; Shanghai has kept one offset since its last summer time.
_FIXED_OFFSET: Final = timedelta(hours=8)
_FIXED_SINCE_YEAR: Final = 1992


class _OffsetCache(threading.local):
    """The offset as this thread last read it."""

    value = timedelta(0)
    read_at = -1e9


_cache = _OffsetCache()


def now() -> datetime:
    """Return the present business time, aware UTC."""
    real = datetime.now(UTC)
    return real + _offset() if settings.DEMO_CLOCK else real


def wall() -> datetime:
    """Return real time, aware UTC: for what clocks outside decide, as an authenticator's codes."""
    return datetime.now(UTC)


def today() -> date:
    """Return the present date in Asia/Shanghai."""
    return local_date(now())


def local_date(moment: datetime) -> date:
    """Return the Asia/Shanghai date of an aware moment."""
    if moment.tzinfo is UTC and moment.year >= _FIXED_SINCE_YEAR:
        return (moment + _FIXED_OFFSET).date()
    return moment.astimezone(SHANGHAI).date()


def advance(*, offset_seconds: float) -> None:
    """Set the demo clock so many seconds ahead of real time; it never goes back.

    Raises:
        DemoClockOff: this deployment has no demo clock.
    """
    if not settings.DEMO_CLOCK:
        raise DemoClockOff
    sql.execute(
        """INSERT INTO common_clockoffset (id, offset_seconds) VALUES (1, %s)
           ON CONFLICT (id) DO UPDATE
              SET offset_seconds = greatest(common_clockoffset.offset_seconds,
              excluded.offset_seconds)""",
        [offset_seconds],
    )
    _cache.read_at = -1e9


class DemoClockOff(RuntimeError):
    """The demo clock is off: time cannot be advanced here."""


def _offset() -> timedelta:
    """Read the stored offset, at most twice a second a thread; kept while the database is away."""
    ticks = time.monotonic()
    if ticks - _cache.read_at >= OFFSET_CACHE_SECONDS:
        _cache.read_at = ticks
        try:
            rows = sql.fetch_all("SELECT offset_seconds FROM common_clockoffset WHERE id = 1")
        except (DatabaseError, InterfaceError):
            return _cache.value
        _cache.value = timedelta(seconds=rows[0][0]) if rows else timedelta(0)
    return _cache.value
