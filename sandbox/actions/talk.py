"""Messages between people, links opened, cards clicked, mass messages and Moments confirmed."""

from __future__ import annotations

from sandbox.actions.common import behavior_today, chatting_relation, customer_of, member_of
from sandbox.entities import JSONDict
from sandbox.errors import ActionError
from sandbox.events import Markup, app_event, cdata
from sandbox.mass_sending import confirm_task
from sandbox.simulator import Simulator
from sandbox.state import Corp
from sandbox.traffic import AppMessage, MassMessage, Moment, MomentTask, ResponseCode


def customer_message(
    sim: Simulator, corp: Corp, *, customer: str, member: str, text: str
) -> JSONDict:
    """A customer writes to a member."""
    person = customer_of(corp, customer)
    relation = chatting_relation(corp, member, person.external_userid)
    figures = behavior_today(sim, corp, member)
    figures.customer_started += not relation.chatted
    figures.chat_cnt += not relation.chatted
    relation.chatted, relation.last_talk_at = True, sim.world.clock.seconds()
    entry = sim.deliver(
        corp, "member", member, "customer_message", {"text": text}, sender=person.external_userid
    )
    return {"outbox_id": entry["id"]}


def staff_message(
    sim: Simulator,
    corp: Corp,
    *,
    customer: str,
    member: str,
    text: str = "",
    message: JSONDict | None = None,
) -> JSONDict:
    """A member writes to a customer: a text, or a `message` as `sendChatMessage` takes it."""
    person = customer_of(corp, customer)
    relation = chatting_relation(corp, member_of(corp, member).userid, person.external_userid)
    payload = {"text": text} if message is None else _chat_payload(message)
    figures = behavior_today(sim, corp, member)
    figures.message_cnt += 1
    figures.replied = min(figures.customer_started, figures.replied + 1)
    relation.chatted, relation.last_talk_at = True, sim.world.clock.seconds()
    entry = sim.deliver(
        corp, "customer", person.external_userid, "staff_message", payload, sender=member
    )
    return {"outbox_id": entry["id"]}


def group_message(
    sim: Simulator, corp: Corp, *, chat_id: str, member: str, message: JSONDict
) -> JSONDict:
    """A member writes into a customer group, as `sendChatMessage` does there."""
    chat = corp.group_chats.get(chat_id)
    if chat is None or chat.dismissed or member not in chat.members:
        raise ActionError(f"{member!r} sits in no group {chat_id!r}")
    entry = sim.deliver(
        corp, "group", chat_id, "group_message", _chat_payload(message), sender=member
    )
    return {"outbox_id": entry["id"]}


def _chat_payload(message: JSONDict) -> JSONDict:
    """Return a message of the JS-SDK as devices get it (wecom-api §5.5)."""
    kind = str(message.get("msgtype"))
    body: JSONDict = message.get(kind) or {}
    if kind == "text":
        if not body.get("content"):
            raise ActionError("an empty message cannot be sent")
        return {"text": str(body["content"])}
    if kind == "news":
        if not str(body.get("link", "")).startswith(("http://", "https://")):
            raise ActionError("a news message needs a link")
        link = {"url": body["link"], "title": body.get("title", ""), "desc": body.get("desc", "")}
        return {"text": "", "attachments": [{"msgtype": "link", "link": link}]}
    if kind in {"image", "video", "file", "miniprogram"}:
        sent = {"media_id": body.get("mediaid", ""), "title": body.get("title", "")}
        return {"text": "", "attachments": [{"msgtype": kind, kind: sent}]}
    raise ActionError(f"no message of type {kind!r}")


def open_link(sim: Simulator, corp: Corp, *, customer: str, url: str) -> JSONDict:
    """A customer opens a link; WeCom has no part in it, so it is only noted."""
    person = customer_of(corp, customer)
    entry = sim.deliver(
        corp, "web", url, "link_opened", {"url": url}, sender=person.external_userid
    )
    return {"outbox_id": entry["id"], "external_userid": person.external_userid, "url": url}


