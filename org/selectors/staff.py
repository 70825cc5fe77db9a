"""Staff who have customers, as a viewer may see them (客户联系成员)."""

from django.db.models import QuerySet, Value
from django.db.models.functions import Coalesce, NullIf

from org.models import Staff, User
from org.selectors.scope import visible_staff_ids


def followers_visible_to(viewer: User) -> QuerySet[Staff]:
    """Return the present members with customers in the viewer's scope, by name."""
    members = Staff.objects.filter(left_at=None, is_follow_user=True)
    staff_ids = visible_staff_ids(viewer)
    if staff_ids is not None:
        members = members.filter(pk__in=staff_ids)
    return members.order_by("name", "id")


def called(prefix: str = "") -> Coalesce:
    """Return what to call a member, as an expression: the name or, unknown, the userid.

    Args:
        prefix: The way to the member, `staff__` for instance.
    """
    return Coalesce(NullIf(f"{prefix}name", Value("")), f"{prefix}userid")
