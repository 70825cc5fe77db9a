"""Customers: who follows whom, details, remarks (wecom-api §6)."""

from __future__ import annotations

from sandbox.api.call import Call, endpoint
from sandbox.api.paging import make_cursor, page_size, paged, read_cursor, read_limit
from sandbox.entities import Customer, JSONDict, Relation
from sandbox.errors import ApiError
from sandbox.visibility import (
    OPEN_KINDS,
    find_seller,
    is_seller,
    open_relation,
    visible_followers,
    visible_members,
)


@endpoint("GET", "externalcontact/get_follow_user_list", empty=["follow_user"])
def get_follow_user_list(call: Call) -> JSONDict:
    """Answer the members with the customer contact function."""
    members = visible_members(call.corp, call.app)
    return {"follow_user": [m.userid for m in members if m.customer_contact]}


@endpoint("GET", "externalcontact/list", empty=["external_userid"])
def customer_list(call: Call) -> JSONDict:
    """Answer a member's customers; one-sided relations stay, deleted ones do not."""
    userid = call.params.get("userid", "")
    if not userid:
        raise ApiError(40063, "missing userid")
    member = find_seller(call.corp, call.app, userid)
    relations = call.corp.relations_of_member(member.userid)
    ids = [r.external_userid for r in relations if r.kind in OPEN_KINDS]
    if not ids:
        raise ApiError(84061)
    return {"external_userid": ids}


def show_customer(call: Call, customer: Customer) -> JSONDict:
    """Return the `external_contact` part of an answer."""
    data: JSONDict = {
        "external_userid": customer.external_userid,
        "name": customer.name,
        "type": customer.type,
        "avatar": customer.avatar,
        "gender": customer.gender,
        "position": customer.position,
        "external_profile": {"external_attr": []},
    }
    if customer.type == 1:
        if customer.unionid and call.sim.world.settings.unionid_bound:
            data["unionid"] = customer.unionid
    else:
        data |= {"corp_name": customer.corp_name, "corp_full_name": customer.corp_full_name}
    return data


def show_relation(relation: Relation) -> JSONDict:
    """Return the fields that `get` and `batch/get_by_user` share."""
    data: JSONDict = {
        "userid": relation.userid,
        "remark": relation.remark,
        "description": relation.description,
        "createtime": relation.createtime,
        "remark_corp_name": relation.remark_corp_name,
        "remark_mobiles": relation.remark_mobiles,
        "add_way": relation.add_way,
        "oper_userid": relation.oper_userid or relation.external_userid,
    }
    if relation.state:
        data["state"] = relation.state
    return data


def _show_tags(call: Call, relation: Relation) -> list[JSONDict]:
    rows: list[JSONDict] = []
    for group in call.corp.tag_groups.values():
        rows += [
            {
                "group_name": group.group_name,
                "tag_name": group.tags[tag_id].name,
                "tag_id": tag_id,
                "type": 1,
            }
            for tag_id in relation.tags
            if tag_id in group.tags and not group.tags[tag_id].deleted
        ]
    rows += [{"group_name": "", "tag_name": n, "type": 2} for n in relation.personal_tags]
    return rows


@endpoint("GET", "externalcontact/get")
def customer_get(call: Call) -> JSONDict:
    """Answer a customer with the visible followers, 500 at a time."""
    external_userid = call.params.get("external_userid", "")
    if not external_userid:
        raise ApiError(41035)
    customer = call.corp.customers.get(external_userid)
    if customer is None:
        raise ApiError(40096)
    followers = visible_followers(call.corp, call.app, customer)
    (start,) = read_cursor(call)
    chosen = followers[start : start + 500]
    is_more = start + 500 < len(followers)
    return {
        "external_contact": show_customer(call, customer),
        "follow_user": [{**show_relation(r), "tags": _show_tags(call, r)} for r in chosen],
        "next_cursor": make_cursor(call.path, start + 500) if is_more else "",
    }


