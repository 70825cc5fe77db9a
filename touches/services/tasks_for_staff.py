"""Tasks for staff as cards (员工任务): planned here, closed by the staff member's click."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.utils.translation import gettext as _

from org.models import Staff
from touches.models import Dispatch, Touch
from touches.selectors.apps import Sender, senders_of
from touches.services.cards import CUSTOMER_NAME, task_card
from touches.services.plan import DispatchDraft, TouchPlan, plan_touches

TASK_VALIDITY: Final = timedelta(days=1)
NO_APP: Final = "该企业没有可发消息的应用"


@dataclass(frozen=True, slots=True)
class TaskPlan:
    """One task about one customer for one staff member (任务计划)."""

    key: str
    identity_id: int
    customer_id: int
    staff_id: int
    title: str
    body: str
    due_at: datetime
    origin_kind: str
    origin_id: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    occurrence: int = 1
    purpose: Touch.Purpose = Touch.Purpose.SERVICE


def plan_staff_tasks(plans: Sequence[TaskPlan], *, now: datetime) -> int:
    """Plan task cards (任务卡片) in lane T, valid for a day; returns how many were new.

    A task whose corp has no app to send with is planned as refused, so that people see it.
    One transaction (the caller's, or its own); a constant number of queries. `{客户}` in a title or
    body stands for the customer's name as it is known when the card goes out.
    """
    if not plans:
        return 0
    staff = Staff.objects.in_bulk({plan.staff_id for plan in plans})
    senders = senders_of(member.corp_id for member in staff.values())
    touches: list[TouchPlan] = []
    for plan in plans:
        member = staff[plan.staff_id]
        sender = senders.get(member.corp_id)
        draft = None
        if sender is not None:
            draft = task_draft(
                sender, userid=member.userid, title=plan.title, body=plan.body, facts=plan.facts
            )
        touches.append(_touch(plan, draft))
    return plan_touches(touches, now=now)


def task_draft(
    sender: Sender,
    *,
    userid: str,
    title: str,
    body: str,
    facts: Iterable[tuple[str, str]] = (),
    material: tuple[str, str] | None = None,
) -> DispatchDraft:
    """Draft the call that brings a staff member one task card (任务卡片).

    Args:
        material: Title and tracked link of what is to be sent along.
    """
    return DispatchDraft(
        kind=Dispatch.Kind.STAFF_MESSAGE,
        corp_id=sender.corp_id,
        app_id=sender.app_id,
        body=task_card(
            userid=userid,
            agent_id=sender.agent_id,
            title=title,
            body=body,
            facts={_("客户"): CUSTOMER_NAME, **dict(facts)},
            material=material,
        ),
    )


def _touch(plan: TaskPlan, draft: DispatchDraft | None) -> TouchPlan:
    return TouchPlan(
        key=plan.key,
        identity_id=plan.identity_id,
        customer_id=plan.customer_id,
        staff_id=plan.staff_id,
        lane=Touch.Lane.TASK,
        purpose=plan.purpose,
        title=plan.title,
        content={"body": plan.body, "facts": [list(fact) for fact in plan.facts]},
        due_at=plan.due_at,
        valid_until=plan.due_at + TASK_VALIDITY,
        origin_kind=plan.origin_kind,
        origin_id=plan.origin_id,
        occurrence=plan.occurrence,
        draft=draft,
        ended_as=None if draft else Touch.State.REFUSED,
        reason="" if draft else NO_APP,
    )
