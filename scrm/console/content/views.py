"""Materials to be looked at: the list, one material's readers, links to copy."""

from typing import Any, Final

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from common import clock
from content.blocks import read_blocks
from content.errors import ContentError, UnknownMaterial
from content.models import Material
from content.selectors.catalog import access_material, figures_of_materials
from content.selectors.reader_list import reader_rows, shared_links, stranger_opens
from content.services.drafts import (
    delete_material,
    discard_draft,
    start_material,
    unpublish_material,
)
from customers.selectors.periods import start_of
from org.permissions import Permission
from scrm.console.content.links import LinkForm, copied_links, make_link, staff_of_links
from scrm.console.content.listing import (
    list_materials,
    period_choices,
    period_of,
    state_words,
)
from scrm.web.access import page, viewer_of
from scrm.web.addresses import address_of
from scrm.web.answers import is_partial
from scrm.web.workbooks import sheet_response
from touches.selectors.material_sends import sends_of

READER_ROWS: Final = 30
BATCH: Final = "shared"
MOST_EXPORTED: Final = 20_000


@require_safe
@page(Permission.CONTENT_VIEW)
def index(request: HttpRequest) -> HttpResponse:
    """List the materials (素材) with how they were read."""
    context = {
        "active": "content",
        "page": list_materials(request, viewer_of(request), now=clock.now()),
        "days": period_of(request),
        "periods": period_choices(),
        "purposes": Material.Purpose.choices,
        "states": [("published", _("已发布")), ("draft", _("有草稿")), ("off", _("已下架"))],
        "is_empty": not Material.objects.exists(),
    }
    template = "console/content/_list.html" if is_partial(request) else "console/content/list.html"
    return render(request, template, context)


@require_safe
@page(Permission.CONTENT_VIEW)
def show(request: HttpRequest, material_id: int) -> HttpResponse:
    """Show who read one material, through whom, and how long (谁看了)."""
    viewer, now = viewer_of(request), clock.now()
    material = material_or_404(material_id)
    days = period_of(request)
    since = start_of(days, now=now)
    only = request.GET.get("only", "")
    rows = reader_rows(material, viewer=viewer, since=since, only=only)
    context = {
        "active": "content",
        "material": material,
        "state": state_words(material),
        "only": only,
        "days": days,
        "periods": period_choices(),
        "page": Paginator(rows, READER_ROWS).get_page(request.GET.get("page")),
    }
    if is_partial(request):
        return render(request, "console/content/_readers.html", context)
    context |= {
        "figures": figures_of_materials([material], viewer=viewer, since=since)[material.pk],
        "send_count": sends_of([material.pk], viewer=viewer, since=since).get(material.pk, 0),
        "stranger_count": stranger_opens(material, since=since),
        "links": copied_links(shared_links(material, viewer=viewer, batch=BATCH)),
        "blocks": read_blocks(material.body),
        "link_form": LinkForm(staff=staff_of_links(viewer)),
    }
    return render(request, "console/content/show.html", context)


@require_safe
@page(Permission.CONTENT_VIEW)
def export(request: HttpRequest, material_id: int) -> HttpResponse:
    """Answer the readers as an Excel file, narrowed as the page is."""
    viewer, now = viewer_of(request), clock.now()
    material = material_or_404(material_id)
    since = start_of(period_of(request), now=now)
    rows = reader_rows(material, viewer=viewer, since=since, only=request.GET.get("only", ""))
    heads = [
        (_("客户"), 24),
        (_("打开次数"), 10),
        (_("停留秒数"), 10),
        (_("读到 %"), 10),
        (_("读完"), 8),
        (_("最近打开"), 20),
        (_("通过谁"), 24),
    ]
    cells = (
        [
            row["name"],
            row["open_count"],
            row["seconds"],
            row["depth"],
            _("是") if row["is_completed"] else _("否"),
            row["last_at"],
            "、".join(row["via"]),
        ]
        for row in rows[:MOST_EXPORTED]
    )
    return sheet_response(f"readers-{material.pk}", heads, cells)


@require_POST
@page(Permission.CONTENT_VIEW)
def link(request: HttpRequest, material_id: int) -> HttpResponse:
    """Make a tracked link for somebody, or find the one they have."""
    material = material_or_404(material_id)
    form = LinkForm(request.POST, staff=staff_of_links(viewer_of(request)))
    if not material.is_published or not form.is_valid():
        messages.error(request, _("先发布，再选一位员工"))
        return redirect("material", material_id=material.pk)
    made = make_link(
        material, form.cleaned_data["staff"], viewer_of(request), batch=BATCH, now=clock.now()
    )
    if made is None:
        messages.error(request, _("先连接企业微信，链接要靠它认出读者"))
    else:
        messages.success(request, _("链接已就绪，点复制发给客户"))
    return redirect(f"{reverse('material', args=[material.pk])}#links")


@require_POST
@page(Permission.CONTENT_EDIT)
def create(request: HttpRequest) -> HttpResponse:
    """Begin a new article."""
    draft = start_material(now=clock.now(), author=viewer_of(request))
    return redirect("material-edit", material_id=draft.material_id)


@require_POST
@page(Permission.CONTENT_EDIT)
def unpublish(request: HttpRequest, material_id: int) -> HttpResponse:
    """Take a material back; its links say that it is gone."""
    material = unpublish_material(material_or_404(material_id), **_by(request))
    messages.success(request, _("已下架，链接打开会提示内容不在了"))
    return redirect("material", material_id=material.pk)


@require_POST
@page(Permission.CONTENT_EDIT)
def discard(request: HttpRequest, material_id: int) -> HttpResponse:
    """Throw the draft away; what is published stays."""
    material = material_or_404(material_id)
    discard_draft(material)
    messages.success(request, _("草稿已放弃"))
    return redirect("material", material_id=material.pk)


@require_POST
@page(Permission.CONTENT_EDIT)
def delete(request: HttpRequest, material_id: int) -> HttpResponse:
    """Delete a material that was never published."""
    material = material_or_404(material_id)
    try:
        delete_material(material, **_by(request))
    except ContentError as error:
        messages.error(request, str(error))
        return redirect("material", material_id=material.pk)
    messages.success(request, _("已删除"))
    return redirect("materials")


def material_or_404(material_id: int) -> Material:
    """Return a material for a request."""
    try:
        return access_material(material_id)
    except UnknownMaterial as error:
        raise Http404 from error


def _by(request: HttpRequest) -> dict[str, Any]:
    return {"now": clock.now(), "actor": viewer_of(request), "address": address_of(request)}
