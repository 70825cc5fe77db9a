"""Which rights someone has (权限)."""

from collections.abc import Iterable, Mapping
from typing import Final

from django.contrib.postgres.fields import ArrayField
from django.db.models import CharField, OuterRef, QuerySet, Subquery

from org.models import RoleRights, Staff, User
from org.permissions import DEFAULT_PERMISSIONS, Permission

_ALL: Final = frozenset(Permission.values)


def accounts_with_rights() -> QuerySet[User]:
    """Return accounts with their member and the edited rights of their role, in one query."""
    return User.objects.select_related("staff").annotate(edited_rights=edited_rights("role"))


def edited_rights(role: str) -> Subquery:
    """Return the edited rights of a role, if there are any, for an annotation.

    Args:
        role: The path to the column with the role.
    """
    edited = RoleRights.objects.filter(role=OuterRef(role)).values("permissions")[:1]
    return Subquery(edited, output_field=ArrayField(CharField()))


def may_act(user: User) -> bool:
    """Say whether an account may do anything: switched on, and nobody who left the corp."""
    if not user.is_active:
        return False
    staff = user.staff
    return staff is None or (staff.left_at is None and staff.status != Staff.Status.DISABLED)


def permissions_of(user: User) -> frozenset[str]:
    """Return the rights of a user; someone inactive, or gone from the corp, has none.

    A user of `accounts_with_rights` brings the rights along; any other costs one query.
    """
    if not may_act(user):
        return frozenset()
    if not hasattr(user, "edited_rights"):
        return rights_by_role()[user.role]
    return _rights(user.role, user.edited_rights)


def rights_by_role() -> Mapping[str, frozenset[str]]:
    """Return what each role may do now, by role, in the order of the roles."""
    edited = dict(RoleRights.objects.values_list("role", "permissions"))
    return {role: _rights(role, edited.get(role)) for role in User.Role.values}


def _rights(role: str, edited: Iterable[str] | None) -> frozenset[str]:
    return frozenset(DEFAULT_PERMISSIONS[role] if edited is None else _ALL.intersection(edited))
