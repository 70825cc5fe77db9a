"""What staff press on their task cards (卡片点击): the handler of `template_card_event`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.utils.translation import gettext as _

from touches.models import Dispatch, Touch
from touches.selectors.apps import senders_of
from touches.services.cards import DONE, LATER, card_update
from touches.services.plan import DispatchDraft, plan_calls
from touches.services.task_answers import TaskAnswer, answer_tasks
from wecom.events import CardClicked
from wecom.services.claims import ClaimedReceipt

SOURCE: Final = "callback"


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

    A click by somebody else, on a card that is not ours, or on a task that was closed before
    changes nothing. Set-based, in the caller's transaction.

    Source: wecom-api §20, §25.12.
    """
    clicks = _clicks_on_our_cards(receipts)
    if not clicks:
        return
    fresh = answer_tasks([_answer(click) for click in clicks.values()], now=now)
    _plan_card_updates([clicks[answer.touch.pk] for answer in fresh], now=now)


def _answer(click: Click) -> TaskAnswer:
    receipt = click.receipt
    return TaskAnswer(
        touch=click.touch,
        is_done=click.is_done,
        key=f"wecom:{receipt.corp_id}:{receipt.digest.hex()}",
        answered_at=receipt.event_at,
        source=SOURCE,
        reason="" if click.is_done else _("员工选择稍后"),
    )


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