@endpoint(
    "POST",
    "externalcontact/batch/get_by_user",
    fields={"userid_list": [str], "cursor": str, "limit": int},
    empty=["external_contact_list"],
)
def batch_get_by_user(call: Call) -> JSONDict:
    """Answer customers of several members; the cursor is a place in their address books."""
    userids = call.texts("userid_list", 100)
    if not userids:
        raise ApiError(40063, "missing userid_list")
    for userid in userids:
        find_seller(call.corp, call.app, userid)
    size = page_size(call, read_limit(call, 50, 100))
    member_index, offset = read_cursor(call, width=2)
    rows: list[object] = []
    while member_index < len(userids):
        book = list(call.corp.relations_of_member(userids[member_index]))
        while offset < len(book):
            if len(rows) == size:
                cursor = make_cursor(call.path, member_index, offset)
                return _batch_answer(rows, cursor)
            if book[offset].kind in OPEN_KINDS:
                rows.append(_batch_row(call, book[offset]))
            offset += 1
        member_index, offset = member_index + 1, 0
    return _batch_answer(rows, "")


def _batch_answer(rows: list[object], cursor: str) -> JSONDict:
    answer = paged("external_contact_list", rows, cursor)
    return {**answer, "fail_info": {"unlicensed_userid_list": []}}


def _batch_row(call: Call, relation: Relation) -> JSONDict:
    customer = call.corp.customers[relation.external_userid]
    live = [t for t in relation.tags if t in call.corp.tags and not call.corp.tags[t].deleted]
    return {
        "external_contact": show_customer(call, customer),
        "follow_info": {**show_relation(relation), "tag_id": live},
    }


@endpoint(
    "POST",
    "externalcontact/remark",
    fields={
        "userid": str,
        "external_userid": str,
        "remark": str,
        "description": str,
        "remark_company": str,
        "remark_mobiles": [str],
        "remark_pic_mediaid": str,
    },
    is_pair_write=True,
)
def remark(call: Call) -> JSONDict:
    """Change remark, description, company or phones of a pair; phones are overwritten."""
    member = find_seller(call.corp, call.app, call.need("userid"))
    relation = open_relation(call.corp, member.userid, call.text("external_userid"))
    limits = {"remark": 20, "description": 150, "remark_company": 20}
    texts = {name: call.text(name, chars=cap) for name, cap in limits.items()}
    mobiles = call.body.get("remark_mobiles")
    if not any(texts.values()) and not mobiles and not call.text("remark_pic_mediaid"):
        raise ApiError(40063, "nothing to change")
    if texts["remark"]:
        relation.remark = texts["remark"]
    if texts["description"]:
        relation.description = texts["description"]
    if texts["remark_company"] and call.corp.customers[relation.external_userid].type == 1:
        relation.remark_corp_name = texts["remark_company"]
    if mobiles is not None:
        relation.remark_mobiles = [str(mobile) for mobile in mobiles if mobile]
    return {}


@endpoint("POST", "externalcontact/convert_to_openid", fields={"external_userid": str})
def convert_to_openid(call: Call) -> JSONDict:
    """Answer the payment openid of a WeChat customer."""
    customer = call.corp.customers.get(call.need("external_userid", 41035))
    if customer is None:
        raise ApiError(40096)
    if not customer.external_userid.startswith("wm"):
        raise ApiError(41056, "not a WeChat user")
    return {"openid": customer.openid or f"o{customer.external_userid[2:]}"}


@endpoint(
    "POST", "externalcontact/contact_list", fields={"cursor": str, "limit": int}, right="customer"
)
def contact_list(call: Call) -> JSONDict:
    """Answer served customers, one row per follower."""
    rows: list[object] = [
        {
            "is_customer": True,
            "tmp_openid": "",
            "external_userid": relation.external_userid,
            "name": call.corp.customers[relation.external_userid].name[:1] + "**",
            "follow_userid": relation.userid,
            "add_time": relation.createtime,
        }
        for userid in call.corp.by_member
        if is_seller(call.corp, call.app, userid)
        for relation in call.corp.relations_of_member(userid)
        if relation.kind in OPEN_KINDS
    ]
    (start,) = read_cursor(call)
    end = start + read_limit(call, 1000, 1000)
    return paged(
        "info_list", rows[start:end], make_cursor(call.path, end) if end < len(rows) else ""
    )
