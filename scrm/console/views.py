"""Pages for operators."""

from typing import cast

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from common import clock
from org.models import User
from scrm.console import home as tell


@require_safe
@never_cache
@login_required
def home(request: HttpRequest) -> HttpResponse:
    """Show what is running and what happened last.

    The page asks again every few seconds with `X-Fragment`, and gets its inner part only.
    """
    viewer = cast("User", request.user)
    now = clock.now()
    context = {
        "active": "home",
        "now": now,
        "events": tell.last_events(viewer, now=now),
        "links": tell.links(viewer),
        "sees_operations": tell.sees_operations(viewer),
    }
    if context["sees_operations"]:
        context |= {
            "companies": tell.companies(now=now),
            "processes": tell.processes(),
            "jobs": tell.jobs(),
            "queues": tell.queues(),
        }
    is_fragment = request.headers.get("X-Fragment") == "1"
    return render(request, "console/_home.html" if is_fragment else "console/home.html", context)
