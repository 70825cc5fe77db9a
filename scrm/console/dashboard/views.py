"""Pages of the dashboard."""

from typing import Any, cast
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from analytics.selectors.dashboard import dashboard
from analytics.selectors.people_list import people_rows
from org.models import AuditRow
from org.permissions import Permission
from org.services.audit import record_audit
from scrm.console.dashboard import figures, metrics, sheets, telling
from scrm.console.dashboard.asking import Asked, ask, cut_of, number
from scrm.console.dashboard.people_words import told
from scrm.web.access import page, viewer_of
from scrm.web.addresses import address_of
from scrm.web.answers import is_partial
from scrm.web.onboarding import first_steps
from scrm.web.workbooks import file_answer

PAGE_ROWS = 50
EXPORT_ROWS = 20_000


@require_safe
@page(Permission.DASHBOARD_VIEW)
def board(request: HttpRequest) -> HttpResponse:
    """Show all figures of some days; htmx gets the board without its frame."""
    asked = ask(request)
    found = dashboard(asked.scope, asked.period, now=asked.now)
    is_whole = request.GET.get("all") == "1"
    context = {
        "active": "dashboard",
        "first_steps": [] if is_partial(request) else first_steps(request),
        "asked": asked,
        "found": found,
        "departments": [(one.pk, one.name) for one in asked.departments],
        "groups": figures.groups(found, asked),
        "series": telling.series_data(found, asked),
        "series_lines": telling.series_lines(found, asked),
        "funnel": telling.funnel(found, asked),
        "suppressed": telling.suppressed(found, asked),
        "journeys": telling.journeys(found, asked),
        "staff": telling.staff(found, asked, is_whole=is_whole),
        "sources": telling.sources(found, asked, is_whole=is_whole),
        "heat": telling.heat(found, asked),
        "hours": telling.HOURS,
        "slots": telling.slots(found, asked),
        "query": urlencode(asked.params),
    }
    template = "_board.html" if is_partial(request) else "board.html"
    return render(request, f"console/dashboard/{template}", context)


@require_safe
@page(Permission.DASHBOARD_VIEW)
def export_board(request: HttpRequest) -> HttpResponse:
    """Answer the figures as an Excel file."""
    asked = ask(request)
    found = dashboard(asked.scope, asked.period, now=asked.now)
    _note_export(request, asked, what="dashboard")
    return file_answer(sheets.board_book(found, asked), _file_name(_("数据看板"), asked))


@require_safe
@page(Permission.DASHBOARD_VIEW)
def people(request: HttpRequest) -> HttpResponse:
    """List exactly the customers that a figure counts."""
    asked, cut = ask(request), cut_of(request.GET)
    metric = metrics.METRICS.get(request.GET.get("metric", ""))
    if metric is None:
        raise Http404
    rows = people_rows(metric.name, scope=asked.scope, period=asked.period, cut=cut)
    shown = Paginator(cast("Any", rows), PAGE_ROWS).get_page(number(request.GET.get("page")) or 1)
    context = {
        "active": "dashboard",
        "asked": asked,
        "metric": metric,
        "said": metrics.said(asked, cut),
        "page": shown,
        "rows": told(rows.details(shown.object_list)),
        "query": request.GET.urlencode(),
        "back": urlencode(asked.params),
    }
    template = "_people.html" if is_partial(request) else "people.html"
    return render(request, f"console/dashboard/{template}", context)


@require_safe
@page(Permission.CUSTOMERS_EXPORT)
def export_people(request: HttpRequest) -> HttpResponse:
    """Answer the customers behind a figure as an Excel file."""
    asked, cut = ask(request), cut_of(request.GET)
    metric = metrics.METRICS.get(request.GET.get("metric", ""))
    if metric is None:
        raise Http404
    rows = people_rows(metric.name, scope=asked.scope, period=asked.period, cut=cut)
    _note_export(request, asked, what=metric.name)
    book = sheets.people_book(rows.details(rows[:EXPORT_ROWS]), metric)
    return file_answer(book, _file_name(str(metric.label), asked))


def _note_export(request: HttpRequest, asked: Asked, *, what: str) -> None:
    record_audit(
        actor=viewer_of(request),
        action=AuditRow.Action.EXPORT,
        subject=f"figures:{what}",
        detail=asked.params,
        now=asked.now,
        address=address_of(request),
    )


def _file_name(what: str, asked: Asked) -> str:
    return f"{what}-{asked.period.first:%Y%m%d}-{asked.period.last:%Y%m%d}.xlsx"
