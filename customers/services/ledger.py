"""Writing the event ledger (行为账本): append-only, each key once, each customer in order."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeAlias

from django.db import transaction

from common import bell, news, sql
from common.ids import key_digest
from customers.errors import DerivedTooDeep
from customers.events import Payload, to_json
from customers.models.event import RECORDING_LOCKS

SHARD_COUNT: Final = 16
MAX_DEPTH: Final = 4
BATCH_ROWS: Final = 2_000

# Commit order is what makes "in order" true: whoever records for a customer holds the row until
# commit.
_LOCK = sql.Prepared("""
SELECT customer.id FROM customers_customer customer
 WHERE customer.id IN (
       SELECT customer_id FROM customers_identity WHERE id = ANY(%s::bigint[]))
 ORDER BY customer.id FOR NO KEY UPDATE
""")
# Numbers are given before commits. Whoever is about to take some says so with a lock on the last
# one given, so that `selectors.feed` knows from where on events may still appear.
_ANNOUNCE = """
SELECT pg_advisory_xact_lock_shared(%s + last_value - (NOT is_called)::int)
  FROM customers_event_id_seq
"""
_OWNERS = sql.Prepared(
    "SELECT DISTINCT customer_id FROM customers_identity WHERE id = ANY(%s::bigint[])"
)

_INSERT = sql.Prepared("""
WITH incoming AS (
    SELECT * FROM jsonb_to_recordset(%(rows)s::jsonb) AS row(
        n int, digest uuid, key text, type text, identity_id bigint, staff_id bigint,
        occurred_at timestamptz, source text, depth smallint, payload jsonb)
), fresh AS (
    INSERT INTO customers_eventkey (digest)
    SELECT DISTINCT digest FROM incoming ORDER BY digest
    ON CONFLICT DO NOTHING RETURNING digest
), numbered AS (
    SELECT nextval('customers_event_id_seq') AS id, first.*, identity.customer_id
      FROM (SELECT DISTINCT ON (digest) * FROM incoming JOIN fresh USING (digest)
             ORDER BY digest, n) first
      JOIN customers_identity identity ON identity.id = first.identity_id
     ORDER BY first.n
), stored AS (
    INSERT INTO customers_event (id, occurred_at, recorded_at, type, key, customer_id, identity_id,
                                 staff_id, source, depth, payload)
    SELECT id, occurred_at, %(now)s::timestamptz, type, key, customer_id, identity_id, staff_id,
           source, depth, payload
      FROM numbered
), queued AS (
    INSERT INTO customers_queuedevent (event_id, occurred_at, customer_id, shard)
    SELECT id, occurred_at, customer_id, customer_id %% %(shards)s::int FROM numbered ORDER BY id
)
SELECT count(*), coalesce(array_agg(DISTINCT customer_id), '{}') FROM numbered
""")


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event to be recorded.

    Attributes:
        payload: One of the dataclasses of `customers.events`.
        key: Unique for ever; the same fact told again is one event. At most 200 characters.
        identity_id: The identity it arrived with, its anchor.
        occurred_at: When it happened, aware UTC.
        staff_id: The staff member concerned, if any.
        source: `callback`, `sync`, `link`, `touch`, `import`, `derived` ….
        depth: How often derived: 0 for what came from outside.
    """

    payload: Payload
    key: str
    identity_id: int
    occurred_at: datetime
    staff_id: int | None
    source: str
    depth: int = 0


@dataclass(frozen=True, slots=True)
class LedgerEvent:
    """A recorded event as reducers get it; `customer_id` is who the identity belongs to now."""

    id: int
    type: str
    key: str
    occurred_at: datetime
    recorded_at: datetime
    identity_id: int
    customer_id: int
    staff_id: int | None
    source: str
    depth: int
    payload: dict[str, Any]


# What a fold or a reaction is: it takes (events, now=…) and may return events that it derived.
Reducer: TypeAlias = Callable[..., Sequence[NewEvent] | None]


def lock_customers_of(identity_ids: Iterable[int]) -> None:
    """Lock the customers behind these identities, in order; again if a merge came in between."""
    wanted = sql.numbers(sorted(set(identity_ids)))
    while True:
        locked = {row[0] for row in sql.fetch_all(_LOCK, [wanted])}
        owners = {row[0] for row in sql.fetch_all(_OWNERS, [wanted])}
        if owners <= locked:
            return


def record_events(events: Sequence[NewEvent], *, now: datetime) -> int:
    """Record events (行为) and queue them for the dispatcher; returns how many were new.

    One transaction (the caller's, or its own): holds the customers' row locks until it commits.
    Whoever watches one of the customers is told on commit.

    Args:
        now: Business time of recording.

    Raises:
        DerivedTooDeep: a chain of derived events is longer than `MAX_DEPTH`.
        BadEventPayload: a payload field has a value of another type.
    """
    if not events:
        return 0
    count = 0
    concerned: set[int] = set()
    with transaction.atomic():
        lock_customers_of(event.identity_id for event in events)
        sql.fetch_value(_ANNOUNCE, [RECORDING_LOCKS])
        for start in range(0, len(events), BATCH_ROWS):
            rows = [_row(n, event) for n, event in enumerate(events[start : start + BATCH_ROWS])]
            text = sql.json_rows(rows)
            params = {"rows": text, "now": now, "shards": SHARD_COUNT}
            ((new, customer_ids),) = sql.fetch_all(_INSERT, params)
            count += new
            concerned.update(customer_ids)
        if count:
            bell.ring("scrm.dispatch_events")
            news.tell("customer", concerned)
    return count


def record_event(event: NewEvent, *, now: datetime) -> bool:
    """Record one event; false when its key was known already. See `record_events`."""
    return record_events([event], now=now) == 1


def _row(n: int, event: NewEvent) -> dict[str, Any]:
    if event.depth > MAX_DEPTH:
        raise DerivedTooDeep(f"{event.payload.type} at depth {event.depth}")
    return {
        "n": n,
        "digest": str(key_digest(event.key)),
        "key": event.key,
        "type": event.payload.type,
        "identity_id": event.identity_id,
        "staff_id": event.staff_id,
        "occurred_at": event.occurred_at.isoformat(),
        "source": event.source,
        "depth": event.depth,
        "payload": to_json(event.payload),
    }
