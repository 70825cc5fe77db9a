"""Signing in with WeCom (企业微信登录): inside its client, or by a scan on a desktop.

Who somebody is comes from WeCom's answer to our own server and from nowhere else; corp and address
to go on to come from the row behind the state. Nothing in the query of the way back is believed.
"""

import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from urllib.parse import parse_qs, urlencode, urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from common import clock
from org.errors import SignInRefused
from org.models import SignInSession
from org.services.sign_ins import account_of_member, note_refusal
from scrm.console.sign_in.pending import begin, refused
from scrm.web.addresses import address_of
from scrm.web.cookies import browser_of, remember_browser
from scrm.web.rate_limits import RateLimit
from scrm.web.signing_in import safe_next
from wecom.api.oauth import Visitor, authorize_url, get_user_info, web_login_url
from wecom.client import Client, corp_client
from wecom.errors import (
    LoginRejected,
    Misconfigured,
    OAuthStateRefused,
    WeComError,
)
from wecom.models import Corp
from wecom.models.corp import AppPurpose
from wecom.models.oauth_round import OAuthPurpose
from wecom.services.oauth_rounds import finish_round, start_round

logger = logging.getLogger(__name__)

MAX_CODE_CHARACTERS: Final = 512
MAX_NEXT_CHARACTERS: Final = 1_000
# Each start leaves a row for ten minutes.
STARTS: Final = RateLimit(120, window=timedelta(minutes=10))
CLIENT: Final = "client"
SCAN: Final = "scan"


@dataclass(frozen=True, slots=True)
class WayIn:
    """One button of the sign-in page: a corp whose members may sign in."""

    corp: str
    url: str


def ways_in(request: HttpRequest, wanted: str) -> list[WayIn]:
    """Return the corps whose members may sign in, each with the address that begins it."""
    via = CLIENT if _is_inside(request) else SCAN
    start = reverse("wecom-sign-in")
    return [
        WayIn(corp.name, f"{start}?{urlencode({'corp': corp.corp_id, 'via': via, 'next': wanted})}")
        for corp in _corps()
    ]


@never_cache
@require_GET
def start(request: HttpRequest) -> HttpResponse:
    """Send somebody to WeCom, and remember that this browser left.

    `corp` names the corp where there are several, also inside `next`. `via` is client or scan;
    unsaid, it is the client's way inside WeCom and in development.
    """
    wanted = safe_next(request.GET.get("next", "")[:MAX_NEXT_CHARACTERS])
    if request.user.is_authenticated:
        return HttpResponseRedirect(wanted)
    corp = _chosen(request, wanted)
    if corp is None:
        return redirect(f"{reverse('login')}?{urlencode({'next': wanted})}")
    now = clock.now()
    if not STARTS.allows(address_of(request), now=now):
        return refused(request, "busy", status=429)
    started = start_round(
        corp_pk=corp.pk,
        purpose=OAuthPurpose.MEMBER,
        target=wanted,
        browser=browser_of(request),
        now=now,
    )
    try:
        url = _address(request, corp_client(corp.pk), state=started.state)
    except Misconfigured:
        logger.warning("member_not_asked", extra={"corp": corp.pk})
        return refused(request, "no_app")
    response = HttpResponseRedirect(url)
    remember_browser(response, started.browser)
    return response


@never_cache
@require_GET
def finish(request: HttpRequest) -> HttpResponse:
    """Take a member back from WeCom and let them in, or say why not."""
    now = clock.now()
    try:
        round_ = finish_round(
            state=request.GET.get("state", ""),
            browser=browser_of(request),
            purpose=OAuthPurpose.MEMBER,
            now=now,
        )
    except OAuthStateRefused:
        return refused(request, "state")
    userid = ""
    try:
        userid = _member(corp_client(round_.corp_pk), request.GET.get("code", ""))
        user = account_of_member(corp_pk=round_.corp_pk, userid=userid, now=now)
    except SignInRefused as error:
        note_refusal(who=userid, reason=error.reason, now=now, address=address_of(request))
        return refused(request, error.reason)
    except WeComError as error:
        logger.warning("member_not_identified", extra={"reason": type(error).__name__})
        return refused(request, "wecom", status=503)
    return begin(request, user, means=SignInSession.Means.WECOM, wanted=round_.target)


def _member(client: Client, code: str) -> str:
    """Return the userid that WeCom tells of a code.

    Raises:
        SignInRefused: `code`: none, used, too old, or of another corp; `outsider`: a customer.
        WeComError: WeCom could not be asked.
    """
    if not 0 < len(code) <= MAX_CODE_CHARACTERS:
        raise SignInRefused("code")
    try:
        visitor: Visitor = get_user_info(client, code=code)
    except LoginRejected as error:
        raise SignInRefused("code") from error
    if not visitor.is_member:
        raise SignInRefused("outsider")
    return visitor.userid


def _address(request: HttpRequest, client: Client, *, state: str) -> str:
    back = settings.PUBLIC_URL + reverse("wecom-sign-in-back")
    via = request.GET.get("via", "")
    if via == CLIENT or (via != SCAN and (_is_inside(request) or settings.DEBUG)):
        return authorize_url(client, redirect_uri=back, state=state)
    return web_login_url(client, redirect_uri=back, state=state)


def _is_inside(request: HttpRequest) -> bool:
    """Say whether WeCom's own client asks."""
    return "wxwork" in request.headers.get("User-Agent", "").lower()


def _chosen(request: HttpRequest, wanted: str) -> Corp | None:
    """Return the corp that the query or the wanted address names, or the only one there is."""
    named = request.GET.get("corp") or parse_qs(urlsplit(wanted).query).get("corp", [""])[0]
    corps = _corps()
    if named:
        return next((corp for corp in corps if corp.corp_id == named), None)
    return corps[0] if len(corps) == 1 else None


def _corps() -> list[Corp]:
    """Return the corps that have an app which can ask."""
    with_app = Corp.objects.filter(
        apps__purpose=AppPurpose.APP, apps__is_enabled=True, apps__agent_id__isnull=False
    )
    return list(with_app.distinct().order_by("pk"))
