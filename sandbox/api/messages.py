"""App messages to members (wecom-api §20)."""

from __future__ import annotations

import json
from collections import deque

from sandbox.api.call import Call, endpoint
from sandbox.api.content import check_media
from sandbox.entities import JSONDict
from sandbox.errors import ApiError
from sandbox.traffic import AppMessage, ResponseCode
from sandbox.visibility import in_range, visible_members

MESSAGE_TYPES = (
    "text",
    "image",
    "voice",
    "video",
    "file",
    "textcard",
    "news",
    "mpnews",
    "markdown",
    "miniprogram_notice",
    "template_card",
)
INTERACTIVE = ("button_interaction", "vote_interaction", "multiple_interaction")
_FIELDS: dict[str, object] = {
    "touser": str,
    "toparty": str,
    "totag": str,
    "msgtype": str,
    "agentid": int,
    "safe": int,
    "enable_id_trans": int,
    "enable_duplicate_check": int,
    "duplicate_check_interval": int,
    **dict.fromkeys(MESSAGE_TYPES, object),
}


@endpoint("POST", "message/send", right="app", fields=_FIELDS, is_rated=False)
def message_send(call: Call) -> JSONDict:
    """Send to members; unknown recipients are listed in lower case, excess is dropped silently."""
    msgtype = call.text("msgtype")
    if msgtype != "miniprogram_notice" and call.number("agentid", -1) != call.app.agent_id:
        raise ApiError(301002 if call.body.get("agentid") is not None else 40056)
    users, invalid_users, invalid_parties = _recipients(call)
    content = _content(call, msgtype)
    if not users:
        raise ApiError(81013)
    duplicate = _duplicate(call)
    if duplicate is not None:
        return _sent(duplicate, invalid_users, invalid_parties)
    message = AppMessage(
        call.sim.world.mint("MSGID-", 40),
        call.app.slug,
        users,
        msgtype,
        content,
        call.sim.world.clock.now(),
        task_id=str(content.get("task_id") or "") if msgtype == "template_card" else "",
    )
    if message.task_id and content.get("card_type") in INTERACTIVE:
        message.response_code = _new_response_code(call, message)
    call.corp.put_app_message(message)
    _remember_duplicate(call, message.msgid)
    for userid in users:
        _arrive(call, message, userid)
    return _sent(message, invalid_users, invalid_parties)


def _recipients(call: Call) -> tuple[list[str], list[str], list[str]]:
    names = [part for part in call.text("touser").split("|") if part]
    parties = [part for part in call.text("toparty").split("|") if part]
    if not names and not parties and not call.text("totag"):
        raise ApiError(82001)
    if len(names) > 1000 or len(parties) > 100:
        raise ApiError(40058, "too many recipients")
    seen = {member.userid.casefold(): member for member in visible_members(call.corp, call.app)}
    if names == ["@all"]:
        return [member.userid for member in seen.values()], [], []
    users = {seen[n.casefold()].userid: None for n in names if n.casefold() in seen}
    for party in parties:
        tree = call.corp.department_tree(int(party)) if party.isdigit() else set()
        users |= {m.userid: None for m in seen.values() if tree & set(m.department)}
    invalid_users = [n.lower() for n in names if n.casefold() not in seen]
    known = {str(number) for number in call.corp.departments}
    return list(users), invalid_users, [p for p in parties if p not in known]


def _content(call: Call, msgtype: str) -> JSONDict:
    if msgtype not in MESSAGE_TYPES:
        raise ApiError(40008)
    content = call.mapping(msgtype)
    if not content:
        raise ApiError(40063, f"missing {msgtype}")
    if msgtype in ("image", "voice", "video", "file"):
        check_media(call, str(content.get("media_id") or ""), "message")
    elif msgtype == "text":
        content["content"] = _cut(str(content.get("content") or ""), 2048)
        if not content["content"]:
            raise ApiError(44004, "empty content")
    elif msgtype == "textcard" and not (content.get("title") and content.get("url")):
        raise ApiError(40063, "textcard needs title and url")
    elif msgtype == "template_card":
        _check_card(call, content)
    return content


def _cut(text: str, octets: int) -> str:
    return text.encode()[:octets].decode(errors="ignore")


def _check_card(call: Call, card: JSONDict) -> None:
    kind = card.get("card_type")
    if kind not in (*INTERACTIVE, "text_notice", "news_notice"):
        raise ApiError(40058, "invalid card_type")
    for name, cap in (("horizontal_content_list", 6), ("jump_list", 3), ("button_list", 6)):
        if len(card.get(name) or []) > cap:
            raise ApiError(40058, f"{name} holds more than {cap}")
    if kind in INTERACTIVE:
        _check_interactive(call, card)
    elif not card.get("card_action"):
        raise ApiError(40058, "card_action is required")


