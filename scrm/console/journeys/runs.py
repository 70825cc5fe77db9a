"""Runs of a journey (进入的客户): who is where, why; retrying and stopping."""

import re
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from common import clock
from customers.errors import UnknownCustomer
from customers.models import Customer
from customers.selectors.customers import access_customer, customers_visible_to, named_like
from org.permissions import Permission
from scrm.console.journeys.pages import find_journey, head_context
from scrm.console.journeys.telling import told
from scrm.console.journeys.values import text_of
from scrm.web.access import may, page, viewer_of
from scrm.web.addresses import address_of
from scrm.web.answers import is_partial, reload
from scrm.web.workbooks import Cell, sheet_response
from sop.errors import UnknownRun
from sop.models import Journey, JourneyRun
from sop.selectors.explain import explain
from sop.selectors.journeys import access_run, runs_visible_to, step_counts
from sop.selectors.run_list import (
    START,
    RunFilter,
    runs_listed,
    standing_title,
    state_counts,
)
from sop.services.stopping import audit_export, revive_runs, stop_runs

ID = re.compile(r"[0-9]{1,18}")
PAGE_SIZE = 50
MOST_AT_ONCE = 1_000
MOST_EXPORTED = 50_000
FOUND = 12
RUN_TONES = {"active": "brand", "done": "ok", "parked": "bad", "exited": "", "stopped": "warn"}
ARMS = [("treated", gettext_lazy("实验组")), ("control", gettext_lazy("对照组"))]


@require_safe
@page(Permission.JOURNEYS_VIEW)
def runs(request: HttpRequest, uid: UUID) -> HttpResponse:
    """List who came into a journey, in the viewer's scope."""
    journey, viewer = find_journey(uid), viewer_of(request)
    wanted = filter_of(request)
    counts = state_counts(viewer, journey)
    is_plain = wanted == RunFilter(state=wanted.state)
    known = counts.get(wanted.state, 0) if wanted.state else sum(counts.values())
    found = runs_listed(viewer, journey, wanted)
    pages = Paginator(found, PAGE_SIZE)
    if is_plain:
        # Counted already, for the tabs.
        pages.count = known
    shown = pages.get_page(request.GET.get("page"))
    context = head_context(request, journey, "journey_runs") | {
        "page": shown,
        "rows": [
            {"run": run, "tone": RUN_TONES.get(run.state, ""), "standing": standing_title(run)}
            for run in shown
        ],
        "wanted": wanted,
        "state_tabs": _state_tabs(counts, wanted.state),
        "steps": _steps(request, journey),
        "arms": ARMS,
        "goal_choices": [("1", _("已达成目标"))],
        "parked": counts.get(JourneyRun.State.PARKED, 0),
        "can_act": may(request, Permission.JOURNEYS_PUBLISH),
        "list_url": reverse("journey_runs", args=[uid]),
        "revive_url": reverse("journey_runs_revive", args=[uid]),
        "stop_url": reverse("journey_runs_stop", args=[uid]),
    }
    template = "_runs" if is_partial(request) else "runs"
    return render(request, f"console/journeys/{template}.html", context)


