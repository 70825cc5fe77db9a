"""Virtual time in a storm: an hour in a second or two, for WeCom and for us alike."""

import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from datetime import time as time_of_day
from typing import Final

from kombu.exceptions import OperationalError

from common.clock import SHANGHAI
from tests.chaos.town import Town
from tests.system import AWAY

# Before each slot its lead, after each some time for staff to tap. Nights pass in one leap: when it
# begins everybody has seen that it is night.
_STOPS: Final = "08:50 10:00 12:30 15:05 17:00 20:00 21:15 22:05"
# Whoever works is at most this late on the new time: its budget and the clock's cache.
DWELL_SECONDS: Final = 1.6
_OPEN_WINDOWS: Final = "UPDATE wecom_apipause SET until = until - make_interval(secs => %s)"
_DUE: Final = """
WITH clock AS (SELECT now() + make_interval(secs => coalesce(
    (SELECT offset_seconds FROM common_clockoffset WHERE id = 1), 0)) AS now)
SELECT EXISTS (SELECT 1 FROM wecom_callbackreceipt WHERE state = 'new')
    OR EXISTS (SELECT 1 FROM customers_queuedevent)
    OR EXISTS (SELECT 1 FROM sop_journeyrun run JOIN sop_journey journey
                   ON journey.id = run.journey_id AND journey.state = 'live'
                WHERE run.state = 'active' AND run.due_at <= clock.now)
    OR EXISTS (SELECT 1 FROM touches_touch WHERE state = 'planned' AND due_at <= clock.now)
    OR EXISTS (SELECT 1 FROM touches_dispatch WHERE state = 'pending' AND settle_until IS NULL
                  AND available_at <= clock.now)
    OR EXISTS (SELECT 1 FROM touches_masstask WHERE poll_at <= clock.now) AS is_due
  FROM clock
"""
_SET_OFFSET: Final = """
INSERT INTO common_clockoffset (id, offset_seconds) VALUES (1, %s)
ON CONFLICT (id) DO UPDATE
   SET offset_seconds = greatest(common_clockoffset.offset_seconds, excluded.offset_seconds)
RETURNING offset_seconds
"""


class TimeMachine:
    """Moves the sandbox's clock, and sees to it that our processes hear of it."""

    def __init__(self, town: Town) -> None:
        self._town = town
        self._sim = town.sim

    def now(self) -> datetime:
        """Return virtual time."""
        return datetime.fromtimestamp(self._sim.now(), tz=SHANGHAI)

    def go_to(self, moment: datetime) -> None:
        """Let time run to a moment, and stay until what is due then is done, or for a while."""
        ahead = (moment - self.now()).total_seconds()
        if ahead > 0:
            offset = self._sim.advance(ahead)["offset_seconds"]
            # The hook may have met a dead web process, or a database that was away.
            self._town.wait(lambda: self._is_known(offset), "the new time in the database")
            self._town.wait(lambda: self._open_windows(ahead), "the windows of the APIs")
        self._ring_for_the_minute()
        time.sleep(DWELL_SECONDS)
        deadline = time.monotonic() + self._town.scale.patience_seconds
        while time.monotonic() < deadline and self._is_work_due():
            time.sleep(0.2)

    def days(self, count: int) -> Iterator[datetime]:
        """Yield the moments at which so many days are looked at, from the next morning on."""
        stops = [time_of_day.fromisoformat(word) for word in _STOPS.split()]
        now = self.now()
        first = now.date() + timedelta(days=now.time() > stops[0])
        for day in range(count):
            for stop in stops:
                yield datetime.combine(first + timedelta(days=day), stop, tzinfo=SHANGHAI)

    def _open_windows(self, ahead: float) -> bool:
        """Open the APIs that WeCom closed for a while: that time has passed for it."""
        self._town.write(_OPEN_WINDOWS, [ahead])
        return True

    def _ring_for_the_minute(self) -> None:
        """What is done every minute (ends, scans) is due: it would come after days."""
        with suppress(OperationalError):
            self._town.ring("scrm.maintain")

    def _is_work_due(self) -> bool:
        try:
            return bool(self._town.query(_DUE)[0]["is_due"])
        except AWAY:
            return True

    def _is_known(self, offset: float) -> bool:
        rows = self._town.write(_SET_OFFSET, [offset])
        return bool(rows and rows[0]["offset_seconds"] >= offset)
