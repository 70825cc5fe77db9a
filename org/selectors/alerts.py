"""Alerts of a staff member (提醒): the newest, and those that came after a number."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final

from common.settled import last_settled
from org.models import Alert
from org.models.alert import NUMBER_LOCKS

SEQUENCE: Final = "org_alert_id_seq"


def last_settled_alert_id() -> int:
    """Return the number up to which no alert can appear any more.

    Read the alerts in a later statement, not in a transaction with an older snapshot.
    """
    return last_settled(SEQUENCE, locks=NUMBER_LOCKS)


def alerts_after(number: int, *, staff_ids: Collection[int], limit: int) -> Sequence[Alert]:
    """Return the alerts of these staff with a higher number, in order."""
    return list(Alert.objects.filter(id__gt=number, staff_id__in=staff_ids).order_by("id")[:limit])


def newest_alerts(*, staff_id: int, since: datetime, limit: int) -> Sequence[Alert]:
    """Return a staff member's alerts since a moment, newest first."""
    rows = Alert.objects.filter(staff_id=staff_id, created_at__gte=since)
    return list(rows.order_by("-created_at", "-id")[:limit])


def latest_alert(*, staff_id: int, customer_id: int, kind: str, since: datetime) -> Alert | None:
    """Return the newest alert of a kind that a staff member got about a customer, if there is."""
    rows = Alert.objects.filter(
        customer_id=customer_id, kind=kind, staff_id=staff_id, created_at__gte=since
    )
    return rows.order_by("-created_at", "-id").first()
