"""Asking WeCom who reads (读者识别): out with a single-use state, back with a code.

Who the reader is comes from WeCom's answer to our own server and from nowhere else; which link and
which corp it is about comes from the row behind the state. Nothing in the query is believed.
"""

import logging
from datetime import datetime
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from common import clock
from content.models import TrackedLink
from content.services.logins import finish_login, start_login
from content.services.readers import MEMBER, UNKNOWN, Reader, customer_reader, stranger_reader
from scrm.public.cookies import remember_reader
from scrm.public.headers import private
from scrm.web.cookies import browser_of, remember_browser
from wecom.api.oauth import authorize_url, get_user_info
from wecom.client import corp_client
from wecom.errors import Misconfigured, OAuthStateRefused, WeComError

logger = logging.getLogger(__name__)

MAX_CODE_CHARACTERS: Final = 512


def ask_wecom(request: HttpRequest, link: TrackedLink) -> HttpResponse | None:
    """Send the reader to WeCom's silent authorization and remember that this browser left.

    None when the corp has no app that could ask: the page is shown without knowing the reader.
    """
    started = start_login(link=link, browser=browser_of(request), now=clock.now())
    back = settings.PUBLIC_URL + reverse("public-oauth-callback")
    try:
        url = authorize_url(corp_client(link.corp_id), redirect_uri=back, state=started.state)
    except Misconfigured:
        logger.warning("reader_not_asked", extra={"corp": link.corp_id})
        return None
    response = HttpResponseRedirect(url)
    remember_browser(response, started.browser)
    return private(response)


@require_GET
def finish(request: HttpRequest) -> HttpResponse:
    """Take the reader back from WeCom and send them to the page they wanted.

    403 when the state does not fit; when only WeCom fails the page is shown all the same.
    """
    now = clock.now()
    try:
        link = finish_login(
            state=request.GET.get("state", ""), browser=browser_of(request), now=now
        )
    except OAuthStateRefused:
        return private(render(request, "public/refused.html", status=403))
    reader = _identify(link, code=request.GET.get("code", ""), now=now)
    response = HttpResponseRedirect(reverse("public-link", kwargs={"code": link.code}))
    remember_reader(response, reader, corp_pk=link.corp_id)
    return private(response)


def _identify(link: TrackedLink, *, code: str, now: datetime) -> Reader:
    if not 0 < len(code) <= MAX_CODE_CHARACTERS:
        return UNKNOWN
    try:
        answer = get_user_info(corp_client(link.corp_id), code=code)
    except WeComError as error:
        logger.warning("reader_not_identified", extra={"reason": type(error).__name__})
        return UNKNOWN
    corp_id = link.corp.corp_id
    if answer.is_member:
        return MEMBER
    if answer.external_userid:
        return customer_reader(corp_id=corp_id, external_userid=answer.external_userid, now=now)
    return stranger_reader(corp_id=corp_id, openid=answer.openid) if answer.openid else UNKNOWN
