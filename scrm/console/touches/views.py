"""Pages of touches."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from common import clock
from org.models import AuditRow
from org.permissions import Permission
from org.services.audit import record_audit
from scrm.console.dashboard.asking import number
from scrm.console.touches import telling
from scrm.console.touches.asking import (
    ask,
    counts_asked,
    in_state,
    journeys_offered,
    staff_offered,
    touches_asked,
)
from scrm.console.touches.sheets import touches_book
from scrm.web.access import page, viewer_of
from scrm.web.addresses import address_of
from scrm.web.answers import is_partial, reload
from scrm.web.workbooks import file_answer
from touches.errors import NothingToWithdraw, UnknownTouch
from touches.models import Touch
from touches.selectors.lists import slice_of
from touches.selectors.visible import access_touch
from touches.services.by_hand import Hand, is_withdrawable, withdraw_touch

PAGE_ROWS = 50


@require_safe
@page(Permission.TOUCHES_VIEW)
def touches(request: HttpRequest) -> HttpResponse:
    """List touches by state, each with its reason in words."""
    asked = ask(request)
    rows = in_state(touches_asked(asked), asked.filters.state)
    part = slice_of(
        rows.select_related("identity__customer", "staff"),
        limit=PAGE_ROWS,
        before=number(request.GET.get("before")),
        after=number(request.GET.get("after")),
    )
    counts, is_whole = counts_asked(asked)
    context = {
        "active": "touches",
        "asked": asked,
        "tabs": telling.tabs(request.GET, asked, counts, is_whole=is_whole),
        "rows": telling.rows(part.rows),
        "part": part,
        "total": telling.total(asked, counts),
        "is_whole": is_whole,
        "lanes": Touch.Lane.choices,
        "journeys": journeys_offered(),
        "staff": staff_offered(asked),
        "departments": [(one.pk, one.name) for one in asked.departments],
        "query": request.GET.urlencode(),
    }
    template = "_list.html" if is_partial(request) else "list.html"
    return render(request, f"console/touches/{template}", context)


@require_safe
@page(Permission.TOUCHES_VIEW)
def export(request: HttpRequest) -> HttpResponse:
    """Answer the list as an Excel file."""
    asked = ask(request)
    rows = in_state(touches_asked(asked), asked.filters.state)
    record_audit(
        actor=viewer_of(request),
        action=AuditRow.Action.EXPORT,
        subject="touches",
        detail={"query": request.GET.urlencode()[:500]},
        now=asked.now,
        address=address_of(request),
    )
    name = f"{_('触达')}-{asked.period.first:%Y%m%d}-{clock.local_date(asked.now):%Y%m%d}.xlsx"
    return file_answer(touches_book(rows), name)


@require_safe
@page(Permission.TOUCHES_VIEW)
def touch(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Tell the whole story of one touch."""
    try:
        story = access_touch(viewer=viewer_of(request), uid=uid)
    except UnknownTouch as error:
        raise Http404 from error
    context = {
        "active": "touches",
        "story": story,
        "told": telling.story(story),
        "is_withdrawable": is_withdrawable(story.touch),
    }
    template = "_touch.html" if is_partial(request) else "touch.html"
    return render(request, f"console/touches/{template}", context)


@require_POST
@page(Permission.TOUCHES_DECIDE)
def withdraw(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Withdraw a touch that has not reached its customer."""
    hand = Hand(viewer_of(request), clock.now(), address_of(request))
    try:
        report = withdraw_touch(hand, uid)
    except UnknownTouch as error:
        raise Http404 from error
    except NothingToWithdraw:
        messages.warning(request, _("这条触达已经结束或撤回过，没有可撤回的内容。"))
    else:
        messages.success(request, telling.withdrawn(report))
    return reload(request, reverse("touch", args=[uid]))
