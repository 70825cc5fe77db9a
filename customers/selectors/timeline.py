"""The timeline of a customer (客户动态): the events of all their identities."""

from datetime import datetime

from django.db.models import QuerySet

from customers.models import Customer, Event, Identity


def timeline(customer: Customer, *, before: datetime | None = None) -> QuerySet[Event]:
    """Return a customer's events, newest first; page by the time of the last one seen.

    Args:
        customer: Already accessed through `access_customer`.
        before: Only events that happened earlier.
    """
    identity_ids = list(
        Identity.objects.filter(customer=customer).values_list("id", flat=True).order_by("id")
    )
    events = Event.objects.filter(identity_id__in=identity_ids).select_related("staff")
    if before is not None:
        events = events.filter(occurred_at__lt=before)
    return events.order_by("-occurred_at", "-id")
