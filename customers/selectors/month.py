"""A staff member's friends in numbers (好友数据): now, this month, lost."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Count, F, Q, QuerySet

from customers.models import Follow

# Who has bought and had nothing happen for so long should hear from somebody.
QUIET_FOR: Final = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class FriendCounts:
    """Friends of one staff member: all of them, those added since a moment, those who left since.

    A customer who deleted the staff member is lost; one whom the staff member deleted is not
    counted.
    """

    friend_count: int = 0
    added_count: int = 0
    lost_count: int = 0


def friend_counts(*, staff_ids: Collection[int], since: datetime) -> dict[int, FriendCounts]:
    """Return the counts by staff member; whoever has no relation at all is left out."""
    rows = (
        Follow.objects.filter(staff_id__in=staff_ids)
        .values("staff_id")
        .annotate(
            friend_count=Count("id", filter=Q(status=Follow.Status.FRIEND)),
            added_count=Count("id", filter=Q(added_at__gte=since)),
            lost_count=Count("id", filter=Q(customer_deleted_at__gte=since)),
        )
        .order_by("staff_id")
    )
    return {
        row["staff_id"]: FriendCounts(row["friend_count"], row["added_count"], row["lost_count"])
        for row in rows
    }


def gone_quiet(*, staff_ids: Collection[int], now: datetime, limit: int = 10) -> QuerySet[Follow]:
    """Return relations with buyers of whom nothing was heard for two weeks, the best ones first."""
    return (
        Follow.objects.filter(
            staff_id__in=staff_ids,
            status=Follow.Status.FRIEND,
            identity__customer__profile__order_count__gte=1,
            identity__customer__profile__last_event_at__lt=now - QUIET_FOR,
        )
        .select_related("staff", "identity__customer__profile")
        .order_by(F("identity__customer__profile__order_amount_fen").desc(), "id")[:limit]
    )
