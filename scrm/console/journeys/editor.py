"""The tree editor (旅程编辑器): the page, operations on the draft, panels, live counts."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from common import clock
from org.permissions import Permission
from scrm.console.journeys.choices import editor_choices
from scrm.console.journeys.pages import (
    Refused,
    attempt,
    can_edit,
    find_journey,
    head_context,
    tree_context,
)
from scrm.console.journeys.panel_table import panel_for_setting, panel_for_step
from scrm.console.journeys.panels.base import Panel
from scrm.console.journeys.tree import HINTS, LOOKS, condition_told
from scrm.web.access import page, viewer_of
from scrm.web.answers import go_to, is_partial, posted, toast
from sop.errors import BadEdit
from sop.models import Journey
from sop.program.editing import Clone, Insert, Move, Operation, Relocate, Remove, places_for
from sop.program.skeleton import find_step, skeleton_fault
from sop.program.titles import (
    KIND_TERMS,
    kind_of,
    kind_title,
    place_words,
    raw_title,
    raw_words,
)
from sop.services.drafting import DraftEdit, edit_draft, redo_edit, undo_edit

Change = Callable[[], DraftEdit]


@require_safe
@page(Permission.JOURNEYS_VIEW)
def editor(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Show a journey as a tree; `?step=` opens a panel, `?add=` the menu, without scripts."""
    journey = find_journey(uid)
    context = head_context(request, journey, "journey") | tree_context(request, journey)
    context["menu"] = menu()
    if context["is_editor"] and not context["fault"]:
        context |= _opened(request, journey)
    return render(request, "console/journeys/editor.html", context)


