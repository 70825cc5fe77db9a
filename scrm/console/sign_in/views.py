"""Signing in with a password, and signing out (登录, 退出)."""

from datetime import timedelta
from typing import Any, Final

from django.contrib.auth import logout
from django.contrib.auth.forms import AuthenticationForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from common import clock
from org.models import SignInSession
from org.services.sign_ins import note_refusal, note_sign_out
from scrm.console.sign_in.pending import begin
from scrm.console.sign_in.wecom import ways_in
from scrm.web.access import viewer_of
from scrm.web.addresses import address_of
from scrm.web.rate_limits import RateLimit
from scrm.web.signing_in import safe_next

# One address tries many names: beyond what a whole office mistypes, nobody there is listened to.
TRIES: Final = RateLimit(100, window=timedelta(minutes=10))


@sensitive_post_parameters("password")
@never_cache
@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Ask for name and password; what else is asked comes after."""
    wanted = request.POST.get("next", request.GET.get("next", ""))
    if request.user.is_authenticated:
        return HttpResponseRedirect(safe_next(wanted))
    if request.method != "POST":
        return _page(request, AuthenticationForm(request), wanted)
    if not TRIES.allows(address_of(request), now=clock.now()):
        return locked_out(request)
    form = AuthenticationForm(request, data=request.POST)
    if form.is_valid():
        user: Any = form.get_user()
        return begin(request, user, means=SignInSession.Means.PASSWORD, wanted=wanted)
    if not getattr(request, "axes_locked_out", False):
        _note(request, "password")
    return _page(request, form, wanted)


def locked_out(request: HttpRequest, *_given: object) -> HttpResponse:
    """Say that it was tried too often; `django-axes` calls this instead of our answer."""
    _note(request, "locked")
    response = render(request, "console/sign_in/locked.html", status=429)
    response["Retry-After"] = "900"
    return response


@never_cache
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """Close the session."""
    if request.user.is_authenticated:
        note_sign_out(user=viewer_of(request), now=clock.now(), address=address_of(request))
    logout(request)
    return redirect("login")


def _note(request: HttpRequest, reason: str) -> None:
    who = request.POST.get("username", "")
    note_refusal(who=who, reason=reason, now=clock.now(), address=address_of(request))


def _page(request: HttpRequest, form: AuthenticationForm, wanted: str) -> HttpResponse:
    context = {"form": form, "next": wanted, "ways": ways_in(request, wanted)}
    return render(request, "console/sign_in/password.html", context)
