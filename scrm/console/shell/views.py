"""What the frame of every page asks for."""

import io

from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import trigger_client_event

from common import clock
from org.errors import UnknownJob
from org.models import Job, JobFile
from org.selectors.jobs import access_job
from org.selectors.notifications import alerts_of, count_unseen
from org.services.alerts import mark_alerts_seen
from org.services.jobs import cancel_job
from scrm.console.shell import command as menu
from scrm.console.shell import telling
from scrm.web.access import own_page, viewer_of
from scrm.web.answers import is_partial, reload, toast

PAGE_ROWS = 20


@require_safe
@own_page
def signals(request: HttpRequest) -> HttpResponse:
    """Say how many jobs run and how many alerts are new, in the header of an empty answer."""
    viewer = viewer_of(request)
    counts = {"jobs": telling.count_running(viewer), "alerts": count_unseen(viewer)}
    return trigger_client_event(HttpResponse(status=204), "signals", counts)


@require_safe
@own_page
def command(request: HttpRequest) -> HttpResponse:
    """Show what the words in the command menu find."""
    words = request.GET.get("q", "")
    context = {"groups": menu.find(request, words), "words": words.strip()}
    return render(request, "console/shell/_found.html", context)


@require_safe
@own_page
def tray(request: HttpRequest) -> HttpResponse:
    """Show the newest jobs; the tray asks again while one of them runs."""
    return _tray(request)


def _tray(request: HttpRequest) -> HttpResponse:
    jobs = telling.shown_jobs(telling.jobs_of(viewer_of(request))[: telling.TRAY_JOBS])
    is_busy = any(one.is_running for one in jobs)
    return render(request, "console/shell/_tray.html", {"jobs": jobs, "is_busy": is_busy})


@require_safe
@own_page
def jobs(request: HttpRequest) -> HttpResponse:
    """List the jobs one may see."""
    paginator = Paginator(telling.jobs_of(viewer_of(request)), PAGE_ROWS)
    shown = paginator.get_page(request.GET.get("page"))
    context = {"page": shown, "jobs": telling.shown_jobs(shown)}
    template = "console/shell/_jobs.html" if is_partial(request) else "console/shell/jobs.html"
    return render(request, template, context)


@require_POST
@own_page
def cancel(request: HttpRequest, job_id: int) -> HttpResponse:
    """Cancel a running job; what it has done stays."""
    is_cancelled = cancel_job(_job(request, job_id), now=clock.now())
    if request.headers.get("HX-Target") == "jobs-body":
        said = _("已取消，做完的部分保留") if is_cancelled else _("任务已经结束")
        return toast(_tray(request), said)
    return reload(request, "/jobs/")


@require_safe
@own_page
def job_file(request: HttpRequest, job_id: int, number: int) -> FileResponse:
    """Send a file that a job made."""
    file = get_object_or_404(JobFile, job=_job(request, job_id), number=number)
    return FileResponse(io.BytesIO(file.content), as_attachment=True, filename=file.name)


@require_safe
@own_page
def alerts(request: HttpRequest) -> HttpResponse:
    """List one's own notifications."""
    viewer = viewer_of(request)
    page = Paginator(alerts_of(viewer), PAGE_ROWS).get_page(request.GET.get("page"))
    context = {"page": page, "alerts": telling.shown_alerts(page, viewer=viewer)}
    template = "console/shell/_alerts.html" if is_partial(request) else "console/shell/alerts.html"
    return render(request, template, context)


@require_safe
@own_page
def recent_alerts(request: HttpRequest) -> HttpResponse:
    """Show the newest notifications in the popover."""
    viewer = viewer_of(request)
    newest = telling.shown_alerts(alerts_of(viewer)[: telling.RECENT_ALERTS], viewer=viewer)
    return render(request, "console/shell/_recent.html", {"alerts": newest})


@require_POST
@own_page
def see_alerts(request: HttpRequest) -> HttpResponse:
    """Note that one has looked at all notifications."""
    viewer = viewer_of(request)
    if viewer.staff is not None:
        mark_alerts_seen(staff=viewer.staff, now=clock.now())
    return reload(request, "/alerts/")


def _job(request: HttpRequest, job_id: int) -> Job:
    try:
        return access_job(viewer=viewer_of(request), job_id=job_id)
    except UnknownJob:
        raise Http404 from None
