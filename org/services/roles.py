"""What roles may do (角色权限): edited by people, and given back to the defaults."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from django.db import transaction

from org.errors import GrantTooWide, LastAdmin
from org.models import AuditRow, RoleRights, User
from org.permissions import DEFAULT_PERMISSIONS, Permission
from org.selectors.rights import permissions_of, rights_by_role
from org.services.audit import record_audit

# An admin who could not manage accounts could give nothing back.
ADMIN_KEEPS: Final = frozenset({Permission.ACCOUNTS_MANAGE.value})


def edit_role(
    *, role: str, permissions: Iterable[str], actor: User, now: datetime, address: str
) -> frozenset[str]:
    """Set what a role may do (修改角色权限), from the next request of everybody in it on.

    Names that are no rights are left out. One transaction.

    Raises:
        LastAdmin: the admins' right to manage accounts would go.
        GrantTooWide: `actor` gives or takes what they do not have, or touches the admins' rights
            without being one.
    """
    wanted = frozenset(Permission.values).intersection(permissions)
    with transaction.atomic():
        before = _rights_for_change(role, wanted, actor)
        RoleRights.objects.update_or_create(
            role=role,
            defaults={"permissions": sorted(wanted), "updated_at": now, "updated_by": actor},
        )
        _note(role, before, wanted, actor=actor, now=now, address=address)
    return wanted


def edit_roles(
    *, wanted: Mapping[str, Iterable[str]], actor: User, now: datetime, address: str
) -> list[str]:
    """Set what several roles may do; a role that would not change is left alone.

    Returns the roles that changed. One transaction.

    Raises:
        LastAdmin, GrantTooWide: as for `edit_role`; then nothing changes.
    """
    with transaction.atomic():
        before = rights_by_role()
        changed = [role for role in wanted if frozenset(wanted[role]) != before[role]]
        for role in changed:
            edit_role(role=role, permissions=wanted[role], actor=actor, now=now, address=address)
    return changed


def reset_role(*, role: str, actor: User, now: datetime, address: str) -> frozenset[str]:
    """Give a role its defaults back (恢复默认). One transaction.

    Raises:
        GrantTooWide: as for `edit_role`.
    """
    defaults = DEFAULT_PERMISSIONS[role]
    with transaction.atomic():
        before = _rights_for_change(role, defaults, actor)
        RoleRights.objects.filter(role=role).delete()
        _note(role, before, defaults, actor=actor, now=now, address=address)
    return defaults


def _rights_for_change(role: str, wanted: frozenset[str], actor: User) -> frozenset[str]:
    """Return what the role may do now, if the change is one that `actor` may make."""
    if role == User.Role.ADMIN and not wanted >= ADMIN_KEEPS:
        raise LastAdmin
    before = rights_by_role()[role]
    if actor.role != User.Role.ADMIN and (
        role == User.Role.ADMIN or not (before ^ wanted) <= permissions_of(actor)
    ):
        raise GrantTooWide
    return before


def _note(
    role: str,
    before: frozenset[str],
    after: frozenset[str],
    *,
    actor: User,
    now: datetime,
    address: str,
) -> None:
    if before == after:
        return
    record_audit(
        actor=actor,
        action=AuditRow.Action.RIGHTS_CHANGED,
        subject=f"role:{role}",
        detail={"given": sorted(after - before), "taken": sorted(before - after)},
        now=now,
        address=address,
    )
