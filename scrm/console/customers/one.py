"""The page of one customer, its parts, and what may be done there."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from common import clock
from common.ids import uuid7
from customers.errors import BadNote, BadTag, UnknownCustomer
from customers.models import Customer
from customers.selectors.customers import access_customer
from customers.selectors.portrait import identity_ids_of, portrait_of
from customers.selectors.tags import access_tag
from customers.services.notes import write_note
from customers.services.reveals import reveal_mobiles
from org.permissions import Permission
from scrm.console.customers import telling_one as tell
from scrm.console.customers.forms import NoteForm, TagForm
from scrm.web.access import page, viewer_of
from scrm.web.addresses import address_of
from scrm.web.answers import go_to, is_partial, reload
from sop.errors import UnknownJourney
from sop.selectors.explain import explain
from sop.selectors.journeys import journey_by_uid
from touches.errors import BadTagging
from touches.services.tagging import tag_customer


@require_safe
@page(Permission.CUSTOMERS_VIEW)
def customer(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Show one customer; the uid of one that was merged away leads to the survivor."""
    found = _access(request, uid)
    if found.uid != uid:
        return go_to(request, reverse("customer", args=[found.uid]))
    context = {"active": "customers"} | tell.customer_context(found, now=clock.now())
    return render(request, "console/customers/one.html", context)


@require_safe
@page(Permission.CUSTOMERS_VIEW)
def timeline(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Show a page of what happened, of one kind or all."""
    found = _access(request, uid)
    context = tell.history_context(
        found,
        identity_ids_of(found),
        kind=request.GET.get("kind", ""),
        after=request.GET.get("after", ""),
    )
    name = "_timeline" if context["is_first"] else "_timeline_lines"
    return render(request, f"console/customers/{name}.html", context)


@require_safe
@page(Permission.JOURNEYS_VIEW)
def journey(request: HttpRequest, uid: UUID, journey_uid: UUID) -> HttpResponse:
    """Show why a customer is where they are in a journey, or why they are not in it."""
    found = _access(request, uid)
    try:
        told = explain(found, journey_by_uid(journey_uid), now=clock.now())
    except UnknownJourney as error:
        raise Http404 from error
    context = {"told": told, "customer": found, "active": "customers"}
    name = "_journey" if is_partial(request) else "journey"
    return render(request, f"console/customers/{name}.html", context)


@require_POST
@page(Permission.CUSTOMERS_EDIT)
def note(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Write a note of a customer."""
    found = _access(request, uid)
    form = NoteForm(request.POST)
    if form.is_valid():
        try:
            write_note(
                customer=found,
                text=form.cleaned_data["text"],
                author=viewer_of(request),
                note_id=form.cleaned_data["note_id"],
                now=clock.now(),
            )
            messages.success(request, _("已记录。"))
        except BadNote as error:
            messages.error(request, str(error))
    else:
        messages.error(request, _("写点什么再保存。"))
    if not is_partial(request):
        return reload(request, reverse("customer", args=[found.uid]))
    shown = tell.history_context(found, identity_ids_of(found), kind="", after="")
    context = shown | {"note_id": uuid7()}
    return render(request, "console/customers/_talk.html", context)


@require_POST
@page(Permission.CUSTOMERS_EDIT)
def tags(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Put a tag on a customer, or take one off."""
    found = _access(request, uid)
    form = TagForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("请先选择标签。"))
        return _tags(request, found)
    try:
        tag_customer(
            customer=found,
            tag=access_tag(form.cleaned_data["tag"]),
            is_added=not form.cleaned_data["remove"],
            user=viewer_of(request),
            now=clock.now(),
            address=address_of(request),
        )
    except BadTag:
        messages.error(request, _("这个标签已被删除。"))
    except BadTagging as error:
        messages.error(request, str(error))
    return _tags(request, found)


@require_safe
@page(Permission.CUSTOMERS_VIEW)
def tags_card(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Show the tags anew, while some are on their way to WeCom."""
    return _tags(request, _access(request, uid))


@require_POST
@page(Permission.CUSTOMERS_REVEAL)
def phone(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Show the whole phones of a customer; that is written down in the audit log."""
    found = _access(request, uid)
    numbers = reveal_mobiles(
        customer=found, user=viewer_of(request), now=clock.now(), address=address_of(request)
    )
    if not is_partial(request):
        messages.info(request, "、".join(numbers) or _("没有手机号。"))
        return reload(request, reverse("customer", args=[found.uid]))
    return render(request, "console/customers/_phones.html", {"numbers": numbers})


def _tags(request: HttpRequest, found: Customer) -> HttpResponse:
    if not is_partial(request):
        return reload(request, reverse("customer", args=[found.uid]))
    context = tell.tags_context(portrait_of(found))
    return render(request, "console/customers/_tags.html", context)


def _access(request: HttpRequest, uid: UUID) -> Customer:
    try:
        return access_customer(viewer=viewer_of(request), uid=uid)
    except UnknownCustomer as error:
        raise Http404 from error
