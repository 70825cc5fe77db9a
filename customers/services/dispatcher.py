"""The dispatcher (行为分发): takes queued events by shard and folds them, a batch a transaction.

1. Take the shard's advisory lock; another dispatcher goes on to the next shard. Shards in which
   few wait are taken together: what a transaction costs hardly depends on how many it works in.
2. Read up to `BATCH_ROWS` queue rows with their events, in queue order.
3. Split into rounds of at most one event a customer; run each reducer of the routes over its
   share of the round, folds first, then reactions, in an order that keeps that of every route.
4. Record what the reducers derived, delete the queue rows, commit. A crash repeats all of it or
   none.
5. A batch that fails is halved until the one event that cannot be worked in stands alone. It is
   tried again after a while, its customer's later events waiting behind it; the third time it is
   parked with its error. Neighbours go on meanwhile.
"""

import json
import logging
import random
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from graphlib import TopologicalSorter
from itertools import pairwise
from typing import Any, Final, TypeAlias

from django.db import transaction

from common import bell, sql
from common.trouble import is_connection_lost
from customers.services.ledger import (
    SHARD_COUNT,
    LedgerEvent,
    NewEvent,
    Reducer,
    record_events,
)

logger = logging.getLogger(__name__)

BATCH_ROWS: Final = 1_000
PARK_AFTER_ATTEMPTS: Final = 3
RETRY_SECONDS: Final = 5
SHARD_LOCK_CLASS: Final = 7_301
# Shards in which fewer wait are worked in together: a transaction costs nearly the same for each.
FEW_ROWS: Final = 50
# Whoever has found few so many times in a row meets a steady trickle, and rests before each look:
# a hundred events in one transaction cost little more than ten.
TRICKLE_LOOKS: Final = 3
TRICKLE_SECONDS: Final = 0.1

# How many wait in each shard, counted no further than it matters.
_WAITING_IN_SHARDS = sql.Prepared("""
SELECT shard, (SELECT count(*) FROM (
                SELECT 1 FROM customers_queuedevent queued
                 WHERE queued.shard = shard.shard AND queued.parked_at IS NULL LIMIT %s) few)
  FROM generate_series(0, %s) AS shard
""")
_LOCK_FREE = sql.Prepared("""
SELECT coalesce(array_agg(shard), '{}') FROM unnest(%s::int[]) AS shard
 WHERE pg_try_advisory_xact_lock(%s, shard)
""")
_QUEUED = sql.Prepared("""
SELECT id, occurred_at FROM customers_queuedevent
 WHERE shard = ANY(%s) AND parked_at IS NULL AND customer_id <> ALL(%s)
 ORDER BY id LIMIT %s
""")
# In a statement of its own, with the stretch of time in plain sight: looking for a few events in
# every month of the ledger would cost more than reading them out of one.
_EVENTS = sql.Prepared("""
SELECT queued.id, event.id, event.type, event.key, event.occurred_at, event.recorded_at,
       event.identity_id, identity.customer_id, event.staff_id, event.source, event.depth,
       event.payload::text
  FROM customers_queuedevent queued
  JOIN customers_event event
    ON event.id = queued.event_id AND event.occurred_at = queued.occurred_at
   AND event.occurred_at BETWEEN %s AND %s
  JOIN customers_identity identity ON identity.id = event.identity_id
 WHERE queued.id = ANY(%s::bigint[])
 ORDER BY queued.id
""")
_WAITING_CUSTOMERS = sql.Prepared("""
SELECT coalesce(array_agg(customer_id), '{}') FROM customers_queuedevent
 WHERE shard = ANY(%s) AND retry_at > %s AND parked_at IS NULL
""")
_SET_ASIDE = """
UPDATE customers_queuedevent SET attempts = attempts + 1, error = left(%(error)s, 500),
       retry_at = %(now)s::timestamptz + make_interval(secs => %(wait)s * (attempts + 1)),
       parked_at = CASE WHEN attempts + 1 >= %(most)s THEN %(now)s::timestamptz END
 WHERE id = %(id)s
"""


@dataclass(frozen=True, slots=True)
class Route:
    """What happens on one type of event: pure folds, replayed by a rebuild, and reactions, once."""

    folds: tuple[Reducer, ...] = ()
    reactions: tuple[Reducer, ...] = ()


@dataclass(frozen=True, slots=True)
class QueuedLedgerEvent:
    """A queue row with its event."""

    queue_id: int
    event: LedgerEvent


Routes: TypeAlias = Mapping[str, Route]


def dispatch_due(*, routes: Routes, now: datetime, budget_seconds: float) -> int:
    """Work in queued events until none is left or the budget is used; returns how many."""
    deadline = time.monotonic() + budget_seconds
    count = looks = 0
    while True:
        if looks >= TRICKLE_LOOKS:
            time.sleep(TRICKLE_SECONDS)
        waiting = sql.fetch_all(_WAITING_IN_SHARDS, [FEW_ROWS, SHARD_COUNT - 1])
        few = [shard for shard, rows in waiting if 0 < rows < FEW_ROWS]
        many = [shard for shard, rows in waiting if rows >= FEW_ROWS]
        looks = 0 if many else looks + 1
        random.shuffle(many)
        worked = dispatch_together(few, routes=routes, now=now) if few else 0
        for shard in many:
            if time.monotonic() >= deadline:
                break
            worked += dispatch_shard(shard, routes=routes, now=now)
        count += worked
        if not worked or time.monotonic() >= deadline:
            return count


