"""The second steps (两步验证, 修改密码): pages for people on their way in."""

from typing import Final

import segno
from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from common import clock
from org.errors import CodeRefused, TotpSetAlready
from org.services.accounts import change_own_password
from org.services.sign_ins import note_refusal
from org.services.totp import begin_totp, check_totp, confirm_totp
from scrm.console.sign_in.forms import NewPasswordForm
from scrm.console.sign_in.pending import go_on, pass_code, pending_of
from scrm.web.addresses import address_of
from scrm.web.answers import posted

MAX_CODE_CHARACTERS: Final = 20


class CodeForm(forms.Form):
    """Six digits, or a recovery code."""

    code = forms.CharField(max_length=MAX_CODE_CHARACTERS, strip=True)


@sensitive_post_parameters("code")
@never_cache
@require_http_methods(["GET", "POST"])
def ask_code(request: HttpRequest) -> HttpResponse:
    """Ask for a code of the authenticator, or a recovery code."""
    found = pending_of(request)
    if found is None:
        return redirect("login")
    user, pending = found
    form = CodeForm(posted(request))
    if request.method == "POST" and form.is_valid():
        address = address_of(request)
        try:
            check_totp(user=user, code=form.cleaned_data["code"], now=clock.wall(), address=address)
        except CodeRefused as error:
            reason = "code_locked" if error.is_locked else "code"
            note_refusal(who=user.username, reason=reason, now=clock.now(), address=address)
            form.add_error("code", code_sentence(error))
        else:
            return go_on(request, user, pass_code(request, user, pending))
    return render(request, "console/sign_in/code.html", {"form": form, "who": user})


@sensitive_post_parameters("code")
@never_cache
@require_http_methods(["GET", "POST"])
def set_up(request: HttpRequest) -> HttpResponse:
    """Have an admin set up the authenticator that is required of them."""
    found = pending_of(request)
    if found is None:
        return redirect("login")
    user, pending = found
    form = CodeForm(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            codes = confirm_totp(
                user=user,
                code=form.cleaned_data["code"],
                now=clock.wall(),
                address=address_of(request),
            )
        except CodeRefused as error:
            form.add_error("code", code_sentence(error))
        else:
            pass_code(request, user, pending)
            return render(request, "console/sign_in/recovery.html", {"codes": codes})
    try:
        offer = begin_totp(user=user, now=clock.wall())
    except TotpSetAlready:
        return go_on(request, user, pending)
    picture = qr_picture(offer.uri)
    context = {"form": form, "offer": offer, "picture": picture}
    return render(request, "console/sign_in/set_up.html", context)


@never_cache
@require_POST
def proceed(request: HttpRequest) -> HttpResponse:
    """Go on after the recovery codes were read."""
    found = pending_of(request)
    return go_on(request, *found) if found is not None else redirect("login")


@sensitive_post_parameters("new_password1", "new_password2")
@never_cache
@require_http_methods(["GET", "POST"])
def choose_password(request: HttpRequest) -> HttpResponse:
    """Have somebody choose a password instead of the one they were given."""
    found = pending_of(request)
    if found is None:
        return redirect("login")
    user, pending = found
    form = NewPasswordForm(user, posted(request))
    if request.method == "POST" and form.is_valid():
        change_own_password(
            user=user,
            password=form.cleaned_data["new_password1"],
            now=clock.now(),
            address=address_of(request),
        )
        return go_on(request, user, pending)
    return render(request, "console/sign_in/new_password.html", {"form": form, "who": user})


def code_sentence(error: CodeRefused) -> str:
    """Say what is wrong with a code."""
    if error.is_locked:
        return _("错误次数过多，请 15 分钟后再试，或请管理员重置两步验证。")
    return _("验证码不正确或已用过，请输入验证器里最新的 6 位数字。")


def qr_picture(uri: str) -> str:
    """Return the picture of an address as a `data:` URL."""
    return segno.make(uri, error="m").svg_data_uri(scale=5, border=2)
