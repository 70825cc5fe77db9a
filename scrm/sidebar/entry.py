"""The sidebar's page before it knows whose chat it stands in, and the signatures it asks for."""

from typing import Any, Final
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from common import clock
from org.models import Staff
from org.permissions import Permission
from scrm.sidebar.members import member_view, staff_of
from scrm.sidebar.words import script_words
from scrm.web.access import member_page, viewer_of
from wecom.api.jssdk import agent_ticket, corp_ticket, sign_page
from wecom.client import Client, corp_client
from wecom.errors import Misconfigured, WeComError

_TICKETS: Final = {"corp": corp_ticket, "agent": agent_ticket}
# Only these pages of ours are signed, whatever their query.
_SIGNED: Final = ("/sidebar/", "/m/")
MAX_URL_CHARACTERS: Final = 2_000


@member_page(Permission.WORKBENCH_USE)
@require_safe
def sidebar(request: HttpRequest) -> HttpResponse:
    """Show the sidebar's frame; its script asks the WeCom client whose chat this is."""
    staff = viewer_of(request).staff
    if staff is None:
        return no_member(request)
    context = {"boot": boot(staff), "words": script_words(), **development(request)}
    return render(request, "sidebar/index.html", context)


@member_view
@require_safe
def signature(request: HttpRequest) -> HttpResponse:
    """Sign one of our pages for the JS-SDK, in the corp's or the app's name.

    Source: wecom-api §5.2.
    """
    url, kind = request.GET.get("url", ""), request.GET.get("kind", "")
    if kind not in _TICKETS or not is_signed(url):
        reason = _("当前网址不能使用企业微信功能，请从 {url} 打开。")
        return JsonResponse({"reason": reason.format(url=settings.PUBLIC_URL)}, status=403)
    try:
        ticket = _TICKETS[kind](corp_client(staff_of(request).corp_id))
    except WeComError as error:
        return JsonResponse({"reason": _why(error), "code": error.errcode}, status=503)
    signed = sign_page(ticket=ticket, url=url, now=clock.now())
    return JsonResponse(
        {"timestamp": signed.timestamp, "nonceStr": signed.nonce, "signature": signed.signature}
    )


def is_signed(url: str) -> bool:
    """True for the addresses of our own pages inside WeCom, exactly as the browser shows them."""
    if len(url) > MAX_URL_CHARACTERS:
        return False
    parts, ours = urlsplit(url), urlsplit(settings.PUBLIC_URL)
    is_ours = (parts.scheme, parts.netloc) == (ours.scheme, ours.netloc)
    return is_ours and parts.path.startswith(_SIGNED)


def boot(staff: Staff) -> dict[str, Any]:
    """Return what the page's script has to know; nothing in it is secret."""
    client = client_of(staff)
    return {
        "corp": staff.corp.corp_id,
        "agent": client.agent_id if client else None,
        "member": staff.userid,
        "urls": {
            "signature": reverse("sidebar-signature"),
            "open": reverse("sidebar-open"),
            "group": reverse("sidebar-group"),
            "client": reverse("sidebar-client"),
            "signOut": reverse("logout"),
        },
    }


def development(request: HttpRequest) -> dict[str, bool]:
    """Say whether the page has to bring a WeCom client of its own (development only)."""
    is_inside = "wxwork" in request.headers.get("User-Agent", "").lower()
    return {"plays_client": settings.DEBUG and not is_inside}


def client_of(staff: Staff) -> Client | None:
    """Return the app in whose name pages speak, or None where the corp has none."""
    try:
        return corp_client(staff.corp_id)
    except Misconfigured:
        return None


def no_member(request: HttpRequest) -> HttpResponse:
    """Say that this account stands for nobody in WeCom."""
    return render(request, "sidebar/no_member.html", status=403)


def _why(error: WeComError) -> str:
    if isinstance(error, Misconfigured):
        return _("企业微信应用没有配置好，请让管理员检查「企业微信」连接。")
    return _("企业微信暂时没有响应，请稍后重试。")