@require_safe
@page(Permission.JOURNEYS_VIEW)
def counts(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Show how many stand where now; the page asks again while it is looked at."""
    context = tree_context(request, find_journey(uid))
    return render(request, "console/journeys/_counts.html", context)


@require_POST
@page(Permission.JOURNEYS_EDIT)
def edit(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Do one operation on the draft, and show the tree anew."""
    journey = find_journey(uid)
    return _changed(request, journey, _change_asked(request, journey))


@require_http_methods(["GET", "HEAD", "POST"])
@page(Permission.JOURNEYS_EDIT)
def step_panel(request: HttpRequest, uid: UUID, key: str) -> HttpResponse:
    """Show, change or save the settings of one step."""
    journey = find_journey(uid)
    try:
        raw = find_step(_sound(journey), key).step
    except BadEdit as error:
        raise Http404 from error
    panel = panel_for_step(raw, editor_choices(), posted(request))
    return _panel(request, journey, panel, _step_context(journey, key, raw), key)


@require_safe
@page(Permission.JOURNEYS_VIEW)
def step_told(request: HttpRequest, uid: UUID, key: str) -> HttpResponse:
    """Tell what a step of the version that runs does, to those who may not edit."""
    journey = find_journey(uid)
    program = journey.current.program if journey.current is not None else journey.draft
    try:
        raw = find_step(program, key).step
    except BadEdit as error:
        raise Http404 from error
    context = head_context(request, journey, "journey") | told_context(raw)
    return render(request, "console/journeys/panels/told.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@page(Permission.JOURNEYS_EDIT)
def setting_panel(request: HttpRequest, uid: UUID, part: str) -> HttpResponse:
    """Show, change or save one of the settings of the whole journey."""
    journey = find_journey(uid)
    panel = panel_for_setting(part, _sound(journey), editor_choices(), posted(request))
    if panel is None:
        raise Http404
    return _panel(request, journey, panel, {"part": part}, "")


def _panel(
    request: HttpRequest, journey: Journey, panel: Panel[Any], context: dict[str, Any], key: str
) -> HttpResponse:
    """Show a panel, or save it."""
    context |= {"journey": journey, "panel": panel, "form": panel.form, "menu": menu()}
    if request.method == "POST":
        if not can_edit(request, journey):
            return _tree(request, journey, Refused("", 422))
        if act := request.POST.get("act"):
            panel.act(act[:200])
            context["form"] = panel.form
        elif panel.is_valid():
            change = _operation(request, journey, panel.operation(key))
            return _changed(request, journey, change, focus=key or "entry")
        else:
            context["has_errors"] = True
    status = 422 if context.get("has_errors") else 200
    if is_partial(request):
        answer = render(request, panel.template, context, status=status)
        answer["HX-Retarget"] = "#panel"
        return answer
    context |= head_context(request, journey, "journey") | tree_context(request, journey)
    context["panel_template"] = panel.template
    return render(request, "console/journeys/editor.html", context, status=status)


def _changed(
    request: HttpRequest, journey: Journey, change: Change, *, focus: str = ""
) -> HttpResponse:
    """Make a change; show the tree as it is then, or as it is although nothing was done."""
    made: list[DraftEdit] = []
    refused = attempt(lambda: made.append(change()))
    journey = find_journey(journey.uid)
    if refused is None and not is_partial(request):
        return go_to(request, journey_url(journey, made[0].focus or focus))
    answer = _tree(request, journey, refused, focus=made[0].focus or focus if made else "")
    return answer if refused else toast(answer, made[0].summary)


def _tree(
    request: HttpRequest, journey: Journey, refused: Refused | None, *, focus: str = ""
) -> HttpResponse:
    context = tree_context(request, journey) | {"refused": refused, "focus": focus}
    context["is_new"] = request.POST.get("op") in {"insert"}
    status = refused.status if refused else 200
    if is_partial(request):
        answer = render(request, "console/journeys/_tree.html", context, status=status)
        answer["HX-Retarget"] = "#tree"
        return answer
    context |= head_context(request, journey, "journey") | {"menu": menu()}
    return render(request, "console/journeys/editor.html", context, status=status)


def _change_asked(request: HttpRequest, journey: Journey) -> Change:
    seen, now, by = seen_of(request), clock.now(), viewer_of(request)
    match request.POST.get("op"):
        case "undo":
            return lambda: undo_edit(journey.pk, seen=seen, now=now, by=by)
        case "redo":
            return lambda: redo_edit(journey.pk, seen=seen, now=now, by=by)
        case _:
            return _operation(request, journey, _operation_asked(request.POST))


def _operation_asked(data: Mapping[str, str]) -> Operation:
    step, place = data.get("step", "")[:40], data.get("place", "")[:100]
    operations: dict[str, Operation] = {
        "insert": Insert(data.get("kind", ""), place),
        "remove": Remove(step),
        "up": Move(step, -1),
        "down": Move(step, 1),
        "relocate": Relocate(step, place),
        "clone": Clone(step),
    }
    return operations.get(data.get("op", ""), Remove(""))


def _operation(request: HttpRequest, journey: Journey, operation: Operation) -> Change:
    seen, now, by = seen_of(request), clock.now(), viewer_of(request)
    return lambda: edit_draft(journey.pk, operation, seen=seen, now=now, by=by)


def seen_of(request: HttpRequest) -> int:
    """Return the count of edits that the browser saw."""
    seen = request.POST.get("seen", "")
    return int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 10 else -1


def _sound(journey: Journey) -> dict[str, Any]:
    """Return the draft, if it can be edited here.

    Raises:
        Http404: it cannot.
    """
    if skeleton_fault(journey.draft):
        raise Http404
    draft: dict[str, Any] = journey.draft
    return draft


def _opened(request: HttpRequest, journey: Journey) -> dict[str, Any]:
    """Return what the address opens beside the tree."""
    if place := request.GET.get("add", "")[:100]:
        return {"panel_template": "console/journeys/panels/add.html", "place": place}
    key = request.GET.get("step", "")[:40]
    if not key:
        return {}
    try:
        raw = find_step(journey.draft, key).step
    except BadEdit:
        return {}
    panel = panel_for_step(raw, editor_choices(), None)
    context = _step_context(journey, key, raw)
    return context | {"panel": panel, "form": panel.form, "panel_template": panel.template}


def _step_context(journey: Journey, key: str, raw: Any) -> dict[str, Any]:
    return {"key": key, "step_title": raw_title(raw), "places": _places(journey, key)}


def menu() -> list[tuple[str, str, tuple[str, str], Any]]:
    """Return the kinds of steps, with their looks and hints."""
    return [(kind, kind_title(kind), LOOKS[kind], HINTS[kind]) for kind in KIND_TERMS]


def told_context(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a step does, for people."""
    content = raw["content"] if isinstance(raw.get("content"), dict) else {}
    return {
        "step_title": raw_title(raw),
        "kind": kind_of(raw),
        "kind_label": kind_title(kind_of(raw)),
        "words": raw_words(raw),
        "condition": condition_told(raw["if"]) if raw.get("if") else "",
        "text": content.get("text") or content.get("body") or raw.get("body") or "",
    }


def _places(journey: Journey, key: str) -> list[tuple[str, str]]:
    """Return where a step may be moved to, in words."""
    places = places_for(journey.draft, key)
    return [(place, place_words(journey.draft, place)) for place, _after in places]


def journey_url(journey: Journey, key: str) -> str:
    """Return the address of the editor, with a step in view."""
    url = reverse("journey", args=[journey.uid])
    return f"{url}#step-{key}" if key else url
