"""Which rights someone has (权限)."""

from org.models import User
from org.permissions import DEFAULT_PERMISSIONS


def permissions_of(user: User) -> frozenset[str]:
    """Return the rights of a user; someone inactive, or gone from the corp, has none."""
    if not user.is_active or (user.staff is not None and user.staff.left_at is not None):
        return frozenset()
    return DEFAULT_PERMISSIONS[user.role]
