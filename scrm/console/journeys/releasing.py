"""Publishing (发布旅程): what would change, and the versions there were."""

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from common import clock
from org.permissions import Permission
from scrm.console.journeys.editor import seen_of
from scrm.console.journeys.pages import (
    attempt,
    can_edit,
    draw,
    find_journey,
    head_context,
)
from scrm.web.access import page, viewer_of
from scrm.web.addresses import address_of
from scrm.web.answers import go_to, is_partial
from sop.errors import BadProgram, StaleDraft, UnknownJourney, WrongState
from sop.models import Journey, JourneyVersion
from sop.program.comparing import changes_between
from sop.program.editing import Replace
from sop.selectors.checking import Check, check_program
from sop.selectors.journeys import active_counts, version_of
from sop.services.drafting import edit_draft
from sop.services.publishing import publish as publish_draft

PAGE_SIZE = 20


@require_http_methods(["GET", "HEAD", "POST"])
@page(Permission.JOURNEYS_PUBLISH)
def publish(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Show what publishing would change, or publish."""
    journey = find_journey(uid)
    refused = ""
    if request.method == "POST":
        refused = _publish(request, journey)
        if not refused:
            return go_to(request, reverse("journey", args=[uid]))
        journey = find_journey(uid)
    check = check_program(journey.draft)
    published = journey.current.program if journey.current is not None else None
    context = head_context(request, journey, "journey") | {
        "changes": changes_between(published, journey.draft),
        "check": check,
        "staying": active_counts(viewer_of(request), [journey]).get(journey.pk, 0),
        "next_number": (journey.current.number if journey.current is not None else 0) + 1,
        "refused": refused,
        "action": reverse("journey_publish", args=[uid]),
    }
    template = "publish_drawer" if is_partial(request) else "publish"
    status = 422 if refused else 200
    return render(request, f"console/journeys/{template}.html", context, status=status)


@require_safe
@page(Permission.JOURNEYS_VIEW)
def versions(request: HttpRequest, uid: UUID) -> HttpResponse:
    """List the published versions, newest first."""
    journey = find_journey(uid)
    found = journey.versions.select_related("published_by").defer("program").order_by("-number")
    context = head_context(request, journey, "journey_versions") | {
        "page": Paginator(found, PAGE_SIZE).get_page(request.GET.get("page")),
        "is_editor": can_edit(request, journey),
        "is_changed": journey.current is not None and journey.current.program != journey.draft,
    }
    return render(request, "console/journeys/versions.html", context)


@require_safe
@page(Permission.JOURNEYS_VIEW)
def version(request: HttpRequest, uid: UUID, number: int) -> HttpResponse:
    """Show a version with what it changed."""
    journey = find_journey(uid)
    return _shown(request, journey, _version(journey, number), "")


@require_POST
@page(Permission.JOURNEYS_EDIT)
def restore(request: HttpRequest, uid: UUID, number: int) -> HttpResponse:
    """Take a version back into the draft, where it can be undone."""
    journey = find_journey(uid)
    found = _version(journey, number)
    operation = Replace(found.program, _("恢复第 {number} 版").format(number=number))
    seen, now, by = seen_of(request), clock.now(), viewer_of(request)
    refused = attempt(lambda: edit_draft(journey.pk, operation, seen=seen, now=now, by=by))
    if refused is not None:
        return _shown(request, find_journey(uid), found, refused.message)
    messages.success(request, _("草稿已恢复成第 {number} 版").format(number=number))
    return go_to(request, reverse("journey", args=[uid]))


def _shown(
    request: HttpRequest, journey: Journey, found: JourneyVersion, refused: str
) -> HttpResponse:
    before = journey.versions.filter(number=found.number - 1).first()
    context = head_context(request, journey, "journey_versions") | {
        "version": found,
        "before": before,
        "changes": changes_between(before.program if before else None, found.program),
        "tree": draw(request, journey, found.program, Check()),
        "is_editor": can_edit(request, journey),
        "refused": refused,
    }
    status = 409 if refused else 200
    return render(request, "console/journeys/version.html", context, status=status)


def _publish(request: HttpRequest, journey: Journey) -> str:
    """Publish; returns why it was not done, "" when it was."""
    try:
        made = publish_draft(
            journey.pk,
            now=clock.now(),
            by=viewer_of(request),
            address=address_of(request),
            seen=seen_of(request),
        )
    except BadProgram:
        return _("还有问题，没有发布。")
    except (StaleDraft, WrongState) as error:
        return str(error)
    messages.success(request, _("已发布第 {number} 版").format(number=made.number))
    return ""


def _version(journey: Journey, number: int) -> JourneyVersion:
    try:
        return version_of(journey, number)
    except UnknownJourney as error:
        raise Http404 from error
