"""What is sent into a chat: messages are made here, sent by the client, and noted afterwards."""

from typing import Any, Final
from urllib.parse import urljoin

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from common import clock
from content.errors import UnknownMaterial
from content.models import Material, Script, TrackedLink
from content.placeholders import fill
from content.selectors.scripts import scripts_for
from content.selectors.shelf import published_material, shelf
from content.services.links import LinkSpec, create_link, public_url
from content.services.scripts import note_script_use
from customers.errors import BadStaffWord
from customers.models import Follow
from customers.selectors.following import access_follow
from customers.services.staff_words import note_sending
from scrm.sidebar.answers import number, said, token_of
from scrm.sidebar.members import member_view, not_found, staff_of
from scrm.web.access import viewer_of

BATCH: Final = "sidebar"
SCRIPTS_SHOWN: Final = 40
MAX_PART_CHARACTERS: Final = 40
MAX_TITLE_CHARACTERS: Final = 128
MAX_SUMMARY_CHARACTERS: Final = 120


@member_view
@require_POST
def materials(request: HttpRequest, follow_id: int) -> HttpResponse:
    """Show the materials that match what was typed."""
    follow = access_follow(staff=staff_of(request), follow_id=follow_id)
    part = request.POST.get("q", "").strip()[:MAX_PART_CHARACTERS]
    context = {"materials": shelf(part=part), "part": part, "follow": follow}
    return render(request, "sidebar/_materials.html", context)


@member_view
@require_POST
def scripts(request: HttpRequest, follow_id: int) -> HttpResponse:
    """Show the scripts that fit what was typed, with the names filled in."""
    follow = access_follow(staff=staff_of(request), follow_id=follow_id)
    part = request.POST.get("q", "").strip()[:MAX_PART_CHARACTERS]
    shown = [
        (script, _filled(script, follow))
        for script in scripts_for(viewer_of(request), part, limit=SCRIPTS_SHOWN)
    ]
    context = {"scripts": shown, "part": part, "follow": follow}
    return render(request, "sidebar/_scripts.html", context)


@member_view
@require_POST
def message(request: HttpRequest, follow_id: int) -> HttpResponse:
    """Make the message for one material: a tracked link of this member for this customer."""
    follow = access_follow(staff=staff_of(request), follow_id=follow_id)
    try:
        material = published_material(number(request, "material_id"))
    except UnknownMaterial:
        return not_found(request)
    spec = LinkSpec(
        material_id=material.pk,
        corp_id=follow.staff.corp_id,
        staff_id=follow.staff_id,
        batch=BATCH,
        identity_id=follow.identity_id,
    )
    return JsonResponse(news(create_link(spec, now=clock.now())))


@member_view
@require_POST
def sent(request: HttpRequest, follow_id: int) -> HttpResponse:
    """Note that the client has sent something into the chat."""
    follow = access_follow(staff=staff_of(request), follow_id=follow_id)
    now = clock.now()
    try:
        is_new = note_sending(
            follow=follow,
            kind=request.POST.get("kind", ""),
            title=request.POST.get("title", "")[:MAX_TITLE_CHARACTERS],
            material_id=number(request, "material_id"),
            token=token_of(request),
            now=now,
        )
    except (BadStaffWord, ValueError):
        return said(_("没有记录：内容有误。"), status=422)
    script_id = number(request, "script_id")
    if is_new and script_id:
        note_script_use(script_id, now=now)
    return said(_("已发送，并记入客户动态"))


def news(link: TrackedLink) -> dict[str, Any]:
    """Return a material as the client's `news` message."""
    material = link.material
    shown = {
        "link": public_url(link.code),
        "title": material.title,
        "desc": material.summary[:MAX_SUMMARY_CHARACTERS],
    }
    picture = _picture_path(material)
    if picture:
        shown["imgUrl"] = urljoin(settings.PUBLIC_URL, picture)
    return {"msgtype": "news", "news": shown}


def _picture_path(material: Material) -> str:
    if material.picture_code:
        return reverse("public-picture", args=[material.picture_code])
    return static(material.cover) if material.cover else ""


def _filled(script: Script, follow: Follow) -> str:
    customer = follow.identity.customer
    return fill(script.text, customer_name=customer.name, staff_name=follow.staff.name)
