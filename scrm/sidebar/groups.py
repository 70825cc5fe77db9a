"""The sidebar in a customer group: who sits there, and what can be sent to all of them."""

from typing import Final

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from common import clock
from content.errors import UnknownMaterial
from content.selectors.shelf import published_material, shelf
from content.services.links import LinkSpec, create_link
from customers.selectors.group_members import access_group, view_group
from scrm.sidebar.answers import number
from scrm.sidebar.members import member_view, not_found, staff_of
from scrm.sidebar.sending import MAX_PART_CHARACTERS, news

MAX_ID_CHARACTERS: Final = 64
# A link of a group tells who of its customers reads: WeCom names them.
BATCH: Final = "group:{id}"


@member_view
@require_POST
def open_group(request: HttpRequest) -> HttpResponse:
    """Show the group whose chat is open, if the member has a part in it."""
    staff = staff_of(request)
    chat_id = request.POST.get("chat_id", "")[:MAX_ID_CHARACTERS]
    group = access_group(staff=staff, chat_id=chat_id)
    shown = view_group(group, staff=staff, now=clock.now())
    context = {"shown": shown, "group": group, "materials": shelf()}
    return render(request, "sidebar/_group.html", context)


@member_view
@require_POST
def materials(request: HttpRequest, chat_id: str) -> HttpResponse:
    """Show the materials that match what was typed."""
    group = access_group(staff=staff_of(request), chat_id=chat_id)
    part = request.POST.get("q", "").strip()[:MAX_PART_CHARACTERS]
    context = {"materials": shelf(part=part), "part": part, "group": group}
    return render(request, "sidebar/_materials.html", context)


@member_view
@require_POST
def message(request: HttpRequest, chat_id: str) -> HttpResponse:
    """Make the message for one material: a tracked link of this member for this group."""
    staff = staff_of(request)
    group = access_group(staff=staff, chat_id=chat_id)
    try:
        material = published_material(number(request, "material_id"))
    except UnknownMaterial:
        return not_found(request)
    spec = LinkSpec(
        material_id=material.pk,
        corp_id=staff.corp_id,
        staff_id=staff.pk,
        batch=BATCH.format(id=group.pk),
    )
    return JsonResponse(news(create_link(spec, now=clock.now())))
