"""One job over customers: how far it has come, taking it back, fetching what it made."""

import io
import zipfile
from typing import Final

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from common import clock
from org.errors import UnknownJob
from org.models import Job
from org.permissions import Permission
from org.selectors.jobs import access_job
from scrm.web.access import page, viewer_of
from scrm.web.answers import go_to, is_partial, reload
from scrm.web.workbooks import file_answer
from touches.errors import BadTagging
from touches.services.bulk_tagging import start_undo

# More files than these are fetched one by one, from the list of jobs.
MOST_PACKED: Final = 10


@require_safe
@page(Permission.CUSTOMERS_VIEW)
def job(request: HttpRequest, job_id: int) -> HttpResponse:
    """Show how far a job has come; it is asked again while it runs."""
    return render(request, "console/jobs/_job.html", {"job": _access(request, job_id)})


@require_POST
@page(Permission.CUSTOMERS_EDIT)
def undo(request: HttpRequest, job_id: int) -> HttpResponse:
    """Take back what a bulk job did."""
    found = _own(request, job_id)
    try:
        found = start_undo(found, user=viewer_of(request), now=clock.now())
    except BadTagging as error:
        messages.error(request, str(error))
    return _shown(request, found)


@require_safe
@page(Permission.CUSTOMERS_EXPORT)
def files(request: HttpRequest, job_id: int) -> HttpResponse:
    """Fetch what a job made: the file, or all of them in one archive."""
    made = _own(request, job_id).files.order_by("number")
    count = made.count()
    if not count:
        raise Http404
    if count > MOST_PACKED:
        return go_to(request, reverse("jobs"))
    found = list(made)
    if count == 1:
        return file_answer(bytes(found[0].content), found[0].name)
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as packed:
        for file in found:
            packed.writestr(file.name, bytes(file.content))
    name = found[0].name.rpartition("-")[0]
    return file_answer(archive.getvalue(), f"{name}.zip", kind="application/zip")


def _access(request: HttpRequest, job_id: int) -> Job:
    try:
        return access_job(viewer=viewer_of(request), job_id=job_id)
    except UnknownJob as error:
        raise Http404 from error


def _own(request: HttpRequest, job_id: int) -> Job:
    found = _access(request, job_id)
    if found.started_by_id != viewer_of(request).pk:
        raise Http404
    return found


def _shown(request: HttpRequest, found: Job) -> HttpResponse:
    if is_partial(request):
        return render(request, "console/jobs/_job.html", {"job": found})
    return reload(request, reverse("customers"))
