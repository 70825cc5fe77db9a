"""Following the ledger by number (行为流), without missing an event that commits late."""

import json
from collections.abc import Collection, Sequence
from typing import Any, Final

from common import sql
from common.settled import last_settled
from customers.models import Event, Identity
from customers.models.event import RECORDING_LOCKS
from org.models import Staff

SEQUENCE: Final = "customers_event_id_seq"
# The upper end is there for the planner, which cannot know how little lies beyond the first.
_LARGEST: Final = 2**62
_AFTER: Final = sql.Prepared("""
SELECT staff.name, staff.userid, event.id, event.occurred_at, event.recorded_at, event.type,
       event.key, event.customer_id, event.identity_id, event.staff_id, event.source, event.depth,
       event.payload
  FROM customers_event event
  JOIN unnest(%s::bigint[]) AS watched (id) ON watched.id = event.customer_id
  LEFT JOIN org_staff staff ON staff.id = event.staff_id
 WHERE event.id > %s::bigint AND event.id < %s::bigint
 ORDER BY event.id LIMIT %s::bigint
""")


def last_settled_event_id() -> int:
    """Return the number up to which no event can appear any more.

    Whoever records says so first (`ledger.record_events`). Read the events in a later statement,
    not in a transaction with an older snapshot.
    """
    return last_settled(SEQUENCE, locks=RECORDING_LOCKS)


def events_after(number: int, *, customer_ids: Collection[int], limit: int) -> Sequence[Event]:
    """Return what was recorded of these customers with a higher number, in order.

    For a number of a moment ago: it reads all that was recorded since, of whomever.
    """
    rows = sql.fetch_dicts(_AFTER, [sql.numbers(set(customer_ids)), number, _LARGEST, limit])
    return [_event(**row) for row in rows]


def events_of_customer_after(number: int, *, customer_id: int, limit: int) -> Sequence[Event]:
    """Return what was recorded of one customer with a higher number, in order.

    For a number of long ago: it reads the customer's own events only.
    """
    identities = list(
        Identity.objects.filter(customer_id=customer_id).values_list("id", flat=True).order_by("id")
    )
    rows = Event.objects.filter(identity_id__in=identities, id__gt=number)
    return list(rows.select_related("staff").order_by("id")[:limit])


def _event(*, name: str | None, userid: str | None, payload: str, **columns: Any) -> Event:
    """Make an event of its columns, with as much of its staff member as it takes to name them."""
    event = Event(**columns, payload=json.loads(payload))
    if event.staff_id is not None:
        event.staff = Staff(id=event.staff_id, name=name or "", userid=userid or "")
    return event