def dispatch_together(shards: Sequence[int], *, routes: Routes, now: datetime) -> int:
    """Work in what waits in several shards, in one transaction; returns how many events.

    Shards that another holds are left to it. If anything fails each shard is worked in by itself.
    """
    try:
        with transaction.atomic():
            free = sql.fetch_value(_LOCK_FREE, [list(shards), SHARD_LOCK_CLASS])
            batch = _read_batch(free, BATCH_ROWS, now=now) if free else []
            if batch:
                _work_in(batch, routes=routes, now=now)
            return len(batch)
    except Exception as error:
        if is_connection_lost(error):
            raise
        logger.info("dispatch_together_failed", extra={"reason": type(error).__name__})
    return sum(dispatch_shard(shard, routes=routes, now=now) for shard in shards)


def dispatch_shard(shard: int, *, routes: Routes, now: datetime, limit: int = BATCH_ROWS) -> int:
    """Work in one batch of one shard; returns how many events, 0 when another holds the shard."""
    batch: list[QueuedLedgerEvent] = []
    try:
        with transaction.atomic():
            if not sql.fetch_value(
                "SELECT pg_try_advisory_xact_lock(%s, %s)", [SHARD_LOCK_CLASS, shard]
            ):
                return 0
            batch = _read_batch([shard], limit, now=now)
            if batch:
                _work_in(batch, routes=routes, now=now)
            return len(batch)
    except Exception as error:
        if not batch or is_connection_lost(error):
            raise
        logger.warning("dispatch_batch_failed", exc_info=True, extra={"shard": shard})
        if len(batch) == 1:
            return _set_aside(batch[0], error, now=now)
    return dispatch_shard(shard, routes=routes, now=now, limit=len(batch) // 2)


def unpark(*, event_ids: Sequence[int] | None = None) -> int:
    """Let parked events be worked in again (恢复搁置行为), all of them or these; returns how many.

    They come after whatever their customers did meanwhile: `manage.py rebuild` puts that in order.
    """
    which, params = ("true", []) if event_ids is None else ("event_id = ANY(%s)", [list(event_ids)])
    count = sql.execute(
        f"""UPDATE customers_queuedevent
               SET parked_at = NULL, retry_at = NULL, attempts = 0, error = ''
             WHERE parked_at IS NOT NULL AND {which}""",  # noqa: S608 - one of two fixed texts
        params,
    )
    bell.ring("scrm.dispatch_events")
    return count


def _set_aside(item: QueuedLedgerEvent, error: Exception, *, now: datetime) -> int:
    """Put the one event that fails off, or park it; that is progress of one."""
    return sql.execute(
        _SET_ASIDE,
        {
            "id": item.queue_id,
            "error": f"{type(error).__name__}: {error}",
            "now": now,
            "wait": RETRY_SECONDS,
            "most": PARK_AFTER_ATTEMPTS,
        },
    )


def rounds(events: Sequence[LedgerEvent]) -> Iterator[list[LedgerEvent]]:
    """Split events into rounds of at most one a customer, keeping each customer's order."""
    seen: dict[int, int] = defaultdict(int)
    split: list[list[LedgerEvent]] = []
    for event in events:
        position = seen[event.customer_id]
        seen[event.customer_id] += 1
        if position == len(split):
            split.append([])
        split[position].append(event)
    yield from split


def run_reducers(
    events: Sequence[LedgerEvent], *, routes: Routes, now: datetime, with_reactions: bool
) -> list[NewEvent]:
    """Run one round through the reducers, each once over its share; returns what they derived."""
    shares: dict[Reducer, list[LedgerEvent]] = {}
    for part in ("folds", "reactions") if with_reactions else ("folds",):
        for reducer in _in_order(routes, part):
            shares.setdefault(reducer, [])
        for event in events:
            route = routes.get(event.type, Route())
            for reducer in getattr(route, part):
                shares[reducer].append(event)
    derived: list[NewEvent] = []
    for reducer, share in shares.items():
        if share:
            derived.extend(reducer(share, now=now) or ())
    return derived


def _in_order(routes: Routes, part: str) -> list[Reducer]:
    """Return the reducers so that whatever comes first in a route runs first."""
    earlier: dict[Reducer, set[Reducer]] = {}
    for route in routes.values():
        chain: tuple[Reducer, ...] = getattr(route, part)
        for reducer in chain:
            earlier.setdefault(reducer, set())
        for first, then in pairwise(chain):
            earlier[then].add(first)
    return list(TopologicalSorter(earlier).static_order())


def _work_in(batch: Sequence[QueuedLedgerEvent], *, routes: Routes, now: datetime) -> None:
    derived: list[NewEvent] = []
    for events in rounds([item.event for item in batch]):
        derived.extend(run_reducers(events, routes=routes, now=now, with_reactions=True))
    record_events(derived, now=now)
    sql.execute(
        "DELETE FROM customers_queuedevent WHERE id = ANY(%s::bigint[])",
        [sql.numbers(item.queue_id for item in batch)],
    )


def _read_batch(shards: Sequence[int], limit: int, *, now: datetime) -> list[QueuedLedgerEvent]:
    waiting = sql.fetch_value(_WAITING_CUSTOMERS, [list(shards), now])
    queued = sql.fetch_all(_QUEUED, [list(shards), waiting, limit])
    if not queued:
        return []
    moments = [moment for _id, moment in queued]
    numbers = sql.numbers(number for number, _moment in queued)
    rows = sql.fetch_all(_EVENTS, [min(moments), max(moments), numbers])
    return [QueuedLedgerEvent(row[0], ledger_event(row[1:])) for row in rows]


def ledger_event(row: Sequence[Any]) -> LedgerEvent:
    """Make a ledger event of columns in the order of its fields, the payload as JSON text."""
    values = (*row[:-1], json.loads(row[-1]))
    return LedgerEvent(*values)