def _check_interactive(call: Call, card: JSONDict) -> None:
    task_id = str(card.get("task_id") or "")
    if not task_id or len(task_id) > 128:
        raise ApiError(42014, "invalid task_id")
    if f"{call.app.slug}:{task_id}" in call.corp.cards:
        raise ApiError(42014, "task_id is taken")
    if not call.app.callback_url:
        raise ApiError(43012, "app has no receive URL")


def _new_response_code(call: Call, message: AppMessage) -> str:
    code = call.sim.world.mint("RC-", 40)
    call.corp.response_codes[code] = ResponseCode(
        code, message.msgid, "", call.sim.world.clock.now()
    )
    return code


def _fingerprint(call: Call) -> str:
    return json.dumps(call.body, sort_keys=True, ensure_ascii=False)


def _duplicate(call: Call) -> AppMessage | None:
    """Return the identical message of the check interval, when the caller asks for the check."""
    if call.number("enable_duplicate_check") != 1:
        return None
    msgid, sent_at = call.sim.recent_sends.get(_fingerprint(call), ("", 0.0))
    interval = min(call.number("duplicate_check_interval", 1800), 14_400)
    if not msgid or _check_time(call) - sent_at > interval:
        return None
    return call.corp.app_messages.get(msgid)


def _remember_duplicate(call: Call, msgid: str) -> None:
    if call.number("enable_duplicate_check") == 1:
        call.sim.recent_sends[_fingerprint(call)] = (msgid, _check_time(call))


def _check_time(call: Call) -> float:
    is_real = call.sim.world.settings.duplicates_by_real_time
    return call.sim.stamps.now() if is_real else call.sim.world.clock.now()


def _sent(message: AppMessage, invalid_users: list[str], invalid_parties: list[str]) -> JSONDict:
    answer: JSONDict = {
        "invaliduser": "|".join(invalid_users),
        "invalidparty": "|".join(invalid_parties),
        "invalidtag": "",
        "unlicenseduser": "",
        "msgid": message.msgid,
    }
    if message.response_code:
        answer["response_code"] = message.response_code
    return answer


def _arrive(call: Call, message: AppMessage, userid: str) -> None:
    """Put a message on a member's device, unless the member got too many lately."""
    settings, now = call.sim.world.settings, call.sim.world.clock.now()
    sends = call.sim.staff_sends.setdefault((call.app.slug, userid), deque())
    while sends and now - sends[0] >= 3600:
        sends.popleft()
    last_minute = sum(now - at < 60 for at in sends)
    if (
        last_minute >= settings.staff_messages_per_minute
        or len(sends) >= settings.staff_messages_per_hour
    ):
        call.sim.warn("staff message dropped", userid)
        return
    sends.append(now)
    payload = {"msgid": message.msgid, "msgtype": message.msgtype, message.msgtype: message.body}
    call.sim.deliver(call.corp, "member", userid, "app_message", payload, sender=call.app.slug)


@endpoint("POST", "message/recall", right="app", fields={"msgid": str})
def message_recall(call: Call) -> JSONDict:
    """Recall a message within 24 hours."""
    message = call.corp.app_messages.get(call.need("msgid"))
    if message is None or message.app != call.app.slug:
        raise ApiError(40058, "not a message of this app")
    if call.sim.world.clock.now() - message.sent_at > 86_400:
        raise ApiError(42052, "sent more than 24 hours ago")
    message.recalled = True
    for userid in message.recipients:
        call.sim.deliver(call.corp, "member", userid, "recall", {"msgid": message.msgid})
    return {}


@endpoint(
    "POST",
    "message/update_template_card",
    right="app",
    fields={
        "userids": [str],
        "partyids": [int],
        "tagids": [int],
        "atall": int,
        "agentid": int,
        "response_code": str,
        "button": {"replace_name": str},
        "template_card": object,
        "enable_id_trans": int,
    },
)
def update_template_card(call: Call) -> JSONDict:
    """Change an interactive card once with a response code of the last 72 hours."""
    code = call.corp.response_codes.get(call.need("response_code", 60140))
    now = call.sim.world.clock.now()
    if code is None or code.used or now - code.issued_at > 72 * 3600:
        raise ApiError(60140)
    message = call.corp.app_messages[code.msgid]
    if message.app != call.app.slug or call.number("agentid") != call.app.agent_id:
        raise ApiError(42015, "message of another app")
    button, card = call.mapping("button"), call.mapping("template_card")
    if not button and not card:
        raise ApiError(40063, "missing button or template_card")
    userids = message.recipients if call.number("atall") else call.texts("userids", 1000)
    members = [call.corp.members.get(userid) for userid in userids]
    valid = [m.userid for m in members if m and in_range(call.corp, call.app, m)]
    code.used = True
    for userid in valid:
        payload = {"msgid": message.msgid, "button": button, "template_card": card}
        call.sim.deliver(call.corp, "member", userid, "card_update", payload)
    return {"invaliduser": [userid for userid in userids if userid not in valid]}
