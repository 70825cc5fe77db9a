"""How fast each API may be called (限流): token buckets and pauses, shared through PostgreSQL.

WeCom allows one corp 10,000 calls a minute and 150,000 an hour of each API. A bucket of `burst`
tokens that refills with `per_second` lets through at most `burst + 60 · per_second` in any minute
and `burst + 3600 · per_second` in any hour: with the default 7,160 and 134,600. Time is the
database's, so a host with a wrong clock does no harm.

Source: wecom-api §26.
"""

import math
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.conf import settings
from django.db import connection

from common import sql
from wecom.errors import RateLimited

DAY_SECONDS: Final = 86_400
MINUTE_WINDOW_SECONDS: Final = 60
HOUR_WINDOW_SECONDS: Final = 3_600


@dataclass(frozen=True, slots=True)
class ApiLimit:
    """The size of one API's bucket, and how long WeCom closes the API when it is overrun."""

    burst: float
    per_second: float
    window_seconds: int = MINUTE_WINDOW_SECONDS


DEFAULT: Final = ApiLimit(burst=5_000, per_second=36)
LIMITS: Final[dict[str, ApiLimit]] = {
    # A wrong secret tried too often blocks the IP.
    "gettoken": ApiLimit(burst=60, per_second=0.2),
    # 400 an hour for the corp, 100 an hour for an app.
    "get_jsapi_ticket": ApiLimit(burst=50, per_second=0.04, window_seconds=HOUR_WINDOW_SECONDS),
    "ticket/get": ApiLimit(burst=20, per_second=0.01, window_seconds=HOUR_WINDOW_SECONDS),
    # Outside the base rate; 30 a minute and member are dropped silently, which `touches` heeds.
    "message/send": ApiLimit(burst=5_000, per_second=83),
    # 1,000 a day and 3,000 a month.
    "media/uploadimg": ApiLimit(burst=100, per_second=50 / DAY_SECONDS, window_seconds=DAY_SECONDS),
}

# A paused API takes no token. Both answers come from one round trip. The statement is a transaction
# of its own, whose commit waits for no disk (SET LOCAL): a crash may give back a few tokens. Inside
# somebody's transaction their commit is left as it is.
_TAKE: Final = """
WITH moment AS (
    SELECT coalesce(%(now)s::timestamptz, clock_timestamp()) AS at,
           CASE WHEN %(is_alone)s THEN set_config('synchronous_commit', 'off', true) END),
pause AS (
    SELECT extract(epoch FROM p.until - moment.at) AS seconds
      FROM wecom_apipause AS p, moment
     WHERE p.corp_id = %(corp)s AND p.api = %(api)s AND p.until > moment.at),
taken AS (
    INSERT INTO wecom_apibucket AS b (corp_id, api, tokens, refilled_at)
    SELECT %(corp)s, %(api)s, %(burst)s - 1, moment.at
      FROM moment WHERE NOT EXISTS (SELECT FROM pause)
    ON CONFLICT (corp_id, api) DO UPDATE
       SET tokens = least(%(burst)s, b.tokens + %(rate)s * greatest(0,
               extract(epoch FROM excluded.refilled_at - b.refilled_at))) - 1,
           refilled_at = greatest(b.refilled_at, excluded.refilled_at)
     WHERE least(%(burst)s, b.tokens + %(rate)s * greatest(0,
               extract(epoch FROM excluded.refilled_at - b.refilled_at))) >= 1
    RETURNING tokens)
SELECT (SELECT seconds FROM pause), (SELECT tokens FROM taken)
"""

# A second overrun soon after the first means that the longer window is closed.
_PAUSE: Final = """
WITH moment AS (SELECT coalesce(%(now)s::timestamptz, clock_timestamp()) AS at)
INSERT INTO wecom_apipause AS p (corp_id, api, until, reason)
SELECT %(corp)s, %(api)s, at + make_interval(secs => %(seconds)s), %(reason)s FROM moment
ON CONFLICT (corp_id, api) DO UPDATE
   SET until = CASE
           WHEN p.until > (SELECT at FROM moment) THEN greatest(p.until, excluded.until)
           WHEN p.until > (SELECT at FROM moment) - make_interval(secs => %(again)s)
           THEN (SELECT at FROM moment) + make_interval(secs => greatest(%(seconds)s, %(hour)s))
           ELSE excluded.until END,
       reason = excluded.reason
RETURNING extract(epoch FROM p.until - (SELECT at FROM moment))
"""


def limit_of(api: str) -> ApiLimit:
    """Return the limit of an API; `settings.WECOM_API_LIMITS` may replace ours."""
    replaced: dict[str, ApiLimit] = getattr(settings, "WECOM_API_LIMITS", {})
    return replaced.get(api) or LIMITS.get(api) or replaced.get("*") or DEFAULT


def take(*, corp_pk: int, api: str, now: datetime | None = None) -> None:
    """Take one token of an API's bucket; one round trip, committed at once without an fsync.

    Args:
        corp_pk: Primary key of the corp.
        api: The path below /cgi-bin/.
        now: For tests; None means the database's clock.

    Raises:
        RateLimited: the API is paused or its bucket is empty.
    """
    limit = limit_of(api)
    ((paused_seconds, tokens),) = sql.fetch_all(
        _TAKE,
        {
            "corp": corp_pk,
            "api": api,
            "burst": float(limit.burst),
            "rate": float(limit.per_second),
            "now": now,
            "is_alone": not connection.in_atomic_block,
        },
    )
    if paused_seconds is not None:
        raise RateLimited("paused", api=api, retry_after_seconds=float(paused_seconds))
    if tokens is None:
        wait = max(1.0, math.ceil(1 / limit.per_second))
        raise RateLimited("bucket empty", api=api, retry_after_seconds=wait)


def pause(*, corp_pk: int, api: str, reason: str, now: datetime | None = None) -> float:
    """Close one API of one corp for its window and return the seconds (45009).

    The first time closes the API's own window; another overrun within two minutes of its end means
    that the hour is used up.
    """
    seconds = sql.fetch_value(
        _PAUSE,
        {
            "corp": corp_pk,
            "api": api,
            "seconds": limit_of(api).window_seconds,
            "again": 2 * MINUTE_WINDOW_SECONDS,
            "hour": HOUR_WINDOW_SECONDS,
            "reason": reason,
            "now": now,
        },
    )
    return float(seconds)
