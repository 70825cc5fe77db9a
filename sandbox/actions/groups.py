"""Customer groups: people come and go, each change with a new member version and an event."""

from __future__ import annotations

from sandbox.actions.common import customer_of, find_or_make_customer, member_of
from sandbox.entities import GroupChat, GroupMember, JSONDict
from sandbox.errors import ActionError
from sandbox.events import chat_event
from sandbox.simulator import Simulator
from sandbox.state import Corp


def version_text(version: int) -> str:
    """Return a member version as answers and events spell it."""
    return f"mv-{version:04d}"


def create_group(sim: Simulator, corp: Corp, *, owner: str, name: str = "") -> JSONDict:
    """A member opens a customer group."""
    member = member_of(corp, owner)
    now = sim.world.clock.seconds()
    chat = GroupChat(sim.world.mint("wr"), name, owner, create_time=now)
    chat.members[owner] = GroupMember(owner, 1, now, 1, invitor=owner, name=member.name)
    corp.group_chats[chat.chat_id] = chat
    chat_event(sim, corp, chat, "create")
    return {"chat_id": chat.chat_id}


def _chat(corp: Corp, chat_id: str) -> GroupChat:
    chat = corp.group_chats.get(chat_id)
    if chat is None or chat.dismissed:
        raise ActionError(f"no group {chat_id!r}")
    return chat


def _next_version(sim: Simulator, chat: GroupChat) -> tuple[str, str]:
    """Count the member version up; `groupchat/get` may lag behind for a while."""
    lag, now = sim.world.settings.group_lag_seconds, sim.world.clock.now()
    if lag and now >= chat.stale_until:
        chat.stale_members, chat.stale_version = dict(chat.members), chat.member_version
    if lag:
        chat.stale_until = now + lag
    chat.member_version += 1
    return version_text(chat.member_version - 1), version_text(chat.member_version)


def join_group(
    sim: Simulator,
    corp: Corp,
    *,
    customer: str = "",
    customers: list[str] | None = None,
    chat_id: str = "",
    config_id: str = "",
    invitor: str = "",
) -> JSONDict:
    """Customers join a group: by a join way (`config_id`), a group QR, or invited by a member."""
    way = corp.join_ways.get(config_id)
    if config_id and way is None:
        raise ActionError(f"no join way {config_id!r}")
    chat = _chat(corp, chat_id or (way.chat_id_list[0] if way else ""))
    people = [find_or_make_customer(sim, corp, r) for r in customers or [customer]]
    fresh = [p for p in people if p.external_userid not in chat.members]
    if not fresh:
        return {"chat_id": chat.chat_id, "joined": []}
    last, current = _next_version(sim, chat)
    for person in fresh:
        chat.members[person.external_userid] = GroupMember(
            person.external_userid,
            2,
            sim.world.clock.seconds(),
            1 if invitor else 3,
            invitor=invitor,
            state=way.state if way else "",
            name=person.name,
            unionid=person.unionid,
        )
    ids = [person.external_userid for person in fresh]
    chat_event(
        sim,
        corp,
        chat,
        "update",
        UpdateDetail="add_member",
        JoinScene=0 if invitor else 3,
        MemChangeCnt=len(ids),
        MemChangeList=ids,
        LastMemVer=last,
        CurMemVer=current,
    )
    return {"chat_id": chat.chat_id, "joined": ids}


def leave_group(
    sim: Simulator, corp: Corp, *, chat_id: str, customer: str, removed: bool = False
) -> JSONDict:
    """A customer leaves a group, or is removed from it."""
    chat, person = _chat(corp, chat_id), customer_of(corp, customer)
    if person.external_userid not in chat.members:
        raise ActionError("the customer is not in this group")
    last, current = _next_version(sim, chat)
    del chat.members[person.external_userid]
    chat_event(
        sim,
        corp,
        chat,
        "update",
        UpdateDetail="del_member",
        QuitScene=1 if removed else 0,
        MemChangeCnt=1,
        MemChangeList=[person.external_userid],
        LastMemVer=last,
        CurMemVer=current,
    )
    return {"chat_id": chat_id, "left": person.external_userid}


def rename_group(
    sim: Simulator,
    corp: Corp,
    *,
    chat_id: str,
    name: str | None = None,
    notice: str | None = None,
    owner: str | None = None,
) -> JSONDict:
    """Somebody changes name, notice or owner of a group."""
    chat = _chat(corp, chat_id)
    changes = {"name": name, "notice": notice, "owner": owner}
    for field, value in changes.items():
        if value is not None:
            setattr(chat, field, value)
            chat_event(sim, corp, chat, "update", UpdateDetail=f"change_{field}")
    return {"chat_id": chat_id}


def dismiss_group(sim: Simulator, corp: Corp, *, chat_id: str) -> JSONDict:
    """The owner dissolves a group."""
    chat = _chat(corp, chat_id)
    chat.dismissed = True
    chat_event(sim, corp, chat, "dismiss")
    return {"chat_id": chat_id}
