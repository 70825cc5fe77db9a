"""Doing one thing to many customers: tags and exports, over the rows chosen or all that match."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from common import clock
from customers.errors import BadTag
from customers.selectors.customers import customers_visible_to
from customers.selectors.listing import size_of
from customers.selectors.tags import access_tag
from customers.services.exports import begin_export
from org.permissions import Permission
from scrm.console.customers.forms import BulkForm
from scrm.console.customers.views import list_url
from scrm.web.access import page, viewer_of
from scrm.web.addresses import address_of
from scrm.web.answers import go_to
from scrm.web.customer_export import AT_ONCE, export_now
from scrm.web.customer_filter import choose
from scrm.web.workbooks import file_answer
from touches.errors import BadTagging
from touches.services.bulk_tagging import BulkTagging, start_bulk_tagging

MOST_ROWS = 1_000


@require_POST
@page(Permission.CUSTOMERS_EDIT)
def bulk_tag(request: HttpRequest) -> HttpResponse:
    """Put a tag on many customers, as a job."""
    return _tag(request, is_added=True)


@require_POST
@page(Permission.CUSTOMERS_EDIT)
def bulk_untag(request: HttpRequest) -> HttpResponse:
    """Take a tag off many customers, as a job."""
    return _tag(request, is_added=False)


@require_POST
@page(Permission.CUSTOMERS_EXPORT)
def export(request: HttpRequest) -> HttpResponse:
    """Export customers: a short list at once, a long one as a job."""
    chosen, total, is_exact = _chosen(request)
    if not total:
        messages.error(request, _("没有可以导出的客户。"))
        return _back(request)
    viewer, now = viewer_of(request), clock.now()
    job = begin_export(
        user=viewer,
        chosen=chosen,
        total=total,
        at_once=AT_ONCE if is_exact else 0,
        now=now,
        address=address_of(request),
    )
    if job is None:
        name = f"customers-{clock.local_date(now):%Y%m%d}.xlsx"
        return file_answer(export_now(viewer, chosen), name)
    messages.success(request, _("正在导出，完成后可以下载。"))
    return _back(request)


def _tag(request: HttpRequest, *, is_added: bool) -> HttpResponse:
    form = BulkForm(request.POST)
    chosen, total, _is_exact = _chosen(request)
    if not total:
        messages.error(request, _("没有选中客户。"))
    elif not form.is_valid() or not form.cleaned_data["tag"]:
        messages.error(request, _("请先选择标签。"))
    else:
        try:
            asked = BulkTagging(
                tag=access_tag(form.cleaned_data["tag"]),
                is_added=is_added,
                chosen=chosen,
                total=total,
            )
            start_bulk_tagging(
                asked, user=viewer_of(request), address=address_of(request), now=clock.now()
            )
            messages.success(request, _("已开始，进度显示在列表上方。"))
        except BadTag:
            messages.error(request, _("这个标签已被删除。"))
        except BadTagging as error:
            messages.error(request, str(error))
    return _back(request)


def _chosen(request: HttpRequest) -> tuple[dict[str, Any], int, bool]:
    """Return whom the form means, as a job keeps it, how many they are, and if that is exact."""
    viewer = viewer_of(request)
    if request.POST.get("everything") == "1":
        choice = choose(viewer, QueryDict(request.POST.get("address", "")), now=clock.now())
        size = size_of(choice.customers, words=choice.words)
        return {"query": choice.query}, size.count, size.is_exact
    uids = [uid for text in request.POST.getlist("ids")[:MOST_ROWS] if (uid := _uid(text))]
    ids = list(customers_visible_to(viewer).filter(uid__in=uids).values_list("id", flat=True))
    return {"ids": sorted(ids)}, len(ids), True


def _uid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _back(request: HttpRequest) -> HttpResponse:
    return go_to(request, list_url(request.POST.get("address", "")))
