"""Welcome messages to new customers (wecom-api §10)."""

from __future__ import annotations

from sandbox.api.call import ATTACHMENT, TEXT, Call, endpoint
from sandbox.api.content import check_message
from sandbox.entities import JSONDict
from sandbox.errors import ApiError
from sandbox.traffic import WelcomeCode

BEING_SENT_SECONDS = 1.0


@endpoint(
    "POST",
    "externalcontact/send_welcome_msg",
    fields={"welcome_code": str, "text": TEXT, "attachments": [ATTACHMENT]},
)
def send_welcome_msg(call: Call) -> JSONDict:
    """Send the welcome of one add: once, within twenty seconds of simulated time."""
    code = call.corp.welcome_codes.get(call.need("welcome_code", 41049))
    if code is None:
        raise ApiError(41050)
    _check_code(call, code)
    text, attachments = check_message(call)
    code.used_by, code.used_at = call.app.slug, call.sim.world.clock.now()
    parts: list[JSONDict] = [{"msgtype": "text", "text": text}] if text.get("content") else []
    for part in parts + attachments:
        call.sim.deliver(
            call.corp, "customer", code.external_userid, "welcome", part, sender=code.userid
        )
    return {}


def _check_code(call: Call, code: WelcomeCode) -> None:
    now = call.sim.world.clock.now()
    if code.used_by:
        is_fresh = now - code.used_at < BEING_SENT_SECONDS
        raise ApiError(41096 if is_fresh and code.used_by != call.app.slug else 41051)
    if now - code.issued_at > call.sim.world.settings.welcome_window_seconds:
        raise ApiError(41050)
    relation = call.corp.relation(code.userid, code.external_userid)
    if relation is not None and relation.chatted:
        raise ApiError(41051)
