"""The calls themselves (调用), one function a kind of dispatch.

The body was frozen when it was planned and goes out as it is: the gateway's typed functions would
build it anew, and a new version of the code would no longer repeat the same request.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from touches.models import Dispatch
from touches.services.outcomes import Claimed
from touches.services.pacing import take_turn
from wecom.answers import load
from wecom.api.messages import SentMessage
from wecom.client import Client, client_for
from wecom.errors import Misconfigured, StaffUnreachable
from wecom.models import App

Body: TypeAlias = dict[str, Any]


class Calls:
    """Makes the calls of one run of the pump; each app is read once a run."""

    def __init__(self) -> None:
        self._clients: dict[int, Client] = {}

    def __call__(self, claimed: Claimed) -> str:
        """Make the call of a claimed dispatch; returns WeCom's reference, '' where there is none.

        Raises:
            WeComError: it did not end well; the class says whether it may have been executed.
        """
        client = self._clients.get(claimed.app_id)
        if client is None:
            client = self._clients[claimed.app_id] = _client(claimed.app_id)
        return _CALLS[claimed.kind](client, json.loads(claimed.payload))


def _client(app_id: int) -> Client:
    app = App.objects.select_related("corp").filter(pk=app_id, is_enabled=True).first()
    if app is None:
        raise Misconfigured("the app is disabled")
    return client_for(app)


def _send_welcome(client: Client, body: Body) -> str:
    client.post("externalcontact/send_welcome_msg", body)
    return ""


def _send_to_staff(client: Client, body: Body) -> str:
    userid = body["touser"]
    take_turn(app_id=client.app_pk, userid=userid)
    sent = load(SentMessage, client.post("message/send", body), api="message/send")
    if userid.casefold() in sent.invalid_userids:
        raise StaffUnreachable("WeCom took the message but will not deliver it", api="message/send")
    return sent.msgid


def _update_card(client: Client, body: Body) -> str:
    client.post("message/update_template_card", body)
    return ""


def _mark_tag(client: Client, body: Body) -> str:
    client.post("externalcontact/mark_tag", body)
    return ""


def _set_remark(client: Client, body: Body) -> str:
    client.post("externalcontact/remark", body)
    return ""


_CALLS: Final[Mapping[str, Callable[[Client, Body], str]]] = {
    Dispatch.Kind.WELCOME: _send_welcome,
    Dispatch.Kind.STAFF_MESSAGE: _send_to_staff,
    Dispatch.Kind.CARD_UPDATE: _update_card,
    Dispatch.Kind.MARK_TAG: _mark_tag,
    Dispatch.Kind.REMARK: _set_remark,
}
