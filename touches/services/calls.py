"""The calls themselves (调用), one function a kind of dispatch.

The body was frozen when it was planned and goes out as it is: the gateway's typed functions would
build it anew, and a new version of the code would no longer repeat the same request.
"""

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any, Final, TypeAlias

from touches.models import Dispatch
from touches.services.outcomes import Claimed, Reply
from touches.services.pacing import take_turn
from touches.services.reconciling import held_msgids, look_up_mass_message
from wecom.answers import load
from wecom.api.mass import NewMassMessage
from wecom.api.messages import SentMessage
from wecom.client import Client, client_for
from wecom.errors import MassCancelled, Misconfigured, QuotaExceeded, StaffUnreachable
from wecom.models import App

Body: TypeAlias = dict[str, Any]
Call: TypeAlias = Callable[[Client, Body], Reply]


class Calls:
    """Makes the calls of one run of the pump; each app is read once a run."""

    def __init__(self) -> None:
        self._clients: dict[int, Client] = {}

    def __call__(self, claimed: Claimed) -> Reply:
        """Make the call of a claimed dispatch.

        Raises:
            WeComError: it did not end well; the class says whether it may have been executed.
        """
        client, body = self.client_of(claimed.app_id), json.loads(claimed.payload)
        if claimed.kind == Dispatch.Kind.STAFF_MESSAGE:
            take_turn(app_id=claimed.app_id, userid=body["touser"])
        return make_call(client, claimed.kind, body)

    def look_up(self, claimed: Claimed, now: datetime) -> Reply | None:
        """Ask WeCom for what it has of a call whose earlier try may have been executed.

        Raises:
            WeComError: WeCom could not be asked.
        """
        client = self.client_of(claimed.app_id)
        return look_up_mass_message(client, claimed, held=held_msgids, now=now)

    def client_of(self, app_id: int) -> Client:
        """Return the client of an app, read once a run.

        Raises:
            Misconfigured: the app is disabled.
        """
        client = self._clients.get(app_id)
        if client is None:
            client = self._clients[app_id] = _client(app_id)
        return client


def make_call(client: Client, kind: str, body: Body) -> Reply:
    """Make the call of a kind with its body, and read the answer; nothing but WeCom is asked.

    Raises:
        WeComError: it did not end well.
    """
    return _CALLS[kind](client, body)


def _client(app_id: int) -> Client:
    app = App.objects.select_related("corp").filter(pk=app_id, is_enabled=True).first()
    if app is None:
        raise Misconfigured("the app is disabled")
    return client_for(app)


def _only_done(api: str) -> Call:
    """Return the call of an API whose answer tells nothing more."""

    def call(client: Client, body: Body) -> Reply:
        client.post(api, body)
        return Reply()

    return call


def _send_to_staff(client: Client, body: Body) -> Reply:
    userid = body["touser"]
    sent = load(SentMessage, client.post("message/send", body), api="message/send")
    if userid.casefold() in sent.invalid_userids:
        raise StaffUnreachable("WeCom took the message but will not deliver it", api="message/send")
    return Reply(wecom_ref=sent.msgid, response_code=sent.response_code)


def _create_mass_message(client: Client, body: Body) -> Reply:
    api = "externalcontact/add_msg_template"
    made = load(NewMassMessage, client.post(api, body), api=api)
    return Reply(wecom_ref=made.msgid, unreachable_ids=made.unreachable_ids)


def _stop_mass_message(client: Client, body: Body) -> Reply:
    with suppress(MassCancelled):
        client.post("externalcontact/cancel_groupmsg_send", body)
    return Reply(wecom_ref=body["msgid"])


def _remind_of_mass_message(client: Client, body: Body) -> Reply:
    # Reminded often enough, or stopped meanwhile: nobody has to be reminded any more.
    with suppress(QuotaExceeded, MassCancelled):
        client.post("externalcontact/remind_groupmsg_send", body)
    return Reply(wecom_ref=body["msgid"])


_CALLS: Final[Mapping[str, Call]] = {
    Dispatch.Kind.WELCOME: _only_done("externalcontact/send_welcome_msg"),
    Dispatch.Kind.STAFF_MESSAGE: _send_to_staff,
    Dispatch.Kind.CARD_UPDATE: _only_done("message/update_template_card"),
    Dispatch.Kind.MARK_TAG: _only_done("externalcontact/mark_tag"),
    Dispatch.Kind.REMARK: _only_done("externalcontact/remark"),
    Dispatch.Kind.MASS_MESSAGE: _create_mass_message,
    Dispatch.Kind.MASS_CANCEL: _stop_mass_message,
    Dispatch.Kind.MASS_REMIND: _remind_of_mass_message,
}