def _mass_message(corp: Corp, msgid: str) -> MassMessage:
    message = corp.mass_messages.get(msgid)
    if message is None or message.cancelled:
        raise ActionError(f"no mass message {msgid!r} to send")
    return message


def confirm_mass_send(
    sim: Simulator,
    corp: Corp,
    *,
    msgid: str,
    member: str = "",
    userid: str = "",
    targets: list[str] | None = None,
) -> JSONDict:
    """A member confirms a mass message, to all targets or the chosen ones."""
    message = _mass_message(corp, msgid)
    task = message.tasks.get(member or userid)
    if task is None or task.status == 2:
        raise ActionError("the member has nothing to confirm")
    chosen = None if targets is None else set(targets)
    counts = confirm_task(sim, corp, message, task, chosen)
    return {"msgid": msgid, "userid": task.userid, "status_counts": counts}


def _moment(corp: Corp, moment_id: str) -> Moment:
    moment = next((m for m in corp.moments.values() if m.moment_id == moment_id), None)
    if moment is None or moment.cancelled:
        raise ActionError(f"no moment {moment_id!r}")
    return moment


def publish_moment(sim: Simulator, corp: Corp, *, moment_id: str, member: str) -> JSONDict:
    """A member publishes a corp Moment."""
    moment = _moment(corp, moment_id)
    task = moment.tasks.get(member)
    if task is None or task.publish_status == 1:
        raise ActionError("the member has nothing to publish")
    task.publish_status = 1
    for external_userid in task.customers:
        payload = {"moment_id": moment_id, "text": moment.text, "attachments": moment.attachments}
        sim.deliver(corp, "customer", external_userid, "moment", payload, sender=member)
    return {"moment_id": moment_id, "userid": member, "customer_count": len(task.customers)}


def like_moment(
    sim: Simulator, corp: Corp, *, moment_id: str, member: str, customer: str, comment: bool = False
) -> JSONDict:
    """A customer likes a published Moment, or comments on it."""
    task: MomentTask | None = _moment(corp, moment_id).tasks.get(member)
    person = customer_of(corp, customer)
    if task is None or task.publish_status != 1:
        raise ActionError("the member has not published this moment")
    entry = {"external_userid": person.external_userid, "create_time": sim.world.clock.seconds()}
    (task.comments if comment else task.likes).append(entry)
    return dict(entry)


def click_card(
    sim: Simulator,
    corp: Corp,
    *,
    member: str,
    key: str,
    task_id: str = "",
    msgid: str = "",
    selected: dict[str, list[str]] | None = None,
) -> JSONDict:
    """A member clicks an interactive card, found by `task_id` or `msgid`."""
    message = _card(corp, task_id, msgid)
    if member not in message.recipients or message.recalled:
        raise ActionError("the member does not have this card")
    code = sim.world.mint("RC-", 40)
    corp.response_codes[code] = ResponseCode(code, message.msgid, member, sim.world.clock.now())
    fields: dict[str, str | int | list[str]] = {
        "EventKey": key,
        "TaskId": message.task_id,
        "CardType": str(message.body.get("card_type", "")),
        "ResponseCode": code,
    }
    if selected:
        fields["SelectedItems"] = _selected_items(selected)
    app = corp.apps[message.app]
    app_event(sim, corp, app, "template_card_event", member, **fields)
    return {"msgid": message.msgid, "response_code": code}


def _card(corp: Corp, task_id: str, msgid: str) -> AppMessage:
    for message in reversed(list(corp.app_messages.values())):
        if message.msgid == msgid or (task_id and message.task_id == task_id):
            return message
    raise ActionError("no such card")


def _selected_items(selected: dict[str, list[str]]) -> Markup:
    parts = []
    for question, options in selected.items():
        ids = "".join(f"<OptionId>{cdata(option)}</OptionId>" for option in options)
        parts.append(
            f"<SelectedItem><QuestionKey>{cdata(question)}</QuestionKey>"
            f"<OptionIds>{ids}</OptionIds></SelectedItem>"
        )
    return Markup("".join(parts))
