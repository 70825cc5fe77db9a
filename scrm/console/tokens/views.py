"""Tokens of the open API (接口令牌): issued, shown once, revoked."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from common import clock
from org.models import ApiToken
from org.permissions import Permission
from org.selectors.accounts import tokens_like
from org.services.tokens import issue_token, revoke_token
from scrm.console.tokens.forms import TokenForm
from scrm.web.access import page, viewer_of
from scrm.web.addresses import address_of
from scrm.web.answers import is_partial, posted, reload

PAGE_ROWS: Final = 50
MANAGE: Final = Permission.TOKENS_MANAGE


@dataclass(frozen=True, slots=True)
class ShownToken:
    """One token and what state it is in; `tone` is the color of the state."""

    token: ApiToken
    scopes: list[str]
    state: str
    tone: str
    is_good: bool


@require_safe
@page(MANAGE)
def listing(request: HttpRequest) -> HttpResponse:
    """Show the tokens, newest first."""
    text = request.GET.get("q", "").strip()[:64]
    rows = Paginator(tokens_like(text=text), PAGE_ROWS).get_page(request.GET.get("page"))
    now = clock.now()
    context = {
        "active": "tokens",
        "text": text,
        "page": rows,
        "tokens": [_shown(token, now) for token in rows],
    }
    name = "_list.html" if is_partial(request) else "list.html"
    return render(request, f"console/tokens/{name}", context)


@require_http_methods(["GET", "POST"])
@page(MANAGE)
def create(request: HttpRequest) -> HttpResponse:
    """Issue a token and show it once."""
    viewer, now = viewer_of(request), clock.now()
    form = TokenForm(viewer, posted(request))
    if request.method == "POST" and form.is_valid():
        issued = issue_token(
            user=form.cleaned_data["user"],
            name=form.cleaned_data["name"],
            scopes=form.cleaned_data["scopes"],
            expires_at=form.expires_at(now),
            actor=viewer,
            now=now,
            address=address_of(request),
        )
        return render(request, "console/tokens/_issued.html", {"issued": issued})
    context = {"form": form, "action": reverse("token-new")}
    status = 422 if form.errors else 200
    return render(request, "console/tokens/_form.html", context, status=status)


@require_POST
@page(MANAGE)
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """Refuse a token from now on."""
    token = tokens_like().filter(pk=pk).first()
    if token is None:
        raise Http404
    revoke_token(
        token=token, actor=viewer_of(request), now=clock.now(), address=address_of(request)
    )
    messages.success(request, _("已吊销，使用它的程序从现在起被拒绝。"))
    return reload(request, reverse("tokens"))


def _shown(token: ApiToken, now: datetime) -> ShownToken:
    scopes = [str(ApiToken.Scope(scope).label) for scope in token.scopes]
    if token.revoked_at is not None:
        return ShownToken(token, scopes, _("已吊销"), "", is_good=False)
    if token.expires_at <= now:
        return ShownToken(token, scopes, _("已到期"), "warn", is_good=False)
    return ShownToken(token, scopes, _("有效"), "ok", is_good=True)
