"""Customer groups, join ways, group welcome templates (wecom-api §9)."""

from __future__ import annotations

from sandbox.api.call import LINK, MEDIA, MINIPROGRAM, TEXT, Call, check_length, endpoint
from sandbox.api.paging import page, paged
from sandbox.entities import GroupChat, GroupMember, JoinWay, JSONDict
from sandbox.errors import ApiError
from sandbox.traffic import WelcomeTemplate
from sandbox.visibility import is_seller, visible_members


@endpoint(
    "POST",
    "externalcontact/groupchat/list",
    fields={
        "status_filter": int,
        "owner_filter": {"userid_list": [str]},
        "cursor": str,
        "limit": int,
    },
    empty=["group_chat_list"],
)
def groupchat_list(call: Call) -> JSONDict:
    """Answer the groups of visible owners."""
    if call.body.get("limit") is None:
        raise ApiError(40058, "limit is required")
    status = call.number("status_filter")
    owners = set(call.mapping("owner_filter").get("userid_list") or [])
    if len(owners) > 100:
        raise ApiError(40058, "owner_filter holds more than 100")
    if not owners and sum(1 for _ in visible_members(call.corp, call.app)) > 1000:
        raise ApiError(81017, "owner_filter is needed")
    chats = [
        chat
        for chat in call.corp.group_chats.values()
        if not chat.dismissed
        and status in (0, chat.status)
        and (not owners or chat.owner in owners)
        and _is_visible(call, chat)
    ]
    rows = page(
        call,
        chats,
        lambda chat: {"chat_id": chat.chat_id, "status": chat.status},
        default=1000,
        cap=1000,
    )
    return paged("group_chat_list", *rows)


def _is_visible(call: Call, chat: GroupChat) -> bool:
    return chat.status != 0 or is_seller(call.corp, call.app, chat.owner)


@endpoint("POST", "externalcontact/groupchat/get", fields={"chat_id": str, "need_name": int})
def groupchat_get(call: Call) -> JSONDict:
    """Answer a group; members may lag behind the last event."""
    chat = call.corp.group_chats.get(call.need("chat_id"))
    if chat is None or chat.dismissed:
        raise ApiError(90501)
    if not _is_visible(call, chat):
        raise ApiError(60011)
    members, version = chat.members, chat.member_version
    if call.sim.world.clock.now() < chat.stale_until:
        members, version = chat.stale_members, chat.stale_version
    with_names = call.number("need_name") == 1
    return {
        "group_chat": {
            "chat_id": chat.chat_id,
            "name": chat.name,
            "owner": chat.owner,
            "create_time": chat.create_time,
            "notice": chat.notice,
            "member_list": [_show_member(call, m, with_names) for m in members.values()],
            "admin_list": [{"userid": userid} for userid in chat.admins],
            "member_version": version_text(version),
        }
    }


def version_text(version: int) -> str:
    """Return a member version as answers and events spell it."""
    return f"mv-{version:04d}"


def _show_member(call: Call, member: GroupMember, with_names: bool) -> JSONDict:
    data: JSONDict = {
        "userid": member.userid,
        "type": member.type,
        "join_time": member.join_time,
        "join_scene": member.join_scene,
        "group_nickname": member.group_nickname,
    }
    if member.invitor:
        data["invitor"] = {"userid": member.invitor}
    if member.state:
        data["state"] = member.state
    if with_names:
        data["name"] = member.name
    if member.type == 2 and member.unionid and call.sim.world.settings.unionid_bound:
        data["unionid"] = member.unionid
    return data


@endpoint("POST", "externalcontact/opengid_to_chatid", fields={"opengid": str})
def opengid_to_chatid(call: Call) -> JSONDict:
    """Translate an opengid: here `o` and the chat id."""
    chat = call.corp.group_chats.get(call.need("opengid")[1:])
    if chat is None:
        raise ApiError(90511, "invalid opengid")
    return {"chat_id": chat.chat_id}


_JOIN_FIELDS = {
    "config_id": str,
    "scene": int,
    "remark": str,
    "auto_create_room": int,
    "room_base_name": str,
    "room_base_id": int,
    "chat_id_list": [str],
    "state": str,
    "mark_source": bool,
}


