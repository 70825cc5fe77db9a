"""Scripts (话术): the list, and one of them in the drawer."""

from itertools import groupby
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from common import clock
from content.lint import lint_text
from content.models import Script
from content.selectors.scripts import categories, scripts_of
from content.services.scripts import ScriptText, delete_script, move_script, save_script
from org.permissions import Permission
from scrm.console.content.editor import trouble_words
from scrm.web.access import page, viewer_of
from scrm.web.answers import go_to, is_partial, posted


class ScriptForm(forms.Form):
    """One ready text."""

    category = forms.CharField(
        label=gettext_lazy("分类"),
        max_length=20,
        widget=forms.TextInput(attrs={"list": "categories", "autocomplete": "off"}),
        help_text=gettext_lazy("选一个已有的，或写一个新的。"),
    )
    title = forms.CharField(
        label=gettext_lazy("标题"),
        max_length=40,
        help_text=gettext_lazy("员工按它找话术，写客户会问的词。"),
    )
    text = forms.CharField(
        label=gettext_lazy("内容"),
        max_length=1_000,
        widget=forms.Textarea(attrs={"rows": 7}),
        help_text=gettext_lazy("{客户} 和 {员工} 会换成各自的名字。发送前员工可以改。"),
    )
    is_enabled = forms.BooleanField(
        label=gettext_lazy("在侧边栏里显示"), required=False, initial=True
    )


@require_safe
@page(Permission.CONTENT_VIEW)
def index(request: HttpRequest) -> HttpResponse:
    """List the scripts by category, searched as the sidebar searches."""
    context = _listed(request) | {"active": "content"}
    template = "_scripts.html" if is_partial(request) else "scripts.html"
    return render(request, f"console/content/{template}", context)


@require_http_methods(["GET", "POST"])
@page(Permission.CONTENT_EDIT)
def edit(request: HttpRequest, script_id: int | None = None) -> HttpResponse:
    """Write or change a script in the drawer."""
    script = get_object_or_404(Script, pk=script_id) if script_id else None
    names = ("category", "title", "text", "is_enabled")
    initial: dict[str, Any] = {name: getattr(script, name) for name in names} if script else {}
    form = ScriptForm(posted(request), initial=initial)
    if request.method == "POST" and form.is_valid():
        save_script(ScriptText(**form.cleaned_data), now=clock.now(), script=script)
        found = lint_text(form.cleaned_data["text"])
        if found:
            words = "、".join(f"{one.word}({trouble_words(one.trouble)})" for one in found)
            messages.warning(request, _("已保存。这些词请再看看：{words}").format(words=words))
        else:
            messages.success(request, _("话术已保存"))
        return go_to(request, reverse("scripts"))
    context = {
        "form": form,
        "script": script,
        "action": request.path,
        "categories": categories(),
    }
    status = 422 if form.errors else 200
    return render(request, "console/content/_script.html", context, status=status)


@require_POST
@page(Permission.CONTENT_EDIT)
def move(request: HttpRequest, script_id: int) -> HttpResponse:
    """Move a script up or down inside its category."""
    script = get_object_or_404(Script, pk=script_id)
    move_script(script, up=request.POST.get("to") == "up")
    if is_partial(request):
        return render(request, "console/content/_scripts.html", _listed(request))
    return redirect("scripts")


@require_POST
@page(Permission.CONTENT_EDIT)
def delete(request: HttpRequest, script_id: int) -> HttpResponse:
    """Delete a script."""
    delete_script(get_object_or_404(Script, pk=script_id))
    messages.success(request, _("话术已删除"))
    return go_to(request, reverse("scripts"))


def _listed(request: HttpRequest) -> dict[str, Any]:
    """Return the scripts by category, or what fits a query in the order in which it fits."""
    query = request.GET.get("q", "").replace("\x00", "").strip()[:40]
    found = scripts_of(viewer_of(request), query)
    groups = [(name, list(rows)) for name, rows in groupby(found, lambda one: one.category)]
    return {
        "query": query,
        "total": len(found),
        "groups": [("", found)] if query and found else groups,
    }
