"""Carrying out what bulk marks say (执行批量打标): calls to WeCom, or rows of our own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from customers.models import Follow
from touches.models import BulkMark
from touches.selectors.apps import senders_of
from touches.services.plan import DispatchDraft, plan_calls
from touches.services.retagging import tag_draft, write_local_tags

SOURCE: Final = "bulk"


@dataclass(frozen=True, slots=True)
class MarkedPair:
    """A mark by its number, and which way it is carried out."""

    mark_id: int
    is_added: bool


def carry_out_marks(
    pairs: Sequence[MarkedPair], *, key: str, reason: str, due_at: datetime, now: datetime
) -> None:
    """Carry marks out in the caller's transaction; a constant number of statements.

    A relation that has ended meanwhile is left out: WeCom keeps no tags for it.

    Args:
        key: What the keys of the calls begin with, before the number of the mark.
        reason: For people, beside the assignment.
    """
    wanted = {pair.mark_id: pair.is_added for pair in pairs}
    marks = list(
        BulkMark.objects.filter(id__in=list(wanted))
        .select_related("tag", "identity", "follow__staff")
        .order_by("id")
    )
    local = [
        {
            "identity_id": mark.identity_id,
            "tag_id": mark.tag_id,
            "is_added": wanted[mark.pk],
            "source": SOURCE,
            "reason": reason[:200],
        }
        for mark in marks
        if mark.follow is None
    ]
    if local:
        write_local_tags(local, now=now)
    plan_calls(_drafts(marks, wanted, key=key, reason=reason), now=now, due_at=due_at)


def _drafts(
    marks: Sequence[BulkMark], wanted: Mapping[int, bool], *, key: str, reason: str
) -> list[tuple[str, DispatchDraft]]:
    senders = senders_of(mark.tag.corp_id for mark in marks if mark.tag.wecom_id)
    drafts: list[tuple[str, DispatchDraft]] = []
    for mark in marks:
        sender = senders.get(mark.tag.corp_id)
        if sender is None or mark.follow is None or not mark.tag.wecom_id:
            continue
        if mark.follow.status != Follow.Status.FRIEND:
            continue
        change = {mark.tag_id: mark.tag.wecom_id}
        draft = tag_draft(
            app_id=sender.app_id,
            staff=mark.follow.staff,
            external_userid=mark.identity.value,
            identity_id=mark.identity_id,
            add=change if wanted[mark.pk] else {},
            remove={} if wanted[mark.pk] else change,
            source=SOURCE,
            reason=reason,
        )
        drafts.append((f"{key}{mark.pk}", draft))
    return drafts
