"""What people do to calls: decide on one in doubt, send again, withdraw."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from common import clock
from org.permissions import Permission
from scrm.console.touches.telling import withdrawn
from scrm.web.access import page, viewer_of
from scrm.web.addresses import address_of
from scrm.web.answers import go_to
from touches.errors import (
    MessageIsHeld,
    NoSender,
    NotDead,
    NothingToConfirm,
    NothingToWithdraw,
    NotUnknown,
    UnknownCall,
)
from touches.services.by_hand import Hand, decide_call, remind_of, send_again, withdraw_call
from touches.services.deciding import Decision

REF_CHARACTERS = 128


@require_POST
@page(Permission.TOUCHES_DECIDE)
def decide(request: HttpRequest, call_id: UUID) -> HttpResponse:
    """End the doubt about a call as the person has found it in WeCom."""
    try:
        verdict = Decision(request.POST.get("verdict", ""))
    except ValueError:
        messages.warning(request, _("请选择已发出、没有发出或放弃。"))
        return go_to(request, reverse("dispatches-unknown"))
    ref = request.POST.get("wecom_ref", "").replace("\x00", "").strip()[:REF_CHARACTERS]
    try:
        decide_call(_hand(request), call_id, verdict=verdict, wecom_ref=ref)
    except UnknownCall as error:
        raise Http404 from error
    except NotUnknown:
        messages.warning(request, _("这次发送的结果已经明确，可能别人刚处理过，没有改动。"))
    except MessageIsHeld:
        messages.error(
            request, _("另一条群发已经登记了这个企业微信编号，请核对后重新填写，没有改动。")
        )
    else:
        messages.success(request, _decided(verdict, ref))
    return go_to(request, reverse("dispatches-unknown"))


@require_POST
@page(Permission.TOUCHES_DECIDE)
def again(request: HttpRequest, call_id: UUID) -> HttpResponse:
    """Let a call that was stopped be tried afresh."""
    try:
        send_again(_hand(request), call_id)
    except UnknownCall as error:
        raise Http404 from error
    except NotDead:
        messages.warning(request, _("这次发送已经不是“已停止”，可能别人刚处理过，没有改动。"))
    else:
        messages.success(request, _("已重新排队，几秒内会再次发送。"))
    return go_to(request, reverse("dispatches-unknown"))


@require_POST
@page(Permission.TOUCHES_DECIDE)
def remind(request: HttpRequest, call_id: UUID) -> HttpResponse:
    """Remind the member of a mass message that waits for their tap."""
    try:
        is_new = remind_of(_hand(request), call_id)
    except UnknownCall as error:
        raise Http404 from error
    except NothingToConfirm:
        messages.warning(request, _("这条群发已经确认或结束，没有需要提醒的员工。"))
    except NoSender:
        messages.error(request, _("该企业没有可发消息的应用，无法提醒员工。请先配置企业微信连接。"))
    else:
        if is_new:
            messages.success(request, _("已提醒员工打开群发助手确认。"))
        else:
            messages.warning(request, _("一小时内已经催办过，不再重复打扰员工。"))
    return go_to(request, reverse("dispatch", args=[call_id]))


@require_POST
@page(Permission.TOUCHES_DECIDE)
def withdraw(request: HttpRequest, call_id: UUID) -> HttpResponse:
    """Withdraw whatever of a call has not reached its customers."""
    try:
        report = withdraw_call(_hand(request), call_id)
    except UnknownCall as error:
        raise Http404 from error
    except NothingToWithdraw:
        messages.warning(request, _("这次发送已经结束或撤回过，没有可撤回的客户。"))
    else:
        messages.success(request, withdrawn(report))
    return go_to(request, reverse("dispatch", args=[call_id]))


def _hand(request: HttpRequest) -> Hand:
    return Hand(viewer_of(request), clock.now(), address_of(request))


def _decided(verdict: Decision, ref: str) -> str:
    if verdict == Decision.NOT_SENT:
        return _("已记为没有发出，会重新发送。")
    if verdict == Decision.GIVE_UP:
        return _("已放弃，这些客户不会再收到。")
    if ref:
        return _("已记为发出，并按这个编号继续查询每位客户的结果。")
    return _("已记为发出。")
