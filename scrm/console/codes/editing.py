"""Making, changing, copying and ending channel codes."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from campaigns.errors import CampaignsError
from campaigns.models import ChannelCode
from campaigns.services.channel_codes import (
    ChannelCodeSpec,
    create_channel_code,
    disable_channel_code,
    push_channel_code,
    update_channel_code,
)
from campaigns.services.code_life import (
    copy_to_departments,
    delete_channel_code,
    enable_channel_code,
    new_state,
)
from campaigns.services.welcomes import check_welcome
from common import clock
from org.permissions import Permission
from scrm.console.codes.forms import CodeForm, CopyForm
from scrm.console.codes.options import app_of_corp, first_app, hidden_staff_of, staffed_departments
from scrm.console.codes.uploads import NotUploaded, uploaded_picture
from scrm.console.codes.views import code_or_404
from scrm.web.access import page, viewer_of
from scrm.web.addresses import address_of
from scrm.web.answers import posted
from wecom.advice import advice_of_text
from wecom.models import App

_FIELDS = (
    "name",
    "text",
    "material",
    "skip_verify",
    "remark_template",
    "task_title",
    "task_body",
    "task_delay_minutes",
)


@require_http_methods(["GET", "POST"])
@page(Permission.CODES_EDIT)
def create(request: HttpRequest) -> HttpResponse:
    """Make a code, perhaps like another one (`?copy=7`)."""
    source = _source(request)
    app = app_of_corp(source.corp_id) if source else first_app()
    if app is None:
        return render(request, "console/codes/no_app.html", {"active": "codes"})
    form = _form(request, app, source, is_copy=True)
    if request.method == "POST" and form.is_valid():
        code = _saved(request, form, app, None)
        if code is not None:
            _tell(request, code, _("活码已建好"))
            return redirect("code", code_id=code.pk)
    return _page(request, form, None, source)


@require_http_methods(["GET", "POST"])
@page(Permission.CODES_EDIT)
def edit(request: HttpRequest, code_id: int) -> HttpResponse:
    """Change a code; its QR picture stays the same (换人不换码)."""
    code = code_or_404(request, code_id)
    form = _form(request, code.app, code, is_copy=False)
    if request.method == "POST" and form.is_valid():
        saved = _saved(request, form, code.app, code)
        if saved is not None:
            _tell(request, saved, _("已保存"))
            return redirect("code", code_id=code.pk)
    return _page(request, form, code, None)


@require_http_methods(["GET", "POST"])
@page(Permission.CODES_EDIT)
def copies(request: HttpRequest, code_id: int) -> HttpResponse:
    """Make one code for each chosen department, like this one (批量复制)."""
    code = code_or_404(request, code_id)
    form = CopyForm(posted(request), corp=code.corp)
    if request.method == "POST" and form.is_valid():
        made = copy_to_departments(
            code,
            list(form.cleaned_data["departments"]),
            now=clock.now(),
            actor=viewer_of(request),
            address=address_of(request),
        )
        left_out = len(form.cleaned_data["departments"]) - len(made)
        text = _("建好 {count} 个活码，二维码会在半分钟内生成").format(count=len(made))
        if left_out:
            text += _("；{count} 个部门没有可接待的员工，没有建").format(count=left_out)
        messages.success(request, text)
        return redirect("codes")
    context = {
        "active": "codes",
        "code": code,
        "form": form,
        "departments": staffed_departments(code.corp),
        "chosen": form["departments"].value() or [],
    }
    return render(request, "console/codes/copies.html", context, status=422 if form.errors else 200)


@require_POST
@page(Permission.CODES_EDIT)
def disable(request: HttpRequest, code_id: int) -> HttpResponse:
    """Switch a code off; WeCom takes its contact way back."""
    code = code_or_404(request, code_id)
    _tell(request, disable_channel_code(code, **_by(request)), _("活码已停用"))
    return redirect("code", code_id=code.pk)


@require_POST
@page(Permission.CODES_EDIT)
def enable(request: HttpRequest, code_id: int) -> HttpResponse:
    """Switch a code on again, with a new QR code."""
    code = code_or_404(request, code_id)
    _tell(request, enable_channel_code(code, **_by(request)), _("活码已启用，二维码是新的"))
    return redirect("code", code_id=code.pk)


@require_POST
@page(Permission.CODES_EDIT)
def push(request: HttpRequest, code_id: int) -> HttpResponse:
    """Try once more to bring a code to WeCom."""
    code = code_or_404(request, code_id)
    _tell(request, push_channel_code(code), _("已和企业微信一致"))
    return redirect("code", code_id=code.pk)


@require_POST
@page(Permission.CODES_EDIT)
def delete(request: HttpRequest, code_id: int) -> HttpResponse:
    """Delete a code that brought nobody."""
    code = code_or_404(request, code_id)
    try:
        delete_channel_code(code, **_by(request))
    except CampaignsError as error:
        messages.error(request, str(error))
        return redirect("code", code_id=code.pk)
    messages.success(request, _("已删除「{name}」").format(name=code.name))
    return redirect("codes")


def _by(request: HttpRequest) -> dict[str, Any]:
    return {"now": clock.now(), "actor": viewer_of(request), "address": address_of(request)}


def _source(request: HttpRequest) -> ChannelCode | None:
    text = request.GET.get("copy", "")
    return code_or_404(request, int(text)) if text.isdecimal() and len(text) <= 9 else None


def _form(request: HttpRequest, app: App, code: ChannelCode | None, *, is_copy: bool) -> CodeForm:
    initial: dict[str, Any] = {}
    if code is not None:
        initial = {name: getattr(code, name) for name in _FIELDS}
        initial |= {"staff": code.staff.all(), "tags": code.tags.all()}
        if is_copy:
            initial["name"] = _("{name} 副本").format(name=code.name)[:30]
    return CodeForm(
        posted(request),
        request.FILES if request.method == "POST" else None,
        initial=initial,
        corp=app.corp,
        viewer=viewer_of(request),
        code=code,
    )


def _saved(
    request: HttpRequest, form: CodeForm, app: App, code: ChannelCode | None
) -> ChannelCode | None:
    """Save what the form says; None with an error on the form if it cannot be."""
    values = form.cleaned_data
    try:
        welcome = form.welcome(uploaded_picture(values["picture"], app=app))
        check_welcome(welcome, may_be_empty=True)
        spec = ChannelCodeSpec(
            app=app,
            state=code.state if code else new_state(),
            staff=[*values["staff"], *hidden_staff_of(code, viewer_of(request))],
            tags=list(values["tags"]),
            text=welcome.text,
            attachments=welcome.attachments,
            material=welcome.material,
            **{name: values[name] for name in _FIELDS if name not in {"text", "material"}},
        )
        if code is not None:
            return update_channel_code(code, spec, **_by(request))
        return create_channel_code(
            spec,
            now=clock.now(),
            created_by=viewer_of(request),
            address=address_of(request),
        )
    except (CampaignsError, NotUploaded) as error:
        form.add_error(None, str(error))
        return None


def _tell(request: HttpRequest, code: ChannelCode, text: str) -> None:
    """Say that it is done, or that WeCom does not know of it yet."""
    if code.is_in_step:
        messages.success(request, text)
    elif code.last_error:
        messages.warning(
            request,
            _("已保存，但企业微信没有接受：{problem}").format(
                problem=advice_of_text(code.last_error).problem
            ),
        )
    else:
        messages.info(request, _("已保存，正在告诉企业微信"))


def _page(
    request: HttpRequest, form: CodeForm, code: ChannelCode | None, source: ChannelCode | None
) -> HttpResponse:
    context = {
        "active": "codes",
        "form": form,
        "code": code,
        "source": source,
        "staff_form": form["staff"],
        "back": reverse("code", args=[code.pk]) if code else reverse("codes"),
    }
    return render(request, "console/codes/edit.html", context, status=422 if form.errors else 200)
