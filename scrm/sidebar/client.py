"""A WeCom client for development (模拟客户端): the bridge under the real JS-SDK.

The script stands in for `WeixinJSBridge`; what a client would check or do, the sandbox checks and
does: signatures, and bringing messages to the customer's phone. Which chat is open the page's
address says (`sim_entry`, `sim_contact`, `sim_chat`), as the sandbox's page wrote it.
"""

import json
from pathlib import Path
from typing import Any, Final

import requests
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_POST, require_safe

from org.models import Staff
from scrm.demo.world import control
from scrm.sidebar.entry import client_of
from scrm.sidebar.members import member_view, staff_of

_SCRIPT: Final = Path(__file__).parent / "client.js"
MAX_TEXT_BYTES: Final = 16_384


@member_view
@require_safe
def script(request: HttpRequest) -> HttpResponse:
    """Serve the stand-in for the client's bridge."""
    _only_in_development()
    text = _SCRIPT.read_text(encoding="utf-8")
    return HttpResponse(text, content_type="text/javascript; charset=utf-8")


@member_view
@require_POST
def call(request: HttpRequest) -> HttpResponse:
    """Answer one call of the bridge as the client would, in the sandbox's words."""
    _only_in_development()
    if len(request.body) > MAX_TEXT_BYTES:
        raise Http404
    try:
        asked = json.loads(request.body)
        answer = _CALLS[asked["name"]](staff_of(request), asked)
    except (KeyError, ValueError, TypeError):
        return JsonResponse({"err_msg": "fail function not exist"})
    except requests.RequestException as error:
        return JsonResponse({"err_msg": f"fail sandbox: {type(error).__name__}"})
    return JsonResponse(answer)


def _only_in_development() -> None:
    if not settings.DEBUG:
        raise Http404


def _verify_corp(_staff: Staff, asked: dict[str, Any]) -> dict[str, Any]:
    given = asked["params"]
    return _verdict(
        "config",
        noncestr=given["verifyNonceStr"],
        timestamp=given["verifyTimestamp"],
        signature=given["verifySignature"],
        url=asked["url"],
    )


def _verify_agent(staff: Staff, asked: dict[str, Any]) -> dict[str, Any]:
    given, client = asked["params"], client_of(staff)
    return _verdict(
        "agentConfig",
        noncestr=given["nonceStr"],
        timestamp=given["timestamp"],
        signature=given["signature"],
        agentid=client.agent_id if client else 0,
        url=asked["url"],
    )


def _verdict(name: str, **words: Any) -> dict[str, Any]:
    is_right = control("jssdk", **words)["errcode"] == 0
    return {"err_msg": f"{name}:ok" if is_right else f"{name}:fail invalid signature"}


def _send(staff: Staff, asked: dict[str, Any]) -> dict[str, Any]:
    message = {name: asked["params"][name] for name in ("msgtype", asked["params"]["msgtype"])}
    if asked.get("chat"):
        control(
            "actions/group_message", chat_id=asked["chat"], member=staff.userid, message=message
        )
    else:
        control(
            "actions/staff_message",
            customer=asked["contact"],
            member=staff.userid,
            message=message,
        )
    return {"err_msg": "sendChatMessage:ok"}


_CALLS: Final = {
    "preVerifyJSAPI": _verify_corp,
    "agentConfig": _verify_agent,
    "sendChatMessage": _send,
}
