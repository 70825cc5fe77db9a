"""Channel codes to be looked at: the list, one code's statistics, the people it brought."""

from typing import Final

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from campaigns.errors import UnknownCode
from campaigns.models import ChannelCode
from campaigns.selectors.channel_codes import access_code
from campaigns.selectors.code_figures import figures_of
from campaigns.selectors.code_story import (
    PeopleFilter,
    days_of,
    people_of,
    staff_split_of,
    stages_of,
)
from common import clock
from customers.models import Profile
from org.permissions import Permission
from org.selectors.scope import visible_staff_ids
from scrm.console.codes.filters import people_filter, people_words, period_choices, period_of
from scrm.console.codes.listing import list_codes, marks_of, sheet_heads, sheet_rows
from scrm.console.codes.series import draw_series
from scrm.web.access import page, viewer_of
from scrm.web.answers import is_partial
from scrm.web.workbooks import sheet_response
from wecom.advice import advice_of_text

PEOPLE_ROWS: Final = 30


@require_safe
@page(Permission.CODES_VIEW)
def index(request: HttpRequest) -> HttpResponse:
    """List the channel codes (渠道活码) with what they brought."""
    now = clock.now()
    listing = list_codes(request, viewer_of(request), now=now)
    context = {
        "active": "codes",
        "listing": listing,
        "page": listing.page(request.GET.get("page")),
    }
    template = "console/codes/_list.html" if is_partial(request) else "console/codes/list.html"
    return render(request, template, context)


@require_safe
@page(Permission.CODES_VIEW)
def export(request: HttpRequest) -> HttpResponse:
    """Answer the list as an Excel file, filtered as the page is."""
    listing = list_codes(request, viewer_of(request), now=clock.now())
    return sheet_response("channel-codes", sheet_heads(), sheet_rows(listing.rows))


@require_safe
@page(Permission.CODES_VIEW)
def show(request: HttpRequest, code_id: int) -> HttpResponse:
    """Show what one code brought, day by day, by staff and by stage (渠道统计)."""
    viewer, now = viewer_of(request), clock.now()
    code = code_or_404(request, code_id)
    days = period_of(request)
    figures = figures_of([code], viewer=viewer, now=now)[code.pk]
    series = days_of(code, viewer=viewer, days=days, now=now)
    stages = stages_of(code, viewer=viewer, days=days, now=now)
    context = {
        "active": "codes",
        "code": code,
        "staff": list(code.staff.order_by("id")),
        "tags": list(code.tags.order_by("id")),
        "variants": list(code.variants.select_related("staff").order_by("position", "id")),
        "figures": figures,
        "marks": marks_of(code, figures, now=now),
        "advice": advice_of_text(code.last_error) if code.last_error else None,
        "days": days,
        "periods": period_choices(),
        "drawing": draw_series(series),
        "series": series,
        "split": staff_split_of(code, viewer=viewer, days=days, now=now),
        "stages": [
            (value, label, stages[value])
            for value, label in Profile.Stage.choices
            if value in stages
        ],
        "stage_total": sum(stages.values()),
        "is_whole": visible_staff_ids(viewer) is None,
    }
    return render(request, "console/codes/show.html", context)


@require_safe
@page(Permission.CODES_VIEW)
def people(request: HttpRequest, code_id: int) -> HttpResponse:
    """List the people behind one number of a code's statistics."""
    code = code_or_404(request, code_id)
    wanted: PeopleFilter = people_filter(request, now=clock.now())
    rows = people_of(code, wanted, viewer=viewer_of(request))
    context = {
        "active": "codes",
        "code": code,
        "words": people_words(wanted),
        "page": Paginator(rows, PEOPLE_ROWS).get_page(request.GET.get("page")),
    }
    template = "console/codes/_people.html" if is_partial(request) else "console/codes/people.html"
    return render(request, template, context)


def code_or_404(request: HttpRequest, code_id: int) -> ChannelCode:
    """Return a code that the person signed in may see."""
    try:
        return access_code(viewer=viewer_of(request), code_id=code_id)
    except UnknownCode as error:
        raise Http404 from error
