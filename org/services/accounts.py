"""Accounts (账号): made, changed, switched off, and never to the last admin's cost.

Every change locks the admins' rows first, in one order, so that two admins who demote each other at
the same moment do not both succeed.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.db.models import F

from common.sql import constraint_of
from org.errors import GrantTooWide, LastAdmin, StaffTaken, UsernameTaken
from org.models import AuditRow, Staff, User
from org.selectors.rights import may_act, rights_by_role
from org.services.audit import record_audit

WHOLE_COMPANY: Final = frozenset({User.Role.ADMIN.value, User.Role.OPERATOR.value})
_PASSWORD_BYTES: Final = 12


@dataclass(frozen=True, slots=True)
class AccountSpec:
    """What an account is: `staff` is the member it stands for, if any."""

    display_name: str
    role: str
    staff: Staff | None = None
    email: str = ""


@dataclass(frozen=True, slots=True)
class NewPassword:
    """An account with a password that is shown now and never again."""

    user: User
    password: str

    def __repr__(self) -> str:
        return f"NewPassword({self.user.username})"


def create_account(
    *, username: str, spec: AccountSpec, actor: User, now: datetime, address: str
) -> NewPassword:
    """Make an account with a password to be changed at the first sign-in (新建账号).

    Raises:
        GrantTooWide: the role may do more than `actor`.
        UsernameTaken, StaffTaken: there is such an account already.
    """
    with transaction.atomic():
        _refuse_wide_grant(actor, spec.role)
        user = User(username=username, password_is_temporary=True)
        password = _set_random_password(user)
        _write(user, spec)
        _note(user, actor, AuditRow.Action.ACCOUNT_CREATED, {"role": spec.role}, now, address)
    return NewPassword(user=user, password=password)


def change_account(
    *, user_pk: int, spec: AccountSpec, actor: User, now: datetime, address: str
) -> User:
    """Change name, role or member of an account (修改账号); a new role ends its sessions.

    Raises:
        GrantTooWide: the old or the new role may do more than `actor`.
        LastAdmin: nobody would be left who may give rights.
        StaffTaken: the member has another account.
    """
    with transaction.atomic():
        user = _locked(user_pk)
        before = {"role": user.role, "staff": _userid(user), "name": user.display_name}
        _refuse_wide_grant(actor, user.role, spec.role)
        _write(user, spec)
        _refuse_without_admin()
        after = {"role": user.role, "staff": _userid(user), "name": user.display_name}
        changed = {
            key: {"from": before[key], "to": after[key]}
            for key in after
            if before[key] != after[key]
        }
        if changed:
            action = AuditRow.Action.ACCOUNT_CHANGED
            _note(user, actor, action, changed, now, address)
    return user


def set_account_active(
    *, user_pk: int, is_active: bool, actor: User, now: datetime, address: str
) -> User:
    """Switch an account on or off (启用/停用); off ends its sessions with their next request.

    Raises:
        GrantTooWide: the account may do more than `actor`.
        LastAdmin: nobody would be left who may give rights.
    """
    with transaction.atomic():
        user = _locked(user_pk)
        _refuse_wide_grant(actor, user.role)
        user.is_active = is_active
        user.sessions_epoch = F("sessions_epoch") + 1
        user.save(update_fields=["is_active", "sessions_epoch"])
        _refuse_without_admin()
        detail = {"is_active": is_active}
        _note(user, actor, AuditRow.Action.ACCOUNT_CHANGED, detail, now, address)
    user.refresh_from_db()
    return user


def reset_password(*, user_pk: int, actor: User, now: datetime, address: str) -> NewPassword:
    """Give an account a new password, to be changed at the next sign-in (重置密码).

    Raises:
        GrantTooWide: the account may do more than `actor`.
    """
    with transaction.atomic():
        user = _locked(user_pk)
        _refuse_wide_grant(actor, user.role)
        password = _set_random_password(user)
        user.password_is_temporary = True
        user.save(update_fields=["password", "password_is_temporary"])
        _note(user, actor, AuditRow.Action.PASSWORD_CHANGED, {"how": "reset"}, now, address)
    return NewPassword(user=user, password=password)


def change_own_password(*, user: User, password: str, now: datetime, address: str) -> None:
    """Take over a password its owner chose (修改密码); every other session ends."""
    with transaction.atomic():
        user.set_password(password)
        user.password_is_temporary = False
        user.save(update_fields=["password", "password_is_temporary"])
        _note(user, user, AuditRow.Action.PASSWORD_CHANGED, {"how": "own"}, now, address)


def may_grant(actor: User, *roles: str) -> bool:
    """Say whether `actor` may make, change or switch off accounts of these roles.

    Only an admin touches admins; nobody gives rights or a reach that they do not have.
    """
    if actor.role == User.Role.ADMIN:
        return True
    rights = rights_by_role()
    has_reach = actor.role in WHOLE_COMPANY or not WHOLE_COMPANY.intersection(roles)
    return (
        has_reach
        and User.Role.ADMIN.value not in roles
        and all(rights[role] <= rights[actor.role] for role in roles)
    )


def _refuse_wide_grant(actor: User, *roles: str) -> None:
    if not may_act(actor) or not may_grant(actor, *roles):
        raise GrantTooWide


def _locked(user_pk: int) -> User:
    """Return the account, with every admin and itself locked in the order of their numbers."""
    admins = User.objects.filter(role=User.Role.ADMIN) | User.objects.filter(pk=user_pk)
    list(admins.order_by("pk").select_for_update().values_list("pk"))
    return User.objects.select_related("staff").get(pk=user_pk)


def _refuse_without_admin() -> None:
    """Stop where no admin could sign in any more; inside the transaction of the change."""
    admins = User.objects.filter(role=User.Role.ADMIN, is_active=True).select_related("staff")
    if not any(may_act(admin) for admin in admins):
        raise LastAdmin


def _set_random_password(user: User) -> str:
    password = secrets.token_urlsafe(_PASSWORD_BYTES)
    user.set_password(password)
    return password


def _write(user: User, spec: AccountSpec) -> None:
    """Write the account down.

    Raises:
        UsernameTaken, StaffTaken: another account has the name, or stands for the member.
    """
    user.display_name, user.role = spec.display_name, spec.role
    user.staff, user.email = spec.staff, spec.email
    if spec.role != User.Role.ADMIN:
        user.is_staff = user.is_superuser = False
    try:
        with transaction.atomic():
            user.save()
    except IntegrityError as error:
        if "staff" in constraint_of(error):
            raise StaffTaken from error
        raise UsernameTaken from error


def _userid(user: User) -> str:
    return user.staff.userid if user.staff else ""


def _note(
    user: User,
    actor: User,
    action: AuditRow.Action,
    detail: dict[str, Any],
    now: datetime,
    address: str,
) -> None:
    record_audit(
        actor=actor,
        action=action,
        subject=f"user:{user.pk}",
        detail={"username": user.username, **detail},
        now=now,
        address=address,
    )
