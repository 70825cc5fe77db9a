"""What somebody is to be told of (提醒列表): the alerts of the staff member they are."""

from django.db.models import QuerySet

from org.models import Alert, User


def alerts_of(viewer: User) -> QuerySet[Alert]:
    """Return somebody's own alerts, newest first; an account without a staff member has none."""
    if viewer.staff_id is None:
        return Alert.objects.none()
    return Alert.objects.filter(staff=viewer.staff_id).order_by("-created_at", "-id")


def count_unseen(viewer: User) -> int:
    """Return how many alerts somebody has not looked at."""
    return alerts_of(viewer).filter(seen_at=None).count()
