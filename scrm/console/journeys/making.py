"""Making journeys (新建旅程): blank, from a template, as a copy; their names and states."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from common import clock
from org.models import User
from org.permissions import Permission
from scrm.console.journeys.choices import owner_choices, slot_labels
from scrm.console.journeys.pages import find_journey
from scrm.console.journeys.tree import Sources, tree_of
from scrm.web.access import page, viewer_of
from scrm.web.addresses import address_of
from scrm.web.answers import go_to, is_partial, posted, reload
from sop.errors import CodeTaken, WrongState
from sop.models import Journey
from sop.program.setting_words import exit_words, goal_words
from sop.selectors.listing import free_code
from sop.services.making import (
    NewJourney,
    copy_journey,
    known_preset,
    make_blank,
    make_from_preset,
    materials_named,
    rename_journey,
    with_materials,
)
from sop.services.presets import presets
from sop.services.publishing import archive, pause, resume

Make = Callable[[NewJourney], Journey]


class NameForm(forms.Form):
    """What a journey is called."""

    name = forms.CharField(label=gettext_lazy("名称"), max_length=64)
    code = forms.RegexField(
        r"^[A-Za-z0-9_-]+$",
        label=gettext_lazy("代号"),
        max_length=40,
        help_text=gettext_lazy("字母、数字、横线；接口和日志里用它，以后不能改"),
        error_messages={"invalid": gettext_lazy("只能用字母、数字、横线和下划线")},
    )


class BasicsForm(forms.Form):
    """What may be changed later."""

    name = forms.CharField(label=gettext_lazy("名称"), max_length=64)
    owner = forms.TypedChoiceField(
        label=gettext_lazy("负责人"), required=False, coerce=int, empty_value=None
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        owner = self.fields["owner"]
        if isinstance(owner, forms.TypedChoiceField):
            owner.choices = [("", _("没有")), *owner_choices()]


@require_http_methods(["GET", "HEAD", "POST"])
@page(Permission.JOURNEYS_EDIT)
def new(request: HttpRequest) -> HttpResponse:
    """Make a blank journey."""
    form = NameForm(posted(request), initial={"code": free_code()})
    context = {
        "title": _("新建空白旅程"),
        "about": _("从添加好友开始，一步一步加上去；发布之前不会有人进入。"),
        "action": reverse("journey_new"),
    }
    now, by = clock.now(), viewer_of(request)
    return _make(request, form, context, lambda names: make_blank(names, now=now, by=by))


@require_http_methods(["GET", "HEAD", "POST"])
@page(Permission.JOURNEYS_EDIT)
def copy(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Make a copy of a journey."""
    journey = find_journey(uid)
    name = _("{name} 副本").format(name=journey.name)[:64]
    form = NameForm(posted(request), initial={"code": free_code(), "name": name})
    context = {
        "title": _("复制旅程"),
        "about": _("复制流程和设置；进入的客户和版本留在原来的旅程。"),
        "action": reverse("journey_copy", args=[uid]),
    }
    now, by = clock.now(), viewer_of(request)
    return _make(request, form, context, lambda names: copy_journey(journey, names, now=now, by=by))


@require_safe
@page(Permission.JOURNEYS_EDIT)
def templates(request: HttpRequest) -> HttpResponse:
    """Show the templates with what they are for."""
    context = {"active": "journeys", "presets": list(presets().values())}
    return render(request, "console/journeys/templates.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@page(Permission.JOURNEYS_EDIT)
def template(request: HttpRequest, code: str) -> HttpResponse:
    """Show a template with its steps in words, and make a journey of it."""
    try:
        preset = known_preset(code)
    except LookupError as error:
        raise Http404 from error
    found, missing = materials_named(preset)
    program = with_materials(preset.program, found)
    initial = {"code": free_code(), "name": preset.name}
    context = {
        "active": "journeys",
        "preset": preset,
        "tree": tree_of(program, Sources(slots=slot_labels())),
        "goals": goal_words(program.get("goals")),
        "exits": exit_words(program.get("exits")),
        "missing": missing,
        "title": preset.name,
        "action": reverse("journey_template", args=[code]),
    }
    now, by = clock.now(), viewer_of(request)
    return _make(
        request,
        NameForm(posted(request), initial=initial),
        context,
        lambda names: make_from_preset(preset, names, now=now, by=by),
        page_template="console/journeys/template.html",
    )


@require_http_methods(["GET", "HEAD", "POST"])
@page(Permission.JOURNEYS_EDIT)
def basics(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Change what a journey is called and who looks after it."""
    journey = find_journey(uid)
    initial = {"name": journey.name, "owner": journey.owner_id}
    form = BasicsForm(posted(request), initial=initial)
    if request.method == "POST" and form.is_valid():
        owner = User.objects.filter(pk=form.cleaned_data["owner"]).first()
        rename_journey(journey.pk, name=form.cleaned_data["name"], owner=owner, now=clock.now())
        messages.success(request, _("已保存"))
        return reload(request, reverse("journey", args=[uid]))
    context = {"title": _("名称与负责人"), "action": reverse("journey_basics", args=[uid])}
    return _form(request, form, context)


@require_POST
@page(Permission.JOURNEYS_PUBLISH)
def change_state(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Pause, resume or archive a journey."""
    journey = find_journey(uid)
    change = {"pause": pause, "resume": resume, "archive": archive}.get(request.POST.get("to", ""))
    if change is None:
        raise Http404
    words = {
        "pause": _("已暂停：没有人进入，也没有人往下走"),
        "resume": _("已恢复"),
        "archive": _("已归档，进行中的客户会停下来"),
    }
    try:
        change(journey.pk, now=clock.now(), by=viewer_of(request), address=address_of(request))
        messages.success(request, words[request.POST["to"]])
    except WrongState as error:
        messages.error(request, str(error))
    return reload(request, reverse("journey", args=[uid]))


def _make(
    request: HttpRequest,
    form: NameForm,
    context: dict[str, Any],
    make: Make,
    page_template: str = "",
) -> HttpResponse:
    """Show the form of a new journey's names, or make it and go there."""
    if request.method == "POST" and form.is_valid():
        try:
            names = NewJourney(form.cleaned_data["code"], form.cleaned_data["name"])
            return go_to(request, reverse("journey", args=[make(names).uid]))
        except CodeTaken as error:
            form.add_error("code", str(error))
    return _form(request, form, context, page_template)


def _form(
    request: HttpRequest, form: forms.Form, context: dict[str, Any], page_template: str = ""
) -> HttpResponse:
    """Show a form in the drawer, or as a page of its own."""
    context |= {"active": "journeys", "form": form}
    status = 422 if form.is_bound else 200
    if is_partial(request):
        return render(request, "console/journeys/drawer.html", context, status=status)
    template = page_template or "console/journeys/form.html"
    return render(request, template, context, status=status)
