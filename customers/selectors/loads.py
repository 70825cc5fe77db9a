"""How many friends staff have (好友数): WeCom ends at five thousand."""

from collections.abc import Iterable

from django.db.models import Count

from customers.models import Follow


def friend_counts(staff_ids: Iterable[int]) -> dict[int, int]:
    """Return the number of friends of each member of staff; who has none is left out.

    Friendships, not customers: a customer with two identities is a friend twice, as WeCom counts.
    """
    counted = (
        Follow.objects.filter(staff_id__in=list(staff_ids), status=Follow.Status.FRIEND)
        .values("staff_id")
        .annotate(friends=Count("id"))
    )
    return {row["staff_id"]: row["friends"] for row in counted}
