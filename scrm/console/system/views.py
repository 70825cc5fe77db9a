"""The system page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from common import clock
from org.permissions import Permission
from scrm.console.system import telling
from scrm.web.access import page, viewer_of


@require_safe
@page(Permission.SYSTEM_VIEW)
def system(request: HttpRequest) -> HttpResponse:
    """Show what is running and what happened last.

    The page asks again every few seconds with `X-Fragment`, and gets its inner part only.
    """
    viewer = viewer_of(request)
    now = clock.now()
    context = {
        "active": "system",
        "now": now,
        "events": telling.last_events(viewer, now=now),
        "links": telling.links(viewer),
        "companies": telling.companies(now=now),
        "processes": telling.processes(),
        "jobs": telling.jobs(),
        "queues": telling.queues(),
    }
    is_fragment = request.headers.get("X-Fragment") == "1"
    template = "console/system/_state.html" if is_fragment else "console/system/system.html"
    return render(request, template, context)
