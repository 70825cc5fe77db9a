"""What staff press on their task cards (卡片点击): the handler of `template_card_event`."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.utils.translation import gettext as _

from common import sql
from customers.events import Payload, StaffTaskDone, StaffTaskPostponed
from customers.services.ledger import NewEvent, lock_customers_of, record_events
from touches.models import ContactLedger, Dispatch, Touch
from touches.selectors.apps import senders_of
from touches.services.cards import DONE, LATER, card_update
from touches.services.places import release_places, spend_places
from touches.services.plan import DispatchDraft, TouchPlan, plan_calls, plan_touches
from touches.services.tasks_for_staff import TASK_VALIDITY, TaskPlan, plan_staff_tasks
from touches.services.workers import worker_name
from wecom.events import CardClicked
from wecom.services.claims import ClaimedReceipt

POSTPONE: Final = timedelta(hours=1)
MAX_POSTPONEMENTS: Final = 3

# Also a touch whose sending is still unsettled, or of unclear fate: the click proves it arrived.
_CLOSE: Final = """
WITH click AS (
    SELECT * FROM unnest(%(touches)s::bigint[], %(states)s::text[], %(reasons)s::text[])
        AS row(id, state, reason)
), closed AS (
    UPDATE touches_touch t
       SET state = click.state, reason = click.reason, finished_at = %(now)s
      FROM click
     WHERE t.id = click.id AND t.lane = 'T'
       AND t.state IN ('queued', 'dispatched', 'unknown', 'expired')
    RETURNING t.id, old.state AS from_state, new.state, new.reason
), logged AS (
    INSERT INTO touches_effectlog (touch_id, from_state, to_state, actor, token, detail)
    SELECT id, from_state, state, %(actor)s, 0, reason FROM closed
)
SELECT id FROM closed
"""


@dataclass(frozen=True, slots=True)
class Click:
    """One click on a card of ours by the member it was sent to."""

    touch: Touch
    receipt: ClaimedReceipt
    event: CardClicked

    @property
    def is_done(self) -> bool:
        """True for 已联系, false for 稍后."""
        return self.event.event_key == DONE


def on_card_clicked(receipts: Sequence[ClaimedReceipt], *, now: datetime) -> None:
    """Take in clicks on task cards (卡片点击): close the task, tell the ledger, change the card.

    已联系 confirms the touch; 稍后 withdraws it and plans the same task again, an hour later and at
    most three times. A click by somebody else, on a card that is not ours, or on a task that was
    closed before changes nothing. Set-based, in the caller's transaction.

    Source: wecom-api §20, §25.12.
    """
    clicks = _clicks_on_our_cards(receipts)
    if not clicks:
        return
    lock_customers_of(click.touch.identity_id for click in clicks.values())
    closed = _close(clicks.values(), now=now)
    fresh = [click for click in clicks.values() if click.touch.pk in closed]
    _settle_places(fresh)
    record_events([_event(click) for click in fresh], now=now)
    _plan_again(
        [
            click.touch
            for click in fresh
            if not click.is_done and click.touch.occurrence <= MAX_POSTPONEMENTS
        ],
        now=now,
    )
    _plan_card_updates(fresh, now=now)


def _clicks_on_our_cards(receipts: Sequence[ClaimedReceipt]) -> dict[int, Click]:
    """Return the first valid click on each touch."""
    named: list[tuple[UUID, ClaimedReceipt, CardClicked]] = []
    for receipt in receipts:
        event = receipt.event
        if isinstance(event, CardClicked) and event.event_key in {DONE, LATER}:
            uid = _uid(event.task_id)
            if uid is not None:
                named.append((uid, receipt, event))
    touches = {
        touch.uid: touch
        for touch in Touch.objects.filter(uid__in={uid for uid, _, _ in named}).select_related(
            "staff"
        )
    }
    clicks: dict[int, Click] = {}
    for uid, receipt, event in named:
        touch = touches.get(uid)
        if touch is not None and _is_recipient(touch, receipt, event):
            clicks.setdefault(touch.pk, Click(touch, receipt, event))
    return clicks


def _is_recipient(touch: Touch, receipt: ClaimedReceipt, event: CardClicked) -> bool:
    return (
        touch.staff.corp_id == receipt.corp_pk and touch.staff.userid_folded == event.userid.lower()
    )


def _uid(task_id: str) -> UUID | None:
    try:
        return UUID(task_id)
    except ValueError:
        return None


def _close(clicks: Iterable[Click], *, now: datetime) -> set[int]:
    ordered = sorted(clicks, key=lambda click: click.touch.pk)
    rows = sql.fetch_all(
        _CLOSE,
        {
            "touches": [click.touch.pk for click in ordered],
            "states": [
                Touch.State.CONFIRMED if click.is_done else Touch.State.CANCELLED
                for click in ordered
            ],
            "reasons": [
                _("员工已联系") if click.is_done else _("员工选择稍后, 已改期") for click in ordered
            ],
            "actor": worker_name(),
            "now": now,
        },
    )
    return {row[0] for row in rows}


def _settle_places(clicks: Sequence[Click]) -> None:
    """A task that was done has reached the customer; one that was put off takes a place anew."""
    done = [click for click in clicks if click.is_done]
    spend_places([click.touch.pk for click in done], [click.receipt.event_at for click in done])
    release_places([click.touch.pk for click in clicks if not click.is_done])


def _event(click: Click) -> NewEvent:
    touch = click.touch
    payload: Payload = (
        StaffTaskDone(touch_uid=str(touch.uid), title=touch.title)
        if click.is_done
        else StaffTaskPostponed(
            touch_uid=str(touch.uid), title=touch.title, reason=_("员工选择稍后")
        )
    )
    return NewEvent(
        payload=payload,
        key=f"wecom:{click.receipt.corp_id}:{click.receipt.digest.hex()}",
        identity_id=touch.identity_id,
        occurred_at=click.receipt.event_at,
        staff_id=touch.staff_id,
        source="callback",
    )


def _plan_again(touches: Sequence[Touch], *, now: datetime) -> None:
    """Plan the same tasks once more, later; who had a place has to find one again.

    Else a task that was put off would escape quiet hours, caps and the staff member's load.
    """
    if not touches:
        return
    ids = [touch.pk for touch in touches]
    placed = set(ContactLedger.objects.filter(touch_id__in=ids).values_list("touch_id", flat=True))
    plan_touches([_for_the_planner(t, now=now) for t in touches if t.pk in placed], now=now)
    plan_staff_tasks([_again(t, now=now) for t in touches if t.pk not in placed], now=now)


def _key_again(touch: Touch) -> str:
    base, _mark, _count = touch.key.partition("#")
    return f"{base}#{touch.occurrence + 1}"


def _for_the_planner(touch: Touch, *, now: datetime) -> TouchPlan:
    """Return the same task, later, for the slot planner."""
    return TouchPlan(
        key=_key_again(touch),
        identity_id=touch.identity_id,
        customer_id=touch.customer_id,
        staff_id=touch.staff_id,
        lane=Touch.Lane.TASK,
        purpose=Touch.Purpose(touch.purpose),
        title=touch.title,
        content=touch.content,
        due_at=now + POSTPONE,
        valid_until=now + POSTPONE + TASK_VALIDITY,
        origin_kind=touch.origin_kind,
        origin_id=touch.origin_id,
        origin_step=touch.origin_step,
        occurrence=touch.occurrence + 1,
        priority=Touch.Priority(touch.priority),
    )


def _again(touch: Touch, *, now: datetime) -> TaskPlan:
    """Return the same task, later, with a call of its own."""
    return TaskPlan(
        key=_key_again(touch),
        identity_id=touch.identity_id,
        customer_id=touch.customer_id,
        staff_id=touch.staff_id,
        title=touch.title,
        body=touch.content.get("body", ""),
        facts=tuple((name, value) for name, value in touch.content.get("facts", [])),
        due_at=now + POSTPONE,
        origin_kind=touch.origin_kind,
        origin_id=touch.origin_id,
        occurrence=touch.occurrence + 1,
        purpose=Touch.Purpose(touch.purpose),
    )


def _plan_card_updates(clicks: Sequence[Click], *, now: datetime) -> None:
    """Have the buttons replaced by one word; nobody misses it if that fails."""
    senders = senders_of(click.receipt.corp_pk for click in clicks)
    drafts: list[tuple[str, DispatchDraft]] = []
    for click in clicks:
        sender = senders.get(click.receipt.corp_pk)
        if sender is None or not click.event.response_code:
            continue
        draft = DispatchDraft(
            kind=Dispatch.Kind.CARD_UPDATE,
            corp_id=sender.corp_id,
            app_id=sender.app_id,
            body=card_update(
                userid=click.touch.staff.userid,
                agent_id=sender.agent_id,
                response_code=click.event.response_code,
                replace_name=_("已处理") if click.is_done else _("稍后提醒"),
            ),
        )
        drafts.append((f"card_update:{click.touch.uid}", draft))
    plan_calls(drafts, now=now)
