"""Who belongs to whose team (团队)."""

from collections.abc import Sequence

from org.models import Staff, User
from org.selectors.scope import visible_staff_ids


def team_of(viewer: User) -> Sequence[Staff]:
    """Return the members with customers whom the viewer leads, by name; not the viewer themself.

    Admins and operators see everybody's.
    """
    members = Staff.objects.filter(left_at=None, is_follow_user=True).exclude(user=viewer)
    staff_ids = visible_staff_ids(viewer)
    if staff_ids is not None:
        members = members.filter(pk__in=staff_ids)
    return list(members.order_by("name", "id"))