@require_safe
@page(Permission.CUSTOMERS_EXPORT)
def export(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Write the runs that match into an Excel file; that is written down."""
    if not may(request, Permission.JOURNEYS_VIEW):
        raise PermissionDenied
    journey, viewer = find_journey(uid), viewer_of(request)
    rows = list(runs_listed(viewer, journey, filter_of(request))[:MOST_EXPORTED])
    audit_export(journey, count=len(rows), by=viewer, address=address_of(request), now=clock.now())
    return sheet_response(f"journey-{journey.code}", _heads(), map(_exported, rows))


@require_safe
@page(Permission.JOURNEYS_VIEW)
def run(request: HttpRequest, uid: UUID, run_id: int) -> HttpResponse:
    """Tell why a run is where it is."""
    journey = find_journey(uid)
    found = _run(request, journey, run_id)
    customer = _customer(request, found.identity.customer.uid if found.identity else uid)
    return _told(request, journey, customer, found)


@require_safe
@page(Permission.JOURNEYS_VIEW)
def why(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Find a customer to ask about."""
    journey = find_journey(uid)
    query = text_of(request.GET, "q", 64).strip()
    visible = customers_visible_to(viewer_of(request)).select_related("profile")
    found = list(named_like(visible, query).order_by("-id")[:FOUND]) if query else []
    context = head_context(request, journey, "journey_why") | {
        "query": query,
        "customers": found,
        "url": reverse("journey_why", args=[uid]),
    }
    template = "_found" if is_partial(request) else "why"
    return render(request, f"console/journeys/{template}.html", context)


@require_safe
@page(Permission.JOURNEYS_VIEW)
def why_customer(request: HttpRequest, uid: UUID, customer: UUID) -> HttpResponse:
    """Tell why a customer is, or is not, in a journey."""
    return _told(request, find_journey(uid), _customer(request, customer), None)


@require_POST
@page(Permission.JOURNEYS_PUBLISH)
def revive(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Let parked runs be tried again: the chosen ones, or all there are."""
    journey = find_journey(uid)
    count = revive_runs(
        _chosen(request, journey, [JourneyRun.State.PARKED], may_be_all=True),
        now=clock.now(),
        by=viewer_of(request),
        address=address_of(request),
    )
    messages.success(request, _("{count} 位客户重新推进").format(count=count))
    return reload(request, reverse("journey_runs", args=[uid]))


@require_POST
@page(Permission.JOURNEYS_PUBLISH)
def stop(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Stop runs with a reason, and withdraw what they had under way."""
    journey = find_journey(uid)
    back = reverse("journey_runs", args=[uid])
    reason = text_of(request.POST, "reason", 60).strip()
    if not reason:
        messages.error(request, _("请写明停止的原因，没有停止任何人"))
        return reload(request, back)
    ids = _chosen(request, journey, [JourneyRun.State.ACTIVE, JourneyRun.State.PARKED])
    told_reason = f"{viewer_of(request)}：{reason}"
    count = stop_runs(journey.pk, reason=told_reason, now=clock.now(), run_ids=ids)
    messages.success(request, _("已停止 {count} 位客户").format(count=count))
    return reload(request, back)


def filter_of(request: HttpRequest) -> RunFilter:
    """Return what the address narrows the list by."""
    get = request.GET
    state = get.get("state", "")
    return RunFilter(
        state=state if state in JourneyRun.State.values else "",
        step=text_of(get, "step", 40),
        arm=get.get("arm", ""),
        goal=get.get("goal", ""),
        name=text_of(get, "q", 64).strip(),
    )


def _chosen(
    request: HttpRequest, journey: Journey, states: Sequence[str], *, may_be_all: bool = False
) -> list[int]:
    """Return the runs that the form names, in scope and in these states.

    Args:
        may_be_all: The form may ask for all of them at once.
    """
    found = runs_visible_to(viewer_of(request)).filter(journey=journey, state__in=states)
    if not may_be_all or request.POST.get("everything") != "1":
        ids = [int(text) for text in request.POST.getlist("ids") if ID.fullmatch(text)]
        found = found.filter(pk__in=ids[:MOST_AT_ONCE])
    return list(found.order_by("id").values_list("id", flat=True)[:MOST_AT_ONCE])


def _heads() -> list[tuple[str, int]]:
    return [
        (_("客户"), 16),
        (_("编号"), 38),
        (_("状态"), 12),
        (_("停在"), 28),
        (_("下次推进"), 20),
        (_("分组"), 10),
        (_("目标"), 14),
        (_("达成时间"), 20),
        (_("进入时间"), 20),
        (_("结束时间"), 20),
        (_("版本"), 8),
        (_("原因"), 40),
    ]


def _exported(run: JourneyRun) -> list[Cell]:
    customer = run.identity.customer if run.identity is not None else None
    return [
        customer.name if customer is not None else "",
        str(customer.uid) if customer is not None else "",
        str(run.get_state_display()),
        standing_title(run),
        run.due_at if run.state == JourneyRun.State.ACTIVE else None,
        _("对照组") if run.is_control else _("实验组"),
        run.goal_name,
        run.goal_at,
        run.entered_at,
        run.ended_at,
        run.version.number,
        run.reason,
    ]


def _told(
    request: HttpRequest, journey: Journey, customer: Customer, asked: JourneyRun | None
) -> HttpResponse:
    explanation = explain(customer, journey, now=clock.now())
    context = head_context(request, journey, "journey_runs" if asked else "journey_why") | {
        "told": told(explanation),
        "customer": customer,
        "asked": asked,
        "can_act": may(request, Permission.JOURNEYS_PUBLISH),
        "revive_url": reverse("journey_runs_revive", args=[journey.uid]),
        "stop_url": reverse("journey_runs_stop", args=[journey.uid]),
    }
    return render(request, "console/journeys/told.html", context)


def _run(request: HttpRequest, journey: Journey, run_id: int) -> JourneyRun:
    try:
        found = access_run(viewer=viewer_of(request), run_id=run_id)
    except UnknownRun as error:
        raise Http404 from error
    if found.journey_id != journey.pk:
        raise Http404
    return found


def _customer(request: HttpRequest, uid: UUID) -> Customer:
    try:
        return access_customer(viewer=viewer_of(request), uid=uid)
    except UnknownCustomer as error:
        raise Http404 from error


def _state_tabs(counts: dict[str, int], state: str) -> list[dict[str, Any]]:
    choices = [("", _("全部")), *JourneyRun.State.choices]
    return [
        {
            "label": label,
            "url": f"?state={value}" if value else "?",
            "is_on": value == state,
            "count": counts.get(value, 0) if value else sum(counts.values()),
        }
        for value, label in choices
        if not value or counts.get(value) or value == state
    ]


def _steps(request: HttpRequest, journey: Journey) -> list[tuple[str, str]]:
    """Return the steps at which somebody stands."""
    found = step_counts(viewer_of(request), journey)
    return [
        (one.step or START, f"{one.title} ({one.active + one.parked})")
        for one in found
        if one.active or one.parked
    ]
