"""Signing in (登录): a member's account, what is written down, and ending sessions."""

import hashlib
from datetime import datetime, timedelta
from typing import Final

from django.db import IntegrityError, transaction

from common import sql
from common.text import cut
from org.errors import SignInRefused
from org.models import AuditRow, SignInSession, Staff, User
from org.selectors.rights import may_act
from org.services.audit import record_audit

NAME_BYTES: Final = 64
SEEN_IS_NOTED_EVERY: Final = timedelta(minutes=5)


def account_of_member(*, corp_pk: int, userid: str, now: datetime) -> User:
    """Return the account of a member of the corp (成员账号), made at their first sign-in.

    A new account is a manager's for whoever leads a department, else a staff member's. One
    transaction.

    Raises:
        SignInRefused: `unknown` to our copy of the contacts, `left` or `disabled` at WeCom, or the
            account is switched `off` here.
    """
    with transaction.atomic():
        staff = (
            Staff.objects.select_related("user")
            .filter(corp_id=corp_pk, userid_folded=userid.lower())
            .first()
        )
        if staff is None:
            raise SignInRefused("unknown")
        if staff.left_at is not None:
            raise SignInRefused("left")
        if staff.status == Staff.Status.DISABLED:
            raise SignInRefused("disabled")
        user = getattr(staff, "user", None) or _make_account(staff, now=now)
        if not user.is_active:
            raise SignInRefused("off")
        return user


def note_sign_in(*, user: User, means: SignInSession.Means, now: datetime, address: str) -> None:
    """Write down that somebody signed in (登录留痕). One transaction.

    Raises:
        SignInRefused: `off`: the account may not act (any more).
    """
    if not may_act(user):
        raise SignInRefused("off")
    record_audit(
        actor=user,
        action=AuditRow.Action.SIGN_IN,
        subject=f"user:{user.pk}",
        detail={"means": means.value},
        now=now,
        address=address,
    )


def note_refusal(*, who: str, reason: str, now: datetime, address: str) -> None:
    """Write down that a sign-in was refused (登录失败留痕).

    Args:
        who: The name that was typed, or the userid that WeCom told.
        reason: One word: `password`, `code`, `left`, `unknown` …
        now: Business time.
        address: Where from.
    """
    locked = reason == "locked"
    record_audit(
        actor=None,
        action=AuditRow.Action.SIGN_IN_LOCKED if locked else AuditRow.Action.SIGN_IN_FAILED,
        subject=cut(who, NAME_BYTES),
        detail={"reason": reason},
        now=now,
        address=address,
    )


def note_sign_out(*, user: User, now: datetime, address: str) -> None:
    """Write down that somebody signed out (退出留痕)."""
    record_audit(
        actor=user,
        action=AuditRow.Action.SIGN_OUT,
        subject=f"user:{user.pk}",
        now=now,
        address=address,
    )


def note_seen(*, session_key: str, now: datetime) -> None:
    """Remember when a session was used last; kept to the last few minutes."""
    SignInSession.objects.filter(
        session_key=session_key, seen_at__lt=now - SEEN_IS_NOTED_EVERY
    ).update(seen_at=now)


def end_sessions(*, user: User, keep: str = "", now: datetime, address: str) -> int:
    """Sign somebody out everywhere (结束其他登录), but for one session; returns how many ended.

    One transaction.

    Args:
        user: Whose sessions.
        keep: The key of the session that goes on, usually the one that asks.
        now: Business time.
        address: Where the wish came from.
    """
    with transaction.atomic():
        ended, _ = SignInSession.objects.filter(user=user).exclude(session_key=keep).delete()
        record_audit(
            actor=user,
            action=AuditRow.Action.SESSION_ENDED,
            subject=f"user:{user.pk}",
            detail={"count": ended},
            now=now,
            address=address,
        )
    return ended


def end_one_session(*, user: User, name: str, now: datetime, address: str) -> int:
    """Sign somebody out in one browser; `name` is its digest, for keys are not shown to pages.

    Returns how many ended: one or, where it was over already, none. One transaction.
    """
    with transaction.atomic():
        keys = SignInSession.objects.filter(user=user).values_list("session_key", flat=True)
        named = [key for key in keys if session_name(key) == name]
        ended, _ = SignInSession.objects.filter(user=user, session_key__in=named).delete()
        if ended:
            record_audit(
                actor=user,
                action=AuditRow.Action.SESSION_ENDED,
                subject=f"user:{user.pk}",
                detail={"count": ended},
                now=now,
                address=address,
            )
    return ended


def session_name(session_key: str) -> str:
    """Return what a page calls a session; the key itself would open it."""
    return hashlib.sha256(f"session:{session_key}".encode()).hexdigest()[:32]


def prune_sessions() -> int:
    """Delete sessions that are over, and wrong passwords of days ago; returns how many sessions.

    Both are real time, whatever the demo's clock says.
    """
    sql.execute(
        """DELETE FROM axes_accessattempt
            WHERE attempt_time < clock_timestamp() - interval '1 day'"""
    )
    return sql.execute("DELETE FROM org_signinsession WHERE expire_date < clock_timestamp()")


def _make_account(staff: Staff, *, now: datetime) -> User:
    """Make the account; whoever signs in twice at the same moment gets one."""
    is_leader = staff.seats.filter(is_leader=True, department__is_deleted=False).exists()
    user = User(
        username=_free_name(staff),
        display_name=staff.name,
        role=User.Role.MANAGER if is_leader else User.Role.STAFF,
        staff=staff,
    )
    user.set_unusable_password()
    try:
        with transaction.atomic():
            user.save()
    except IntegrityError as error:
        made = User.objects.filter(staff=staff).first()
        if made is None:
            raise SignInRefused("busy") from error
        return made
    record_audit(
        actor=None,
        action=AuditRow.Action.ACCOUNT_CREATED,
        subject=f"user:{user.pk}",
        detail={"role": user.role, "by": "wecom"},
        now=now,
    )
    return user


def _free_name(staff: Staff) -> str:
    """Return the userid, or the userid with the member's number where somebody has that name."""
    if not User.objects.filter(username__iexact=staff.userid).exists():
        return staff.userid
    return f"{staff.userid[:48]}#{staff.pk}"
