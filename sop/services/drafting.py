"""Editing drafts (编辑草稿): each edit is one operation, kept so that it can be undone.

Whoever edits names the count of edits they saw: two people never overwrite each other unawares.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext

from org.models import User
from sop.errors import BadEdit, StaleDraft, UnknownJourney, WrongState
from sop.models import DraftRevision, Journey
from sop.program.editing import Operation, apply

# Older edits cannot be undone any more.
KEPT_REVISIONS: Final = 100
MAX_SUMMARY: Final = 200


@dataclass(frozen=True, slots=True)
class DraftEdit:
    """What an edit came to.

    Attributes:
        edits: The count to name with the next edit.
        summary: What was done, for people.
        focus: The step to look at next; "" for the head of the journey.
    """

    edits: int
    summary: str
    focus: str = ""


def edit_draft(
    journey_id: int, operation: Operation, *, seen: int, now: datetime, by: User | None
) -> DraftEdit:
    """Apply one operation to a draft (编辑草稿); what was undone before is gone. One transaction.

    Args:
        seen: The count of edits that the editor saw.

    Raises:
        BadEdit: it cannot be done; nothing is changed.
        StaleDraft: somebody else changed the draft meanwhile; nothing is changed.
        UnknownJourney: there is none.
        WrongState: the journey is archived.
    """
    with transaction.atomic():
        journey = _locked(journey_id, seen)
        edited = apply(journey.draft, operation, new_key=new_key)
        if edited.program != journey.draft:
            _remember(journey, edited.program, edited.summary, now=now, by=by)
    return DraftEdit(journey.draft_edits, edited.summary, edited.focus)


def replace_draft(
    journey_id: int,
    program: Mapping[str, Any],
    *,
    summary: str,
    now: datetime,
    by: User | None = None,
) -> None:
    """Take another program as the draft, whatever it was meanwhile. One transaction.

    Raises:
        UnknownJourney: there is none.
    """
    with transaction.atomic():
        journey = Journey.objects.select_for_update().filter(pk=journey_id).first()
        if journey is None:
            raise UnknownJourney(journey_id)
        _remember(journey, dict(program), summary, now=now, by=by)


def undo_edit(journey_id: int, *, seen: int, now: datetime, by: User | None) -> DraftEdit:
    """Take the last edit back (撤销): the draft is exactly what it was before it.

    Raises:
        BadEdit: there is nothing to undo.
        StaleDraft, UnknownJourney, WrongState: as in `edit_draft`.
    """
    with transaction.atomic():
        journey = _locked(journey_id, seen)
        undone = _revision(journey, journey.draft_position)
        before = _revision(journey, journey.draft_position - 1)
        if undone is None or before is None:
            raise BadEdit(gettext("没有可以撤销的步骤"))
        _go_to(journey, before, now=now, by=by)
    return DraftEdit(
        journey.draft_edits, gettext("已撤销：{summary}").format(summary=undone.summary)
    )


def redo_edit(journey_id: int, *, seen: int, now: datetime, by: User | None) -> DraftEdit:
    """Do again what was undone last (重做).

    Raises:
        BadEdit: there is nothing to redo.
        StaleDraft, UnknownJourney, WrongState: as in `edit_draft`.
    """
    with transaction.atomic():
        journey = _locked(journey_id, seen)
        after = _revision(journey, journey.draft_position + 1)
        if after is None:
            raise BadEdit(gettext("没有可以重做的步骤"))
        _go_to(journey, after, now=now, by=by)
    return DraftEdit(
        journey.draft_edits, gettext("已重做：{summary}").format(summary=after.summary)
    )


def new_key(kind: str) -> str:
    """Return a key for a new step: readable by its kind, and never used before."""
    return f"{kind or 'step'}_{secrets.token_hex(4)}"


def _locked(journey_id: int, seen: int) -> Journey:
    """Return the journey, its row locked, if the editor saw its draft as it is."""
    journeys = Journey.objects.select_for_update(of=("self",)).select_related("drafted_by")
    journey = journeys.filter(pk=journey_id).first()
    if journey is None:
        raise UnknownJourney(journey_id)
    if journey.state == Journey.State.ARCHIVED:
        raise WrongState(gettext("已归档的旅程不能编辑"))
    if journey.draft_edits != seen:
        raise StaleDraft(_who_was_it(journey))
    return journey


def _who_was_it(journey: Journey) -> str:
    who = str(journey.drafted_by) if journey.drafted_by else gettext("其他人")
    last = _revision(journey, journey.draft_position)
    what = f"（{last.summary}）" if last is not None and last.summary else ""
    return gettext(
        "草稿刚被{who}改过{what}，你的这一步没有保存。下面已是最新的草稿，请核对后再做一次。"
    ).format(who=who, what=what)


def _remember(
    journey: Journey, program: dict[str, Any], summary: str, *, now: datetime, by: User | None
) -> None:
    """Write the draft with its revision; the first edit keeps what was there before, too."""
    position = journey.draft_position
    if not journey.revisions.filter(position=position).exists():
        _keep(journey, position, journey.draft, "", now=now, by=None)
    journey.revisions.filter(position__gt=position).delete()
    journey.revisions.filter(position__lte=position + 1 - KEPT_REVISIONS).delete()
    _keep(journey, position + 1, program, summary, now=now, by=by)
    journey.draft_position = position + 1
    _write(journey, program, now=now, by=by)


def _keep(
    journey: Journey,
    position: int,
    program: Mapping[str, Any],
    summary: str,
    *,
    now: datetime,
    by: User | None,
) -> None:
    DraftRevision.objects.create(
        journey=journey,
        position=position,
        program=dict(program),
        summary=summary[:MAX_SUMMARY],
        made_at=now,
        made_by=by,
    )


def _go_to(journey: Journey, revision: DraftRevision, *, now: datetime, by: User | None) -> None:
    journey.draft_position = revision.position
    _write(journey, revision.program, now=now, by=by)


def _write(journey: Journey, program: dict[str, Any], *, now: datetime, by: User | None) -> None:
    journey.draft = program
    journey.draft_edits += 1
    journey.drafted_by = by
    journey.changed_at = now
    journey.save(
        update_fields=["draft", "draft_position", "draft_edits", "drafted_by", "changed_at"]
    )


def _revision(journey: Journey, position: int) -> DraftRevision | None:
    return journey.revisions.filter(position=position).first() if position >= 0 else None
