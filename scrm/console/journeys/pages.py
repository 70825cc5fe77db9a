"""What the pages of one journey share: finding it, its head, its tree."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from org.permissions import Permission
from scrm.console.journeys.choices import slot_labels
from scrm.console.journeys.tree import Sources, Tree, by_anchor, tree_of
from scrm.web.access import may, viewer_of
from sop.errors import BadEdit, StaleDraft, UnknownJourney, WrongState
from sop.models import Journey
from sop.program.skeleton import skeleton_fault
from sop.selectors.checking import Check, check_program
from sop.selectors.figures import flow_of
from sop.selectors.journeys import journey_by_uid, step_counts

TONES = {"live": "ok", "paused": "warn", "draft": "", "archived": ""}


@dataclass(frozen=True, slots=True)
class Refused:
    """That something was not done, and why."""

    message: str
    status: int


def find_journey(uid: UUID) -> Journey:
    """Return the journey of the address.

    Raises:
        Http404: there is none.
    """
    try:
        return journey_by_uid(uid)
    except UnknownJourney as error:
        raise Http404 from error


def attempt(change: Callable[[], Any]) -> Refused | None:
    """Make a change of a draft; returns why it was refused, where it was."""
    try:
        change()
    except StaleDraft as error:
        return Refused(str(error), 409)
    except (BadEdit, WrongState) as error:
        return Refused(str(error), 422)
    return None


def head_context(request: HttpRequest, journey: Journey, here: str) -> dict[str, Any]:
    """Return what the head of a journey's pages shows."""
    names = (
        ("journey", _("流程")),
        ("journey_runs", _("进入的客户")),
        ("journey_why", _("为什么")),
        ("journey_versions", _("版本")),
    )
    tabs = [
        {"label": label, "url": reverse(name, args=[journey.uid]), "is_on": name == here}
        for name, label in names
    ]
    return {
        "active": "journeys",
        "journey": journey,
        "state_tone": TONES[journey.state],
        "tabs": tabs,
    }


def can_edit(request: HttpRequest, journey: Journey) -> bool:
    """Say whether the person signed in may change this draft now."""
    is_open = journey.state != Journey.State.ARCHIVED
    return is_open and may(request, Permission.JOURNEYS_EDIT)


def tree_context(request: HttpRequest, journey: Journey) -> dict[str, Any]:
    """Return the draft's tree with problems and live counts, and what may be done with it.

    Who may not edit sees the version that runs.
    """
    is_editor = can_edit(request, journey)
    program = journey.draft if is_editor or journey.current is None else journey.current.program
    fault = skeleton_fault(program)
    check = check_program(program)
    tree = None if fault else draw(request, journey, program, check)
    position = journey.draft_position
    around = dict(
        journey.revisions.filter(position__in=[position, position + 1]).values_list(
            "position", "summary"
        )
        if is_editor
        else ()
    )
    return {
        "journey": journey,
        "state_tone": TONES[journey.state],
        "tree": tree,
        "fault": fault,
        "check": check,
        "is_editor": is_editor,
        "is_changed": journey.current is None or journey.current.program != journey.draft,
        "undo": around.get(position, ""),
        "redo": around.get(position + 1, ""),
    }


def draw(request: HttpRequest, journey: Journey, program: Any, check: Check) -> Tree:
    """Return a program of this journey as a tree, with counts once it has run."""
    problems = by_anchor([*check.problems, *check.warnings])
    if journey.current_id is None:
        return tree_of(program, Sources(problems, slots=slot_labels()))
    viewer = viewer_of(request)
    counts = {count.step: count for count in step_counts(viewer, journey)}
    return tree_of(program, Sources(problems, counts, flow_of(viewer, journey), slot_labels()))
