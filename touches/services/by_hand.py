"""What people do to calls by hand (人工处理): decide, send again, withdraw; each leaves its trace.

One transaction each: the act and its row in the audit log stand both or not at all.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from org.models import AuditRow, User
from org.services.audit import record_audit
from touches.errors import NotDead, NothingToConfirm, NothingToWithdraw
from touches.models import Dispatch, MassTask, Touch
from touches.selectors.visible import access_call, access_touch
from touches.services.cancelling import CancelReport, cancel_touches
from touches.services.deciding import Decision, decide_unknown
from touches.services.sending import replay_dead
from touches.services.urging import urge

# What cancelling can still do something about.
_WITHDRAWABLE = (Touch.State.PLANNED, Touch.State.QUEUED, Touch.State.DISPATCHED)


@dataclass(frozen=True, slots=True)
class Hand:
    """Whose hand it is, when and from where."""

    user: User
    now: datetime
    address: str = ""

    @property
    def actor(self) -> str:
        """The name under which the effect log keeps it."""
        return f"user:{self.user.username}"


def decide_call(hand: Hand, call_id: UUID, *, verdict: Decision, wecom_ref: str = "") -> Dispatch:
    """End the doubt about a call of unknown fate (人工判定); returns the call as it was.

    Raises:
        UnknownCall: there is none in the viewer's scope.
        NotUnknown: its fate is not unknown (any more).
        MessageIsHeld: another call holds the mass message of that number.
    """
    call = access_call(viewer=hand.user, call_id=call_id)
    with transaction.atomic():
        decide_unknown(
            call.pk, verdict=verdict, actor=hand.actor, now=hand.now, wecom_ref=wecom_ref
        )
        _note(hand, f"call:{call.pk}", act=str(verdict), wecom_ref=wecom_ref)
    return call


def send_again(hand: Hand, call_id: UUID) -> Dispatch:
    """Let a call that was stopped be tried afresh (重新发送); returns it as it was.

    Raises:
        UnknownCall: there is none in the viewer's scope.
        NotDead: it is not stopped (any more).
    """
    call = access_call(viewer=hand.user, call_id=call_id)
    with transaction.atomic():
        if not replay_dead([call.pk], actor=hand.actor, now=hand.now):
            raise NotDead(str(call_id))
        _note(hand, f"call:{call.pk}", act="send_again")
    return call


def remind_of(hand: Hand, call_id: UUID) -> bool:
    """Remind the member of a mass message that waits for their tap (催办).

    Returns false when somebody did within the hour.

    Raises:
        UnknownCall: there is none in the viewer's scope.
        NothingToConfirm: it does not wait for anybody (any more).
        NoSender: the corp has no app to call with.
    """
    call = access_call(viewer=hand.user, call_id=call_id)
    task = MassTask.objects.filter(dispatch=call).first()
    if task is None:
        raise NothingToConfirm(str(call_id))
    with transaction.atomic():
        is_new = urge(task_id=task.pk, staff_ids=[task.staff_id], by=str(hand.user), now=hand.now)
        if is_new:
            _note(hand, f"call:{call.pk}", act="remind")
    return is_new


def withdraw_call(hand: Hand, call_id: UUID) -> CancelReport:
    """Withdraw whatever of a call has not reached its customers (撤回).

    Raises:
        UnknownCall: there is none in the viewer's scope.
        NothingToWithdraw: all of it is over.
    """
    call = access_call(viewer=hand.user, call_id=call_id)
    touches = Touch.objects.filter(dispatch=call, state__in=_WITHDRAWABLE)
    ids = list(touches.filter(withdrawn_at=None).values_list("pk", flat=True))
    return _withdraw(hand, ids, subject=f"call:{call.pk}")


def withdraw_touch(hand: Hand, uid: UUID) -> CancelReport:
    """Withdraw one touch that has not reached its customer (撤回).

    Raises:
        UnknownTouch: there is none in the viewer's scope.
        NothingToWithdraw: it is over, or was withdrawn before.
    """
    touch = access_touch(viewer=hand.user, uid=uid).touch
    ids = [touch.pk] if is_withdrawable(touch) else []
    return _withdraw(hand, ids, subject=f"touch:{touch.uid}")


def is_withdrawable(touch: Touch) -> bool:
    """Whether withdrawing a touch may still spare its customer."""
    return touch.state in _WITHDRAWABLE and touch.withdrawn_at is None


def _withdraw(hand: Hand, touch_ids: Sequence[int], *, subject: str) -> CancelReport:
    if not touch_ids:
        raise NothingToWithdraw(subject)
    reason = _("{name} 人工撤回").format(name=hand.user)
    with transaction.atomic():
        report = cancel_touches(touch_ids, reason=reason, actor=hand.actor, now=hand.now)
        _note(hand, subject, act="withdraw", count=report.cancelled, late=report.not_recalled)
    return report


def _note(hand: Hand, subject: str, **detail: object) -> None:
    record_audit(
        actor=hand.user,
        action=AuditRow.Action.TOUCH_DECIDED,
        subject=subject,
        detail=detail,
        now=hand.now,
        address=hand.address or None,
    )
