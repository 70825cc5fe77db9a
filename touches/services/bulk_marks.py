"""Carrying out what bulk marks say (执行批量打标): calls to WeCom, or rows of our own."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

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
    senders = senders_of(mark.tag.corp_id for mark in marks if mark.tag.wecom_id)
    drafts: list[tuple[str, DispatchDraft]] = []
    local = []
    for mark in marks:
        is_added = wanted[mark.pk]
        if mark.follow is None:
            local.append(
                {
                    "identity_id": mark.identity_id,
                    "tag_id": mark.tag_id,
                    "is_added": is_added,
                    "source": SOURCE,
                    "reason": reason[:200],
                }
            )
            continue
        sender = senders.get(mark.tag.corp_id)
        if sender is None or mark.follow.status != "friend" or not mark.tag.wecom_id:
            continue
        change = {mark.tag_id: mark.tag.wecom_id}
        draft = tag_draft(
            app_id=sender.app_id,
            staff=mark.follow.staff,
            external_userid=mark.identity.value,
            identity_id=mark.identity_id,
            add=change if is_added else {},
            remove={} if is_added else change,
            source=SOURCE,
            reason=reason,
        )
        drafts.append((f"{key}{mark.pk}", draft))
    if local:
        write_local_tags(local, now=now)
    plan_calls(drafts, now=now, due_at=due_at)
