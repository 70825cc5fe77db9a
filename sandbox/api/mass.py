"""Mass messages (企业群发; wecom-api §11)."""

from __future__ import annotations

from collections.abc import Iterable

from sandbox.api.call import ATTACHMENT, TEXT, Call, endpoint
from sandbox.api.content import check_message
from sandbox.api.paging import page, paged
from sandbox.entities import JSONDict, Relation
from sandbox.errors import ApiError
from sandbox.mass_sending import plan_auto_confirm
from sandbox.traffic import MassMessage, MassResult, MassTask
from sandbox.visibility import OPEN_KINDS, find_seller, is_seller, visible_members

Groups = dict[str, list[str]]


@endpoint(
    "POST",
    "externalcontact/add_msg_template",
    fields={
        "chat_type": str,
        "external_userid": [str],
        "chat_id_list": [str],
        "sender": str,
        "allow_select": bool,
        "tag_filter": {"group_list": [{"tag_list": [str]}]},
        "text": TEXT,
        "attachments": [ATTACHMENT],
    },
)
def add_msg_template(call: Call) -> JSONDict:
    """Create a task for each sender; nothing is sent before the member confirms."""
    chat_type = call.text("chat_type") or "single"
    if chat_type not in ("single", "group"):
        raise ApiError(40058, "invalid chat_type")
    text, attachments = check_message(call)
    sender = call.text("sender")
    if sender:
        sender = find_seller(call.corp, call.app, sender).userid
    targets, failed = _single(call, sender) if chat_type == "single" else _group(call, sender)
    if not targets:
        raise ApiError(41048, fail_list=failed)
    world = call.sim.world
    message = MassMessage(
        world.mint("msgGC", 32),
        chat_type,
        call.now,
        app=call.app.slug,
        text=text,
        attachments=attachments,
        ready_at=world.clock.now() + world.settings.mass_dispatch_seconds,
    )
    for userid, ids in targets.items():
        message.tasks[userid] = MassTask(userid, {target: MassResult() for target in ids})
        payload = {"msgid": message.msgid, "count": len(ids), "text": text}
        call.sim.deliver(call.corp, "member", userid, "mass_task", payload)
    plan_auto_confirm(call.sim, message)
    call.corp.mass_messages[message.msgid] = message
    return {"fail_list": failed, "msgid": message.msgid}


def _single(call: Call, sender: str) -> tuple[Groups, list[str]]:
    wanted = call.texts("external_userid", 10_000)
    filters = _tag_filter(call)
    if wanted:
        return _listed(call, sender, wanted)
    if not sender and not filters:
        raise ApiError(40063, "one of sender, external_userid, tag_filter is needed")
    senders = [sender] if sender else [m.userid for m in visible_members(call.corp, call.app)]
    pool: dict[str, None] = {}
    for userid in senders:
        for relation in call.corp.relations_of_member(userid):
            if relation.kind in OPEN_KINDS and _matches(relation, filters):
                pool[relation.external_userid] = None
    return _listed(call, sender, pool)


def _listed(call: Call, sender: str, wanted: Iterable[str]) -> tuple[Groups, list[str]]:
    targets: Groups = {}
    failed: list[str] = []
    for external_userid in dict.fromkeys(wanted):
        relation = _best_relation(call, sender, external_userid)
        if relation is None:
            failed.append(external_userid)
        else:
            targets.setdefault(relation.userid, []).append(external_userid)
    return targets, failed


def _best_relation(call: Call, sender: str, external_userid: str) -> Relation | None:
    """Return the sender's relation, or that of the member of the last conversation."""
    known = [
        relation
        for relation in call.corp.relations_of_customer(external_userid)
        if relation.kind in OPEN_KINDS
        and (not sender or relation.userid == sender)
        and is_seller(call.corp, call.app, relation.userid)
    ]
    return max(known, key=lambda r: (r.last_talk_at, r.createtime), default=None)


def _tag_filter(call: Call) -> list[set[str]]:
    filters: list[set[str]] = []
    for group in call.mapping("tag_filter").get("group_list") or []:
        tags = [str(tag) for tag in group.get("tag_list") or []]
        if len(tags) > 100:
            raise ApiError(40058, "tag_list holds more than 100")
        if any(tag not in call.corp.tags or call.corp.tags[tag].deleted for tag in tags):
            raise ApiError(40068)
        filters.append(set(tags))
    return filters


def _matches(relation: Relation, filters: list[set[str]]) -> bool:
    return all(not tags.isdisjoint(relation.tags) for tags in filters if tags)


