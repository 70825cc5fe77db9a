"""One's own sign-ins (登录与安全): password, second step, where one is signed in."""

from dataclasses import dataclass
from typing import Final

from django import forms
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from common import clock
from org.errors import CodeRefused, TotpSetAlready
from org.models import SignInSession, User
from org.selectors.accounts import sessions_of
from org.services.accounts import change_own_password
from org.services.sign_ins import end_one_session, end_sessions, session_name
from org.services.totp import (
    begin_totp,
    check_totp,
    confirm_totp,
    has_totp,
    remove_totp,
    renew_recovery_codes,
)
from scrm.console.sign_in.forms import NewPasswordForm
from scrm.console.sign_in.steps import CodeForm, code_sentence, qr_picture
from scrm.web.access import own_page, viewer_of
from scrm.web.addresses import address_of
from scrm.web.answers import posted

SHOWN_SESSIONS: Final = 50


class OwnPasswordForm(NewPasswordForm):
    """A new password, and the present one as proof."""

    old_password = forms.CharField(max_length=256, strip=False, required=False)

    def clean_old_password(self) -> str:
        """Refuse whoever only found the browser open."""
        old: str = self.cleaned_data["old_password"]
        if self.user.has_usable_password() and not self.user.check_password(old):
            raise forms.ValidationError(_("当前密码不正确。"))
        return old


@dataclass(frozen=True, slots=True)
class ShownSession:
    """One signed-in browser in words."""

    session: SignInSession
    name: str
    browser: str
    is_this: bool


@require_safe
@own_page
def overview(request: HttpRequest) -> HttpResponse:
    """Show how one signs in, and where one is signed in."""
    return _page(request)


@sensitive_post_parameters("old_password", "new_password1", "new_password2")
@require_POST
@own_page
def set_password(request: HttpRequest) -> HttpResponse:
    """Change one's own password; the other sessions end, this one goes on."""
    viewer = viewer_of(request)
    form = OwnPasswordForm(viewer, request.POST)
    if not form.is_valid():
        return _page(request, password_form=form)
    change_own_password(
        user=viewer,
        password=form.cleaned_data["new_password1"],
        now=clock.now(),
        address=address_of(request),
    )
    update_session_auth_hash(request, viewer)
    messages.success(request, _("密码已修改，其他登录已全部退出。"))
    return redirect("security")


@sensitive_post_parameters("code")
@require_http_methods(["GET", "POST"])
@own_page
def set_up_totp(request: HttpRequest) -> HttpResponse:
    """Set an authenticator up, then show the recovery codes once."""
    viewer = viewer_of(request)
    form = CodeForm(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            codes = confirm_totp(
                user=viewer,
                code=form.cleaned_data["code"],
                now=clock.wall(),
                address=address_of(request),
            )
        except CodeRefused as error:
            form.add_error("code", code_sentence(error))
        else:
            return _codes(request, codes)
    try:
        offer = begin_totp(user=viewer, now=clock.wall())
    except TotpSetAlready:
        return redirect("security")
    context = {"active": "security", "form": form, "offer": offer}
    context["picture"] = qr_picture(offer.uri)
    return render(request, "console/security/authenticator.html", context)


@sensitive_post_parameters("code")
@require_POST
@own_page
def change_totp(request: HttpRequest) -> HttpResponse:
    """Take the authenticator away, or renew the recovery codes; a code is asked first."""
    viewer, now, address = viewer_of(request), clock.wall(), address_of(request)
    form = CodeForm(request.POST)
    if not form.is_valid() or not has_totp(viewer):
        return redirect("security")
    try:
        check_totp(user=viewer, code=form.cleaned_data["code"], now=now, address=address)
    except CodeRefused as error:
        form.add_error("code", code_sentence(error))
        return _page(request, code_form=form)
    if request.POST.get("do") == "renew":
        return _codes(request, renew_recovery_codes(user=viewer, now=now, address=address))
    remove_totp(user=viewer, actor=viewer, now=now, address=address)
    messages.success(request, _("两步验证已停用。"))
    return redirect("security")


@require_POST
@own_page
def end_others(request: HttpRequest) -> HttpResponse:
    """Sign out everywhere else, or in the one browser that `session` names."""
    viewer, now, address = viewer_of(request), clock.now(), address_of(request)
    if named := request.POST.get("session", ""):
        end_one_session(user=viewer, name=named, now=now, address=address)
    else:
        keep = request.session.session_key or ""
        end_sessions(user=viewer, keep=keep, now=now, address=address)
    messages.success(request, _("已退出。"))
    return redirect(f"{reverse('security')}#sessions")


def browser_words(agent: str) -> str:
    """Say which browser on which system, roughly."""
    names = (
        ("wxwork", _("企业微信")),
        ("micromessenger", _("微信")),
        ("edg/", "Edge"),
        ("firefox/", "Firefox"),
        ("chrome/", "Chrome"),
        ("safari/", "Safari"),
    )
    systems = (
        ("iphone", "iPhone"),
        ("ipad", "iPad"),
        ("android", "Android"),
        ("windows", "Windows"),
        ("mac os", "macOS"),
        ("linux", "Linux"),
    )
    low = agent.lower()
    name = next((words for mark, words in names if mark in low), _("未知浏览器"))
    system = next((words for mark, words in systems if mark in low), "")
    return f"{name} · {system}" if system else name


def _page(
    request: HttpRequest,
    *,
    password_form: OwnPasswordForm | None = None,
    code_form: CodeForm | None = None,
) -> HttpResponse:
    viewer = viewer_of(request)
    context = {
        "active": "security",
        "sessions": _sessions(viewer, request.session.session_key),
        "has_totp": has_totp(viewer),
        "has_password": viewer.has_usable_password(),
        "password_form": password_form or OwnPasswordForm(viewer),
        "code_form": code_form or CodeForm(),
    }
    status = 422 if password_form or code_form else 200
    return render(request, "console/security/overview.html", context, status=status)


def _sessions(viewer: User, this: str | None) -> list[ShownSession]:
    return [
        ShownSession(
            row, session_name(row.session_key), browser_words(row.agent), row.session_key == this
        )
        for row in sessions_of(viewer)[:SHOWN_SESSIONS]
    ]


def _codes(request: HttpRequest, codes: list[str]) -> HttpResponse:
    context = {"active": "security", "codes": codes}
    return render(request, "console/security/recovery.html", context)
