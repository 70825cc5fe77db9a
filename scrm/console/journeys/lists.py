"""The list of journeys (旅程列表)."""

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from customers.events import EVENT_TYPES
from org.models import User
from org.permissions import Permission
from scrm.console.journeys.pages import TONES
from scrm.console.journeys.values import text_of
from scrm.web.access import page, viewer_of
from scrm.web.answers import is_partial
from sop.models import Journey
from sop.program.parsing import read_entry
from sop.program.setting_words import entry_words
from sop.selectors.figures import figures_of
from sop.selectors.journeys import active_counts
from sop.selectors.listing import journeys_listed

PAGE_SIZE = 20
STATES = [("", gettext_lazy("在用")), *Journey.State.choices]


@require_safe
@page(Permission.JOURNEYS_VIEW)
def journeys(request: HttpRequest) -> HttpResponse:
    """List the journeys; how many came in and reached the goal follows by `?figures=1`."""
    state, query = request.GET.get("state", ""), text_of(request.GET, "q", 64).strip()
    found, totals = journeys_listed(state=state, query=query)
    shown = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    has_figures = request.GET.get("figures") == "1"
    context = {
        "active": "journeys",
        "page": shown,
        "rows": _rows(viewer_of(request), list(shown), has_figures=has_figures),
        "has_figures": has_figures,
        "state": state,
        "query": query,
        "total": sum(totals.values()),
        "tabs": [_tab(value, str(label), state, totals) for value, label in STATES],
    }
    if not is_partial(request):
        return render(request, "console/journeys/journeys.html", context)
    part = "_rows" if has_figures else "_list"
    return render(request, f"console/journeys/{part}.html", context)


def _rows(viewer: User, shown: list[Journey], *, has_figures: bool) -> list[dict[str, Any]]:
    figures = figures_of(viewer, shown) if has_figures else {}
    counts = {} if has_figures else active_counts(viewer, shown)
    return [
        {
            "journey": journey,
            "tone": TONES[journey.state],
            "entry": _entry(journey),
            "figures": figures.get(journey.pk),
            "active": figures[journey.pk].active
            if journey.pk in figures
            else counts.get(journey.pk, 0),
        }
        for journey in shown
    ]


def _entry(journey: Journey) -> str:
    """Return in one sentence who comes in."""
    program = journey.current.program if journey.current is not None else journey.draft
    raw = program.get("entry") if isinstance(program, dict) else None
    entry = read_entry(raw or {}, event_types=EVENT_TYPES)
    return entry_words(entry)[0] if entry is not None else _("还没有设置进入条件")


def _tab(value: str, label: str, state: str, totals: dict[str, int]) -> dict[str, Any]:
    in_use = sum(totals.values()) - totals.get(Journey.State.ARCHIVED, 0)
    count = totals.get(value, 0) if value else in_use
    return {
        "label": label,
        "url": f"?state={value}" if value else "?",
        "is_on": value == state,
        "count": count,
    }
