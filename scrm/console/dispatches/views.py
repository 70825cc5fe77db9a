"""Pages of calls."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from common import clock
from org.permissions import Permission
from scrm.console.dashboard.asking import number
from scrm.console.dispatches import telling
from scrm.console.dispatches.asking import ask, calls_asked, key, tasks_asked
from scrm.console.dispatches.words import CALL_STATES, TASK_STATES
from scrm.console.touches.asking import staff_offered
from scrm.console.touches.telling import rows as touch_rows
from scrm.console.touches.words import STATES
from scrm.web.access import page, viewer_of
from scrm.web.answers import is_partial
from touches.errors import UnknownCall
from touches.models import Dispatch, Touch
from touches.selectors.lists import slice_of
from touches.selectors.visible import access_call, calls_for_people

PAGE_ROWS = 30
CASES = 50


@require_safe
@page(Permission.TOUCHES_VIEW)
def mass(request: HttpRequest) -> HttpResponse:
    """List the mass messages that staff confirm, with each one's results."""
    asked = ask(request)
    tasks = tasks_asked(asked)
    state = asked.state if asked.state in TASK_STATES else ""
    if state:
        tasks = tasks.filter(state=state)
    part = slice_of(
        tasks,
        limit=PAGE_ROWS,
        before=number(request.GET.get("before")),
        after=number(request.GET.get("after")),
    )
    context = {
        "active": "touches",
        "asked": asked,
        "scoped": asked.scoped,
        "tabs": telling.tabs(request.GET, reverse("dispatches"), TASK_STATES, state),
        "rows": telling.task_rows(part.rows),
        "part": part,
        "staff": staff_offered(asked.scoped),
        "departments": [(one.pk, one.name) for one in asked.scoped.departments],
    }
    template = "_mass.html" if is_partial(request) else "mass.html"
    return render(request, f"console/dispatches/{template}", context)


@require_safe
@page(Permission.TOUCHES_VIEW)
def calls(request: HttpRequest) -> HttpResponse:
    """List all calls to WeCom, whatever they are for."""
    asked = ask(request)
    part = slice_of(
        calls_asked(request, asked),
        limit=PAGE_ROWS,
        before=key(request.GET.get("before")),
        after=key(request.GET.get("after")),
    )
    context = {
        "active": "touches",
        "asked": asked,
        "tabs": telling.tabs(request.GET, reverse("dispatches-calls"), CALL_STATES, asked.state),
        "rows": telling.call_rows(part.rows),
        "part": part,
        "kinds": Dispatch.Kind.choices,
    }
    template = "_calls.html" if is_partial(request) else "calls.html"
    return render(request, f"console/dispatches/{template}", context)


@require_safe
@page(Permission.TOUCHES_VIEW)
def unknown(request: HttpRequest) -> HttpResponse:
    """List the calls that need a person, with what is known of each."""
    waiting = calls_for_people(viewer_of(request)).order_by("-created_at")[:CASES]
    context = {
        "active": "touches",
        "cases": telling.cases(list(waiting), now=clock.now()),
        "most": CASES,
    }
    return render(request, "console/dispatches/unknown.html", context)


@require_safe
@page(Permission.TOUCHES_VIEW)
def call(request: HttpRequest, call_id: UUID) -> HttpResponse:
    """Show one call with the result of each customer."""
    try:
        found = access_call(viewer=viewer_of(request), call_id=call_id)
    except UnknownCall as error:
        raise Http404 from error
    state = request.GET.get("state", "") if request.GET.get("state") in STATES else ""
    carried = Touch.objects.filter(dispatch=found).select_related("identity__customer", "staff")
    part = slice_of(
        carried.filter(state=state) if state else carried,
        limit=PAGE_ROWS,
        before=number(request.GET.get("before")),
        after=number(request.GET.get("after")),
    )
    context = {
        "active": "touches",
        "call": found,
        "task": getattr(found, "mass_task", None),
        "told": telling.told(found),
        "state": state,
        "part": part,
        "rows": touch_rows(part.rows),
    }
    template = "_results.html" if is_partial(request) else "call.html"
    return render(request, f"console/dispatches/{template}", context)
