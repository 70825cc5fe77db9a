"""What an operator looks at first (四个黄金数字): all of it from PostgreSQL, whatever Redis does.

Four numbers a corp, each with a limit above which somebody should act: the oldest due call that has
not gone out, the oldest callback that has not been worked in, what ended unknown or dead, and what
the last sweep found different.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import redis
from django.conf import settings

from common import heartbeat, sql
from touches.models import Dispatch
from wecom import spool

MOST_COUNTED: Final = 100_000

# Each oldest row is read from the head of its partial index, however many wait behind it.
_GOLDEN: Final = """
SELECT corp.corp_id, corp.name,
       coalesce(extract(epoch FROM %(now)s - least(waiting.since, sending.since)), 0)::float,
       coalesce(extract(epoch FROM %(now)s - receipt.since), 0)::float,
       (SELECT count(*) FROM touches_dispatch
         WHERE corp_id = corp.id AND state IN ('unknown', 'dead'))
       + (SELECT count(*) FROM wecom_callbackreceipt
           WHERE corp_id = corp.id AND state = 'dead'),
       (SELECT count(*) FROM customers_drift
         WHERE corp_id = corp.id AND job_id = (
               SELECT max(id) FROM org_job WHERE kind = 'sweep' AND state = 'done'
                  AND (cursor ->> 'corp')::bigint = corp.id))
  FROM wecom_corp corp
  LEFT JOIN LATERAL (
       SELECT min(oldest.available_at) AS since
         FROM unnest(%(kinds)s) AS kinds(kind)
         JOIN LATERAL (
              SELECT available_at FROM touches_dispatch
               WHERE state = 'pending' AND touches_dispatch.kind = kinds.kind
                 AND corp_id = corp.id AND available_at <= %(now)s
               ORDER BY available_at LIMIT 1) oldest ON true) waiting ON true
  LEFT JOIN LATERAL (
       SELECT min(available_at) AS since FROM touches_dispatch
        WHERE state = 'sending' AND corp_id = corp.id) sending ON true
  LEFT JOIN LATERAL (
       SELECT received_at AS since FROM wecom_callbackreceipt
        WHERE state = 'new' AND corp_id = corp.id ORDER BY id LIMIT 1) receipt ON true
 ORDER BY corp.corp_id
"""
# A queue that has grown beyond counting is told as "at least so many".
_QUEUES: Final = """
SELECT (SELECT count(*) FROM (SELECT 1 FROM wecom_callbackreceipt
                               WHERE state = 'new' LIMIT %(most)s) row),
       (SELECT count(*) FROM (SELECT 1 FROM customers_queuedevent
                               WHERE parked_at IS NULL LIMIT %(most)s) row),
       (SELECT count(*) FROM (SELECT 1 FROM customers_queuedevent
                               WHERE parked_at IS NOT NULL LIMIT %(most)s) row),
       (SELECT count(*) FROM (SELECT 1 FROM touches_dispatch
                               WHERE state = 'pending' LIMIT %(most)s) row),
       (SELECT count(*) FROM (SELECT 1 FROM touches_dispatch
                               WHERE state = 'sending' LIMIT %(most)s) row),
       (SELECT count(*) FROM (SELECT 1 FROM customers_refreshrequest LIMIT %(most)s) row)
"""
_QUEUE_NAMES: Final = (
    "receipts",
    "events",
    "parked_events",
    "dispatches_pending",
    "dispatches_sending",
    "refreshes",
)


@dataclass(frozen=True, slots=True)
class GoldenNumbers:
    """The four numbers of one corp; a healthy corp has small seconds and two zeros."""

    corp_id: str
    corp_name: str
    oldest_due_call_seconds: float
    oldest_receipt_seconds: float
    unknown_or_dead_count: int
    drift_count: int


def golden_numbers(*, now: datetime) -> list[GoldenNumbers]:
    """Return the four numbers of each corp."""
    params = {"now": now, "kinds": Dispatch.Kind.values}
    return [GoldenNumbers(*row) for row in sql.fetch_all(_GOLDEN, params)]


def queue_lengths() -> dict[str, int]:
    """Return how much waits where, counted up to `MOST_COUNTED`; the spool is this host's."""
    (row,) = sql.fetch_all(_QUEUES, {"most": MOST_COUNTED})
    return dict(zip(_QUEUE_NAMES, row, strict=True)) | {"spool": spool.waiting_count()}


def redis_answers() -> bool:
    """Say whether Redis answers at once; without it bells take a second and nothing is lost."""
    try:
        with redis.Redis.from_url(
            settings.REDIS_URL, socket_timeout=0.2, socket_connect_timeout=0.2
        ) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False


def heartbeat_ages() -> dict[str, timedelta]:
    """Return how long ago each process last gave a sign of life."""
    return dict(sorted(heartbeat.ages().items()))
