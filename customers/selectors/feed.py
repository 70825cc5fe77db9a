"""Following the ledger by number (行为流), without missing an event that commits late."""

from collections.abc import Collection, Sequence
from typing import Final

from common.settled import last_settled
from customers.models import Event, Identity
from customers.models.event import RECORDING_LOCKS

SEQUENCE: Final = "customers_event_id_seq"


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
    rows = Event.objects.filter(id__gt=number, customer_id__in=customer_ids)
    return list(rows.select_related("staff").order_by("id")[:limit])


def events_of_customer_after(number: int, *, customer_id: int, limit: int) -> Sequence[Event]:
    """Return what was recorded of one customer with a higher number, in order.

    For a number of long ago: it reads the customer's own events only.
    """
    identities = list(
        Identity.objects.filter(customer_id=customer_id).values_list("id", flat=True).order_by("id")
    )
    rows = Event.objects.filter(identity_id__in=identities, id__gt=number)
    return list(rows.select_related("staff").order_by("id")[:limit])