def _fill_join_way(call: Call, way: JoinWay) -> None:
    chats = call.texts("chat_id_list", 5, 41091)
    if not chats:
        raise ApiError(40063, "missing chat_id_list")
    for chat_id in chats:
        if chat_id not in call.corp.group_chats:
            raise ApiError(90501)
    way.state = call.text("state", chars=30)
    way.room_base_name = call.text("room_base_name", chars=40)
    way.remark = call.text("remark")[:30]
    way.auto_create_room = call.number("auto_create_room", 1)
    way.room_base_id = call.number("room_base_id")
    way.mark_source = call.flag("mark_source", default=True)
    way.chat_id_list = chats


def _join_way(call: Call) -> JoinWay:
    way = call.corp.join_ways.get(call.need("config_id", 41043))
    if way is None:
        raise ApiError(41044, "invalid config_id")
    return way


@endpoint("POST", "externalcontact/groupchat/add_join_way", fields=_JOIN_FIELDS)
def add_join_way(call: Call) -> JSONDict:
    """Create a join way."""
    scene = call.number("scene")
    if scene not in (1, 2):
        raise ApiError(41040, "invalid scene")
    way = JoinWay(call.sim.world.mint_hex("join_way"), scene)
    _fill_join_way(call, way)
    way.qr_code = f"https://wework.qpic.cn/wwpic/{way.config_id}/0"
    call.corp.join_ways[way.config_id] = way
    return {"config_id": way.config_id}


@endpoint("POST", "externalcontact/groupchat/get_join_way", fields={"config_id": str})
def get_join_way(call: Call) -> JSONDict:
    """Answer a join way with its picture."""
    way = _join_way(call)
    names = (*_JOIN_FIELDS, "qr_code")
    return {"join_way": {name: getattr(way, name) for name in names}}


@endpoint("POST", "externalcontact/groupchat/update_join_way", fields=_JOIN_FIELDS)
def update_join_way(call: Call) -> JSONDict:
    """Overwrite a join way with all given fields."""
    _fill_join_way(call, _join_way(call))
    return {}


@endpoint("POST", "externalcontact/groupchat/del_join_way", fields={"config_id": str})
def del_join_way(call: Call) -> JSONDict:
    """Delete a join way."""
    del call.corp.join_ways[_join_way(call).config_id]
    return {}


_TEMPLATE_PARTS = {
    "text": TEXT,
    "image": MEDIA,
    "link": LINK,
    "miniprogram": MINIPROGRAM,
    "file": MEDIA,
    "video": MEDIA,
}
_TEMPLATE_FIELDS = {**_TEMPLATE_PARTS, "template_id": str, "agentid": int, "notify": int}


def _template_content(call: Call) -> JSONDict:
    content = {name: call.body[name] for name in _TEMPLATE_PARTS if call.body.get(name)}
    if not content:
        raise ApiError(40063, "empty template")
    check_length(str(content.get("text", {}).get("content", "")), "text", octets=3000)
    attachments = [name for name in _TEMPLATE_PARTS if name != "text" and name in content]
    for name in attachments[1:]:
        del content[name]
    return content


def _template(call: Call) -> WelcomeTemplate:
    template = call.corp.welcome_templates.get(call.need("template_id"))
    if template is None:
        raise ApiError(40058, "invalid template_id")
    if template.app != call.app.slug:
        raise ApiError(41058, "template was not created by this app")
    return template


@endpoint("POST", "externalcontact/group_welcome_template/add", fields=_TEMPLATE_FIELDS)
def template_add(call: Call) -> JSONDict:
    """Create a group welcome template."""
    if len(call.corp.welcome_templates) >= 100:
        raise ApiError(41055, "template cap")
    content = _template_content(call)
    template_id = call.sim.world.mint("msg", 24)
    call.corp.welcome_templates[template_id] = WelcomeTemplate(template_id, call.app.slug, content)
    return {"template_id": template_id}


@endpoint("POST", "externalcontact/group_welcome_template/edit", fields=_TEMPLATE_FIELDS)
def template_edit(call: Call) -> JSONDict:
    """Replace the content of a template."""
    _template(call).content = _template_content(call)
    return {}


@endpoint("POST", "externalcontact/group_welcome_template/get", fields={"template_id": str})
def template_get(call: Call) -> JSONDict:
    """Answer the content of a template."""
    return dict(_template(call).content)


@endpoint(
    "POST",
    "externalcontact/group_welcome_template/del",
    fields={"template_id": str, "agentid": int},
)
def template_del(call: Call) -> JSONDict:
    """Delete a template."""
    del call.corp.welcome_templates[_template(call).template_id]
    return {}
