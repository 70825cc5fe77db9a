"""Rebuilding what follows from the ledger (重建): the same folds over the same events in order.

Everything derived (profiles, friendships, group presences, stage changes) is emptied and folded
again; the identity graph and the ledger itself are inputs and stay. Events that still wait in the
queue are left to the dispatcher.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from django.db import transaction

from common import sql
from customers.services.dispatcher import SHARD_LOCK_CLASS, ledger_event, rounds
from customers.services.folds import FOLDS
from customers.services.ledger import SHARD_COUNT, LedgerEvent

CHUNK_EVENTS: Final = 5_000
# What the folds write beside the profiles.
_FOLDED: Final = ("customers_friendship", "customers_grouppresence", "customers_stagechange")

_EVENTS = """
SELECT event.id, event.type, event.key, event.occurred_at, event.recorded_at, event.identity_id,
       identity.customer_id, event.staff_id, event.source, event.depth, event.payload::text
  FROM customers_event event JOIN customers_identity identity ON identity.id = event.identity_id
 WHERE event.id > %(after)s AND {which}
   AND NOT EXISTS (SELECT 1 FROM customers_queuedevent queued WHERE queued.event_id = event.id)
 ORDER BY event.id LIMIT %(limit)s
"""
_ALL: Final = _EVENTS.format(which="true")
_OF_CUSTOMERS: Final = _EVENTS.format(which="identity.customer_id = ANY(%(customers)s)")

_EMPTY_PROFILE = """
UPDATE customers_profile SET relation = DEFAULT, purchase = DEFAULT, stage = DEFAULT,
       event_count = DEFAULT, open_count = DEFAULT, complete_count = DEFAULT,
       read_seconds = DEFAULT, message_count = DEFAULT, order_count = DEFAULT,
       order_amount_fen = DEFAULT, group_count = DEFAULT, first_added_at = NULL,
       last_added_at = NULL, last_open_at = NULL, first_order_at = NULL, last_order_at = NULL,
       last_active_at = NULL, last_event_at = NULL
"""


def rebuild_all(*, now: datetime, progress: Callable[[int], None] = lambda _: None) -> int:
    """Empty and fold everything again in one transaction; returns how many events were folded.

    Holds every shard, so the dispatcher waits meanwhile.

    Args:
        progress: Called with the number of events folded so far, a chunk at a time.
    """
    with transaction.atomic():
        for shard in range(SHARD_COUNT):
            sql.fetch_value("SELECT pg_advisory_xact_lock(%s, %s)", [SHARD_LOCK_CLASS, shard])
        for table in _FOLDED:
            sql.execute(f"DELETE FROM {table}")  # noqa: S608 - fixed names
        sql.execute(_EMPTY_PROFILE)
        return _replay(_ALL, [], now=now, progress=progress)


def refold_customers(customer_ids: Sequence[int], *, now: datetime) -> int:
    """Fold these customers again; the caller holds their shards and rows."""
    wanted = list(customer_ids)
    of_identities = "identity_id IN (SELECT id FROM customers_identity WHERE customer_id = ANY(%s))"
    for table in _FOLDED:
        sql.execute(f"DELETE FROM {table} WHERE {of_identities}", [wanted])  # noqa: S608 - fixed names
    sql.execute(f"{_EMPTY_PROFILE} WHERE customer_id = ANY(%s)", [wanted])
    return _replay(_OF_CUSTOMERS, wanted, now=now, progress=lambda _: None)


def fold(events: Sequence[LedgerEvent], *, now: datetime) -> None:
    """Run every fold over one round; what they derive stands in the ledger already."""
    for reducer, types in FOLDS.items():
        share = [event for event in events if types is None or event.type in types]
        if share:
            reducer(share, now=now)


def _replay(
    query: str, customers: Sequence[int], *, now: datetime, progress: Callable[[int], None]
) -> int:
    count, after = 0, 0
    while True:
        rows = sql.fetch_all(
            query, {"after": after, "limit": CHUNK_EVENTS, "customers": list(customers)}
        )
        if not rows:
            return count
        for events in rounds([ledger_event(row) for row in rows]):
            fold(events, now=now)
        count += len(rows)
        after = rows[-1][0]
        progress(count)
