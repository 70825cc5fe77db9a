"""What staff do with their tasks (任务处理): done, or later, by a card or in the sidebar."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.utils.translation import gettext as _

from common import sql
from customers.events import Payload, StaffTaskDone, StaffTaskPostponed
from customers.services.ledger import NewEvent, lock_customers_of, record_events
from touches.models import ContactLedger, Touch
from touches.services.places import release_places, spend_places
from touches.services.plan import TouchPlan, plan_touches
from touches.services.tasks_for_staff import TASK_VALIDITY, TaskPlan, plan_staff_tasks
from touches.services.workers import worker_name

POSTPONE: Final = timedelta(hours=1)
MAX_POSTPONEMENTS: Final = 3
MAX_REASON_CHARACTERS: Final = 60

# Also a touch whose sending is still unsettled, or of unclear fate: the answer proves it arrived.
_CLOSE: Final = """
WITH answer AS (
    SELECT * FROM unnest(%(touches)s::bigint[], %(states)s::text[], %(reasons)s::text[])
        AS row(id, state, reason)
), closed AS (
    UPDATE touches_touch t
       SET state = answer.state, reason = answer.reason, finished_at = %(now)s
      FROM answer
     WHERE t.id = answer.id AND t.lane = 'T'
       AND t.state IN ('queued', 'dispatched', 'unknown', 'expired')
    RETURNING t.id, old.state AS from_state, new.state, new.reason
), logged AS (
    INSERT INTO touches_effectlog (touch_id, from_state, to_state, actor, token, detail)
    SELECT id, from_state, state, %(actor)s, 0, reason FROM closed
)
SELECT id FROM closed
"""


@dataclass(frozen=True, slots=True)
class TaskAnswer:
    """What a staff member did with one task of theirs (任务处理).

    Attributes:
        touch: The task; whoever asks has checked that it is theirs.
        is_done: Whether it was done; else it was put off.
        key: Of the event: the same for the same answer for ever.
        source: `callback` or `sidebar`.
        reason: Why later, for people.
        postponed_by: How much later it comes again.
    """

    touch: Touch
    is_done: bool
    key: str
    answered_at: datetime
    source: str
    reason: str = ""
    postponed_by: timedelta = POSTPONE


def may_be_postponed(touch: Touch) -> bool:
    """Say whether a task that is put off now comes again."""
    return touch.occurrence <= MAX_POSTPONEMENTS


def answer_tasks(answers: Sequence[TaskAnswer], *, now: datetime) -> list[TaskAnswer]:
    """Close tasks as their staff answered them, and tell the ledger; returns those that were open.

    Done confirms the touch; later withdraws it and plans the same task again, at most three times.
    An answer to a task that was closed before changes nothing. Set-based, one transaction (the
    caller's, or its own).
    """
    if not answers:
        return []
    with transaction.atomic():
        lock_customers_of(answer.touch.identity_id for answer in answers)
        closed = _close(answers, now=now)
        fresh = [answer for answer in answers if answer.touch.pk in closed]
        _settle_places(fresh)
        record_events([_event(answer) for answer in fresh], now=now)
        later = [answer for answer in fresh if not answer.is_done]
        _plan_again([answer for answer in later if may_be_postponed(answer.touch)], now=now)
    return fresh


def _close(answers: Iterable[TaskAnswer], *, now: datetime) -> set[int]:
    ordered = sorted(answers, key=lambda answer: answer.touch.pk)
    rows = sql.fetch_all(
        _CLOSE,
        {
            "touches": [answer.touch.pk for answer in ordered],
            "states": [
                Touch.State.CONFIRMED if answer.is_done else Touch.State.CANCELLED
                for answer in ordered
            ],
            "reasons": [
                _("员工已联系") if answer.is_done else _("员工选择稍后, 已改期")
                for answer in ordered
            ],
            "actor": worker_name(),
            "now": now,
        },
    )
    return {row[0] for row in rows}


def _settle_places(answers: Sequence[TaskAnswer]) -> None:
    """A task that was done has reached the customer; one that was put off takes a place anew."""
    done = [answer for answer in answers if answer.is_done]
    spend_places([answer.touch.pk for answer in done], [answer.answered_at for answer in done])
    release_places([answer.touch.pk for answer in answers if not answer.is_done])


def _event(answer: TaskAnswer) -> NewEvent:
    touch = answer.touch
    payload: Payload = (
        StaffTaskDone(touch_uid=str(touch.uid), title=touch.title)
        if answer.is_done
        else StaffTaskPostponed(touch_uid=str(touch.uid), title=touch.title, reason=answer.reason)
    )
    return NewEvent(
        payload=payload,
        key=answer.key,
        identity_id=touch.identity_id,
        occurred_at=answer.answered_at,
        staff_id=touch.staff_id,
        source=answer.source,
    )


def _plan_again(answers: Sequence[TaskAnswer], *, now: datetime) -> None:
    """Plan the same tasks once more, later; who had a place has to find one again.

    Else a task that was put off would escape quiet hours, caps and the staff member's load.
    """
    if not answers:
        return
    ids = [answer.touch.pk for answer in answers]
    placed = set(ContactLedger.objects.filter(touch_id__in=ids).values_list("touch_id", flat=True))
    plan_touches([_for_the_planner(a, now=now) for a in answers if a.touch.pk in placed], now=now)
    plan_staff_tasks([_again(a, now=now) for a in answers if a.touch.pk not in placed], now=now)


def _key_again(touch: Touch) -> str:
    base, _mark, _count = touch.key.partition("#")
    return f"{base}#{touch.occurrence + 1}"


def _for_the_planner(answer: TaskAnswer, *, now: datetime) -> TouchPlan:
    """Return the same task, later, for the slot planner."""
    touch, due_at = answer.touch, now + answer.postponed_by
    return TouchPlan(
        key=_key_again(touch),
        identity_id=touch.identity_id,
        customer_id=touch.customer_id,
        staff_id=touch.staff_id,
        lane=Touch.Lane.TASK,
        purpose=Touch.Purpose(touch.purpose),
        title=touch.title,
        content=touch.content,
        due_at=due_at,
        valid_until=due_at + TASK_VALIDITY,
        origin_kind=touch.origin_kind,
        origin_id=touch.origin_id,
        origin_step=touch.origin_step,
        occurrence=touch.occurrence + 1,
        priority=Touch.Priority(touch.priority),
    )


def _again(answer: TaskAnswer, *, now: datetime) -> TaskPlan:
    """Return the same task, later, with a call of its own."""
    touch = answer.touch
    return TaskPlan(
        key=_key_again(touch),
        identity_id=touch.identity_id,
        customer_id=touch.customer_id,
        staff_id=touch.staff_id,
        title=touch.title,
        body=touch.content.get("body", ""),
        facts=tuple((name, value) for name, value in touch.content.get("facts", [])),
        due_at=now + answer.postponed_by,
        origin_kind=touch.origin_kind,
        origin_id=touch.origin_id,
        occurrence=touch.occurrence + 1,
        purpose=Touch.Purpose(touch.purpose),
    )
