"""Pages over tags."""

from collections.abc import Callable
from typing import TypeVar

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from common import clock
from customers.errors import BadTag
from customers.models import Tag, TagGroup
from customers.selectors.tags import (
    access_group,
    access_tag,
    count_tags,
    groups_with_tags,
    is_library_awaited,
)
from customers.services.tag_library import ask_for_library, create_tags, delete, rename
from org.permissions import Permission
from scrm.console.tags.forms import NameForm, NewTagsForm
from scrm.web.access import page, viewer_of
from scrm.web.answers import go_to, is_partial
from wecom.models import Corp

Entry = Tag | TagGroup
E = TypeVar("E", Tag, TagGroup)


@require_safe
@page(Permission.CUSTOMERS_VIEW)
def tags(request: HttpRequest) -> HttpResponse:
    """Show the groups with their tags; who carries them is counted when the page is there."""
    groups = [group for group in groups_with_tags() if group.tags or not group.is_enterprise]
    counts = None
    if is_partial(request):
        ids = [tag.pk for group in groups for tag in group.tags]
        counts = count_tags(viewer_of(request), ids)
    shown = [
        (group, [(tag, counts.by_tag.get(tag.pk, 0) if counts else None) for tag in group.tags])
        for group in groups
    ]
    context = {
        "active": "tags",
        "enterprise": [(group, tags) for group, tags in shown if group.is_enterprise],
        "local": [(group, tags) for group, tags in shown if not group.is_enterprise],
        "is_estimated": counts is not None and not counts.is_exact,
        "is_awaited": is_library_awaited(),
    }
    name = "_groups" if is_partial(request) else "list"
    return render(request, f"console/tags/{name}.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@page(Permission.TAGS_MANAGE)
def new_group(request: HttpRequest) -> HttpResponse:
    """Make tags in a new group."""
    return _new(request, None)


@require_http_methods(["GET", "HEAD", "POST"])
@page(Permission.TAGS_MANAGE)
def new_tags(request: HttpRequest, group_id: int) -> HttpResponse:
    """Make tags in a group."""
    return _new(request, _found(access_group, group_id))


@require_http_methods(["GET", "HEAD", "POST"])
@page(Permission.TAGS_MANAGE)
def rename_tag(request: HttpRequest, tag_id: int) -> HttpResponse:
    """Rename a tag."""
    return _rename(request, _found(access_tag, tag_id))


@require_http_methods(["GET", "HEAD", "POST"])
@page(Permission.TAGS_MANAGE)
def rename_group(request: HttpRequest, group_id: int) -> HttpResponse:
    """Rename a group."""
    return _rename(request, _found(access_group, group_id))


@require_POST
@page(Permission.TAGS_MANAGE)
def delete_tag(request: HttpRequest, tag_id: int) -> HttpResponse:
    """Delete a tag; customers lose it."""
    return _delete(request, _found(access_tag, tag_id))


@require_POST
@page(Permission.TAGS_MANAGE)
def delete_group(request: HttpRequest, group_id: int) -> HttpResponse:
    """Delete a group with its tags; customers lose them."""
    return _delete(request, _found(access_group, group_id))


@require_POST
@page(Permission.TAGS_MANAGE)
def read_again(request: HttpRequest) -> HttpResponse:
    """Have the library of every corp read from WeCom."""
    for corp in Corp.objects.order_by("id"):
        ask_for_library(corp=corp, now=clock.now())
    messages.success(request, _("正在从企业微信核对标签库。"))
    return go_to(request, reverse("tags"))


def _new(request: HttpRequest, group: TagGroup | None) -> HttpResponse:
    is_sent = request.method == "POST"
    form = NewTagsForm(request.POST if is_sent else None, has_group=group is not None)
    corp = group.corp if group is not None else Corp.objects.order_by("id").first()
    if is_sent and form.is_valid() and corp is not None:
        try:
            create_tags(
                corp=corp,
                group=group,
                group_name=form.cleaned_data.get("group_name", ""),
                names=form.cleaned_data["names"],
                is_local=form.cleaned_data.get("is_local", False),
                user=viewer_of(request),
                now=clock.now(),
            )
        except BadTag as error:
            form.add_error("names", str(error))
        else:
            messages.success(request, _("已新建标签。"))
            return go_to(request, reverse("tags"))
    context = {"form": form, "group": group, "action": request.path, "has_corp": corp is not None}
    status = 422 if form.errors else 200
    return render(request, "console/tags/_new.html", context, status=status)


def _rename(request: HttpRequest, entry: Entry) -> HttpResponse:
    is_sent = request.method == "POST"
    form = NameForm(request.POST if is_sent else {"name": entry.name})
    if is_sent and form.is_valid():
        try:
            rename(
                entry=entry,
                name=form.cleaned_data["name"],
                user=viewer_of(request),
                now=clock.now(),
            )
        except BadTag as error:
            form.add_error("name", str(error))
        else:
            messages.success(request, _("已重命名。"))
            return go_to(request, reverse("tags"))
    context = {"form": form, "entry": entry, "action": request.path}
    status = 422 if form.errors else 200
    return render(request, "console/tags/_rename.html", context, status=status)


def _delete(request: HttpRequest, entry: Entry) -> HttpResponse:
    try:
        delete(entry=entry, user=viewer_of(request), now=clock.now())
        messages.success(request, _("已删除“{name}”。").format(name=entry.name))
    except BadTag as error:
        messages.error(request, str(error))
    return go_to(request, reverse("tags"))


def _found(access: Callable[[int], E], pk: int) -> E:
    try:
        return access(pk)
    except BadTag as error:
        raise Http404 from error
