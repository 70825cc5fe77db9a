"""The article editor: open, save, preview, publish."""

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from common import clock
from content.blocks import read_blocks
from content.errors import DraftConflict, NotReady
from content.models import Material
from content.services.drafts import draft_of, publish_draft, save_draft
from customers.models import Tag
from org.permissions import Permission
from scrm.console.content.editor import (
    Editor,
    act,
    editor_of,
    kind_choices,
    read_editor,
    trouble_words,
)
from scrm.console.content.views import material_or_404
from scrm.web.access import page, viewer_of
from scrm.web.addresses import address_of
from scrm.web.answers import go_to, is_partial


@require_http_methods(["GET", "POST"])
@page(Permission.CONTENT_EDIT)
def edit(request: HttpRequest, material_id: int) -> HttpResponse:
    """Write an article: every act saves the draft, `publish` makes a version of it."""
    material = material_or_404(material_id)
    if request.method != "POST":
        editor = editor_of(draft_of(material), material)
        return _answer(request, material, editor, "console/content/edit.html")
    sent = read_editor(request.POST, request.FILES, now=clock.now())
    op = request.POST.get("op", "")
    editor = act(sent, op)
    try:
        draft = save_draft(
            material,
            editor.text(),
            began_with=editor.began_with,
            now=clock.now(),
            author=viewer_of(request),
        )
    except DraftConflict as error:
        return _conflict(request, material, editor, str(error))
    kept = replace(
        editor, began_with=(editor.began_with[0], draft.revision), saved_at=draft.saved_at
    )
    if op == "publish":
        return _published(request, material, kept)
    if not is_partial(request):
        return redirect("material-edit", material_id=material.pk)
    template = "console/content/_saved.html" if op == "autosave" else "console/content/_editor.html"
    return _answer(request, material, kept, template)


def _published(request: HttpRequest, material: Material, editor: Editor) -> HttpResponse:
    try:
        published = publish_draft(
            material,
            now=clock.now(),
            actor=viewer_of(request),
            address=address_of(request),
        )
    except NotReady as error:
        editor.problems.append(str(error))
        template = "_editor.html" if is_partial(request) else "edit.html"
        return _answer(request, material, editor, f"console/content/{template}", status=422)
    messages.success(request, _("已发布第 {version} 版").format(version=published.version))
    return go_to(request, reverse("material", args=[material.pk]))


def _conflict(
    request: HttpRequest, material: Material, editor: Editor, sentence: str
) -> HttpResponse:
    """Say that somebody else has saved; what was typed stays on the page to be copied."""
    advice = _("{sentence}。刷新页面看新的内容，没保存的文字请先复制。")
    editor.problems.append(advice.format(sentence=sentence))
    template = "_saved.html" if request.POST.get("op") == "autosave" else "_editor.html"
    if not is_partial(request):
        template = "edit.html"
    return _answer(request, material, editor, f"console/content/{template}", status=422)


def _answer(
    request: HttpRequest, material: Material, editor: Editor, template: str, *, status: int = 200
) -> HttpResponse:
    context: dict[str, Any] = {
        "active": "content",
        "material": material,
        "editor": editor,
        "preview": read_blocks(editor.body),
        "kinds": kind_choices(),
        "purposes": Material.Purpose.choices,
        "findings": [(one, trouble_words(one.trouble)) for one in editor.findings],
    }
    if not template.endswith("_saved.html"):
        context["tags"] = (
            Tag.objects.filter(is_deleted=False, wecom_id__isnull=False)
            .select_related("group")
            .order_by("group__position", "group_id", "position", "id")
        )
    return render(request, template, context, status=status)
