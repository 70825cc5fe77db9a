"""Contact-me ways (联系我, 渠道活码; wecom-api §8)."""

from __future__ import annotations

from typing import Any

from sandbox.api.call import LINK, MINIPROGRAM, TEXT, Call, endpoint
from sandbox.api.paging import page, paged
from sandbox.entities import ContactWay, JSONDict
from sandbox.errors import ApiError
from sandbox.visibility import find_member, visible_departments, way_members

_COMMON: dict[str, Any] = {
    "style": int,
    "remark": str,
    "skip_verify": bool,
    "state": str,
    "user": [str],
    "party": [int],
    "expires_in": int,
    "chat_expires_in": int,
    "unionid": str,
    "mark_source": bool,
    "conclusions": {
        "text": TEXT,
        "image": {"media_id": str},
        "link": LINK,
        "miniprogram": MINIPROGRAM,
    },
}


@endpoint(
    "POST",
    "externalcontact/add_contact_way",
    fields={**_COMMON, "type": int, "scene": int, "is_temp": bool, "is_exclusive": bool},
)
def add_contact_way(call: Call) -> JSONDict:
    """Create a way; a QR picture only for scene 2."""
    kind, scene = _choice(call, "type", 41037, 41039), _choice(call, "scene", 41038, 41040)
    if len(call.corp.contact_ways) + len(call.corp.join_ways) >= (
        call.sim.world.settings.contact_way_cap
    ):
        raise ApiError(41045, "contact way quota")
    config_id = call.sim.world.mint_hex("contact_way")
    way = ContactWay(
        config_id,
        kind,
        scene,
        is_temp=call.flag("is_temp"),
        is_exclusive=call.flag("is_exclusive"),
        expires_in=call.number("expires_in", 7 * 86_400),
        chat_expires_in=call.number("chat_expires_in", 86_400),
        unionid=call.text("unionid"),
        conclusions=call.mapping("conclusions"),
        created_at=call.now,
    )
    if scene == 2:
        way.qr_code = f"https://wework.qpic.cn/wwpic/{config_id}/0"
    _overwrite(call, way)
    call.corp.contact_ways[config_id] = way
    answer: JSONDict = {"config_id": config_id}
    return {**answer, "qr_code": way.qr_code} if way.qr_code else answer


def _choice(call: Call, name: str, missing: int, invalid: int) -> int:
    if call.body.get(name) is None:
        raise ApiError(missing, f"missing {name}")
    value = call.number(name)
    if value not in (1, 2):
        raise ApiError(invalid, f"invalid {name}")
    return value


def _overwrite(call: Call, way: ContactWay) -> None:
    """Put the given fields into a way, after all of them were checked."""
    texts = {name: call.text(name, chars=30) for name in ("remark", "state") if name in call.body}
    style = call.number("style", way.style)
    if way.scene == 1 and style and style > (3 if way.type == 1 else 2):
        raise ApiError(41042, "invalid style")
    users = call.texts("user", 100, 41041) if "user" in call.body else way.user
    parties = [int(p) for p in call.body["party"] or []] if "party" in call.body else way.party
    _check_people(call, way, users, parties)
    for name, value in texts.items():
        setattr(way, name, value)
    way.style, way.user, way.party = style, users, parties
    way.skip_verify = call.flag("skip_verify", default=way.skip_verify)
    way.mark_source = call.flag("mark_source", default=way.mark_source)


def _check_people(call: Call, way: ContactWay, users: list[str], parties: list[int]) -> None:
    if way.type == 1 and (len(users) != 1 or parties):
        raise ApiError(40058, "a single way has exactly one user and no party")
    if not users and not parties:
        raise ApiError(40063, "missing user or party")
    for userid in users:
        _check_person(call, userid)
    if set(parties) - visible_departments(call.corp, call.app):
        raise ApiError(60123)
    if len(way_members(call.corp, users, parties)) > 100:
        raise ApiError(41041, "more than 100 members")


def _check_person(call: Call, userid: str) -> None:
    member = find_member(call.corp, call.app, userid)
    if member.status != 1:
        raise ApiError(41054)
    if not member.verified:
        raise ApiError(40098, "member is not real-name verified")
    if not member.customer_contact:
        raise ApiError(84074)


def _way(call: Call) -> ContactWay:
    way = call.corp.contact_ways.get(call.need("config_id", 41043))
    if way is None:
        raise ApiError(41044, "invalid config_id")
    return way


@endpoint("POST", "externalcontact/get_contact_way", fields={"config_id": str})
def get_contact_way(call: Call) -> JSONDict:
    """Answer one way."""
    way = _way(call)
    data: JSONDict = {
        name: getattr(way, name)
        for name in (
            "config_id",
            "type",
            "scene",
            "style",
            "remark",
            "skip_verify",
            "state",
            "user",
            "party",
            "is_temp",
            "expires_in",
            "chat_expires_in",
            "unionid",
            "is_exclusive",
            "mark_source",
            "conclusions",
        )
    }
    if way.qr_code:
        data["qr_code"] = way.qr_code
    return {"contact_way": data}


@endpoint(
    "POST",
    "externalcontact/list_contact_way",
    fields={"start_time": int, "end_time": int, "cursor": str, "limit": int},
    empty=["contact_way"],
)
def list_contact_way(call: Call) -> JSONDict:
    """Answer the ids of the lasting ways of a time span, the last 90 days by default."""
    end = call.number("end_time", call.now)
    start = call.number("start_time", end - 90 * 86_400)
    ways = [
        way
        for way in call.corp.contact_ways.values()
        if start <= way.created_at <= end and not way.is_temp
    ]
    shown = page(call, ways, lambda way: {"config_id": way.config_id}, default=100, cap=1000)
    return paged("contact_way", *shown)


@endpoint("POST", "externalcontact/update_contact_way", fields={**_COMMON, "config_id": str})
def update_contact_way(call: Call) -> JSONDict:
    """Overwrite the given fields; the QR picture stays."""
    _overwrite(call, _way(call))
    return {}


@endpoint("POST", "externalcontact/del_contact_way", fields={"config_id": str})
def del_contact_way(call: Call) -> JSONDict:
    """Delete a way: its code stops working."""
    del call.corp.contact_ways[_way(call).config_id]
    return {}


@endpoint("POST", "externalcontact/close_temp_chat", fields={"userid": str, "external_userid": str})
def close_temp_chat(call: Call) -> JSONDict:
    """End a temporary session; the closing words go to the customer."""
    userid, external_userid = call.need("userid"), call.need("external_userid", 41035)
    find_member(call.corp, call.app, userid)
    call.sim.deliver(call.corp, "customer", external_userid, "temp_chat_closed", {}, sender=userid)
    return {}