def _group(call: Call, sender: str) -> tuple[Groups, list[str]]:
    if not sender:
        raise ApiError(40063, "missing sender")
    wanted = call.texts("chat_id_list", 2000)
    own = {
        chat.chat_id
        for chat in call.corp.group_chats.values()
        if chat.owner == sender and not chat.dismissed
    }
    chosen = [chat_id for chat_id in wanted or sorted(own) if chat_id in own]
    failed = [chat_id for chat_id in wanted if chat_id not in own]
    return ({sender: chosen} if chosen else {}), failed


@endpoint(
    "POST",
    "externalcontact/get_groupmsg_list_v2",
    fields={
        "chat_type": str,
        "start_time": int,
        "end_time": int,
        "creator": str,
        "filter_type": int,
        "limit": int,
        "cursor": str,
    },
    empty=["group_msg_list"],
)
def get_groupmsg_list_v2(call: Call) -> JSONDict:
    """Answer the mass messages of a time span; the newest may be missing for a while."""
    chat_type = call.need("chat_type")
    start, end = call.span(31)
    creator, kind = call.text("creator"), call.number("filter_type", 2)
    lag = call.sim.world.settings.mass_list_lag_seconds
    fault = call.sim.faults.quiet("list_lag", call.path)
    newest = call.sim.world.clock.now() - max(lag, fault.seconds if fault else 0.0)
    rows = [
        message
        for message in call.corp.mass_messages.values()
        if message.chat_type == chat_type
        and start <= message.create_time <= min(end, newest)
        and kind in (2, message.create_type)
        and creator in ("", message.creator)
    ]
    return paged("group_msg_list", *page(call, rows, _show_message, default=50, cap=100))


def _show_message(message: MassMessage) -> JSONDict:
    data: JSONDict = {
        "msgid": message.msgid,
        "create_time": message.create_time,
        "create_type": message.create_type,
        "text": message.text,
        "attachments": message.attachments,
    }
    return {**data, "creator": message.creator} if message.creator else data


def _message(call: Call, *, refuse_cancelled: bool = True) -> MassMessage:
    message = call.corp.mass_messages.get(call.need("msgid", 41046))
    if message is None:
        raise ApiError(41047, "invalid msgid")
    if message.cancelled and refuse_cancelled:
        raise ApiError(41093)
    if call.sim.world.clock.now() < message.ready_at:
        raise ApiError(41063)
    return message


@endpoint(
    "POST",
    "externalcontact/get_groupmsg_task",
    fields={"msgid": str, "limit": int, "cursor": str},
    empty=["task_list"],
)
def get_groupmsg_task(call: Call) -> JSONDict:
    """Answer which members have confirmed."""
    tasks = list(_message(call).tasks.values())
    return paged("task_list", *page(call, tasks, _show_task, default=500, cap=1000))


def _show_task(task: MassTask) -> JSONDict:
    data: JSONDict = {"userid": task.userid, "status": task.status}
    return {**data, "send_time": task.send_time} if task.status == 2 else data


@endpoint(
    "POST",
    "externalcontact/get_groupmsg_send_result",
    fields={"msgid": str, "userid": str, "limit": int, "cursor": str},
    empty=["send_list"],
)
def get_groupmsg_send_result(call: Call) -> JSONDict:
    """Answer what became of one member's part, group sends only once sent."""
    message = _message(call, refuse_cancelled=False)
    task = message.tasks.get(call.need("userid"))
    if task is None:
        raise ApiError(60111)
    is_group = message.chat_type == "group"
    id_name = "chat_id" if is_group else "external_userid"
    rows = [
        (target, result)
        for target, result in task.targets.items()
        if not is_group or result.status == 1
    ]

    def show(row: tuple[str, MassResult]) -> JSONDict:
        target, result = row
        data: JSONDict = {id_name: target, "userid": task.userid, "status": result.status}
        return {**data, "send_time": result.send_time} if result.send_time else data

    return paged("send_list", *page(call, rows, show, default=500, cap=1000))


@endpoint("POST", "externalcontact/remind_groupmsg_send", fields={"msgid": str})
def remind_groupmsg_send(call: Call) -> JSONDict:
    """Remind the members that have not confirmed, three times in 24 hours."""
    message = _message(call)
    recent = [at for at in message.reminded_at if call.now - at < 86_400]
    if len(recent) >= 3:
        raise ApiError(41094)
    message.reminded_at = [*recent, call.now]
    for task in message.tasks.values():
        if task.status == 0:
            payload = {"msgid": message.msgid}
            call.sim.deliver(call.corp, "member", task.userid, "mass_reminder", payload)
    return {}


@endpoint("POST", "externalcontact/cancel_groupmsg_send", fields={"msgid": str})
def cancel_groupmsg_send(call: Call) -> JSONDict:
    """Withdraw the parts that were not sent."""
    message = _message(call)
    message.cancelled = True
    message.tasks = {u: task for u, task in message.tasks.items() if task.status == 2}
    return {}
