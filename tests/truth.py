"""Our copy of a corp in the words of the sandbox's `truth()`, and what differs (对账).

Compared is what WeCom's APIs tell. Of relations that they do not tell (half or ended) only the kind
is compared, for that much the callbacks say. Relations of members who left are told by nobody.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

from common import secrets, sql
from customers.services.facts import MOBILES_PLACE

JSONDict = dict[str, Any]
Query = Callable[[str, Sequence[Any]], list[JSONDict]]
Pair = tuple[str, str]

OPEN = {"friend", "customer_deleted"}
LEFT = 5

_DEPARTMENTS = """
SELECT wecom_id AS id, department.name, parent_wecom_id AS parentid
  FROM org_department department JOIN wecom_corp corp ON corp.id = department.corp_id
 WHERE corp.corp_id = %s AND NOT is_deleted ORDER BY wecom_id
"""
_MEMBERS = """
SELECT userid, staff.name, job_title AS position, status, is_follow_user AS customer_contact,
       left_at IS NOT NULL AS has_left,
       ARRAY(SELECT department.wecom_id FROM org_staffdepartment seat
               JOIN org_department department ON department.id = seat.department_id
              WHERE seat.staff_id = staff.id ORDER BY 1) AS department
  FROM org_staff staff JOIN wecom_corp corp ON corp.id = staff.corp_id
 WHERE corp.corp_id = %s ORDER BY userid
"""
_CUSTOMERS = """
SELECT identity.value AS external_userid, customer.name, customer.kind AS type, customer.avatar,
       customer.gender, customer.company_name AS corp_name,
       coalesce((SELECT other.value FROM customers_identityedge edge
                   JOIN customers_identity other
                     ON other.id IN (edge.low_id, edge.high_id) AND other.namespace =
                     'unionid:wechat' WHERE identity.id IN (edge.low_id, edge.high_id)
                    AND other.customer_id = identity.customer_id), '') AS unionid
  FROM customers_identity identity JOIN customers_customer customer
    ON customer.id = identity.customer_id
 WHERE identity.namespace = 'wecom:' || %s AND customer.merged_into_id IS NULL
 ORDER BY identity.value
"""
_RELATIONS = """
SELECT identity.value AS external_userid, staff.userid, follow.status AS kind, follow.remark,
       follow.description, follow.remark_company AS remark_corp_name, follow.sealed_mobiles,
       extract(epoch FROM follow.added_at)::bigint AS createtime, follow.add_way, follow.state,
       follow.oper_userid, follow.is_listed,
       ARRAY(SELECT tag.wecom_id FROM customers_tagassignment assigned
               JOIN customers_tag tag ON tag.id = assigned.tag_id
              WHERE assigned.follow_id = follow.id AND tag.wecom_id IS NOT NULL
                AND NOT tag.is_deleted ORDER BY 1) AS tags
  FROM customers_follow follow JOIN customers_identity identity ON identity.id = follow.identity_id
  JOIN org_staff staff ON staff.id = follow.staff_id
 WHERE identity.namespace = 'wecom:' || %s ORDER BY staff.userid
"""
_TAGS = """
SELECT taggroup.wecom_id AS group_id, taggroup.name AS group_name,
       jsonb_object_agg(tag.wecom_id, tag.name)::text AS tags
  FROM customers_taggroup taggroup JOIN customers_tag tag ON tag.group_id = taggroup.id
  JOIN wecom_corp corp ON corp.id = taggroup.corp_id
 WHERE corp.corp_id = %s AND NOT taggroup.is_deleted AND NOT tag.is_deleted
   AND taggroup.wecom_id IS NOT NULL GROUP BY 1, 2 ORDER BY 1
"""
_GROUPS = """
SELECT chat.chat_id, chat.name, chat.member_version, coalesce(staff.userid, '') AS owner,
       ARRAY(SELECT member_userid FROM customers_membership member
              WHERE member.group_id = chat.id AND member.left_at IS NULL) AS members
  FROM customers_groupchat chat JOIN wecom_corp corp ON corp.id = chat.corp_id
  LEFT JOIN org_staff staff ON staff.id = chat.owner_id
 WHERE corp.corp_id = %s AND NOT chat.is_dismissed ORDER BY chat.chat_id
"""


def our_copy(corp_id: str, query: Query = sql.fetch_dicts) -> JSONDict:
    """Return what we hold of a corp; `query` reads another database than this process's."""
    relations = defaultdict(list)
    for row in query(_RELATIONS, [corp_id]):
        row["remark_mobiles"] = _mobiles(row.pop("sealed_mobiles"))
        relations[row.pop("external_userid")].append(row)
    return {
        "corp_id": corp_id,
        "departments": query(_DEPARTMENTS, [corp_id]),
        "members": query(_MEMBERS, [corp_id]),
        "customers": [
            row | {"relations": relations[row["external_userid"]]}
            for row in query(_CUSTOMERS, [corp_id])
        ],
        "tag_groups": [row | {"tags": json.loads(row["tags"])} for row in query(_TAGS, [corp_id])],
        "groups": [row | {"members": sorted(row["members"])} for row in query(_GROUPS, [corp_id])],
    }


def differences(truth: JSONDict, ours: JSONDict, untold: Collection[Pair] = ()) -> list[str]:
    """Return one sentence for each difference.

    Args:
        untold: (userid, external_userid) of relations whose half-add or deletion callback was
            dropped: WeCom tells of neither again, so their kind is only compared as far as
            the lists tell it.
    """
    sellers = {
        member["userid"]
        for member in truth["members"]
        if member["customer_contact"] and not member["left_at"]
    }
    return [
        *_compare("department", "id", truth["departments"], ours["departments"]),
        *_compare("member", "userid", *_members(truth, ours)),
        *_compare("tag group", "group_id", _live_groups(truth), ours["tag_groups"]),
        *_compare(
            "group", "chat_id", truth["groups"], ours["groups"], ("name", "owner", "members")
        ),
        *_compare("customer", "external_userid", *_customers(truth, ours, sellers)),
        *_relation_differences(truth, ours, sellers, frozenset(untold)),
    ]


def _mobiles(sealed: bytes | None) -> list[str]:
    if sealed is None:
        return []
    return secrets.decrypt(bytes(sealed), place=MOBILES_PLACE).decode().split(",")


def _live_groups(truth: JSONDict) -> list[JSONDict]:
    return [group for group in truth["tag_groups"] if group["tags"]]


def _members(truth: JSONDict, ours: JSONDict) -> tuple[list[JSONDict], list[JSONDict]]:
    """Those on the job with all that WeCom tells; those who left only have to be marked so."""
    told = [
        {name: member[name] for name in ("userid", "name", "position", "status")}
        | {"customer_contact": member["customer_contact"], "has_left": False}
        | {"department": sorted(member["department"])}
        for member in truth["members"]
        if not member["left_at"]
    ]
    there = {member["userid"] for member in told}
    held = [
        member
        for member in ours["members"]
        if member["userid"] in there or not (member["has_left"] and member["status"] == LEFT)
    ]
    return told, held


def _customers(
    truth: JSONDict, ours: JSONDict, sellers: set[str]
) -> tuple[list[JSONDict], list[JSONDict]]:
    """The people whom the APIs tell of: those in somebody's list."""
    names = ("external_userid", "name", "type", "avatar", "gender", "unionid", "corp_name")
    told = [
        {name: customer[name] for name in names}
        for customer in truth["customers"]
        if any(relation["kind"] in OPEN for relation in _visible(customer, sellers))
    ]
    wanted = {customer["external_userid"] for customer in told}
    held = [customer for customer in ours["customers"] if customer["external_userid"] in wanted]
    return told, [{name: customer[name] for name in names} for customer in held]


def _visible(customer: JSONDict, sellers: set[str]) -> Iterable[JSONDict]:
    return (relation for relation in customer["relations"] if relation["userid"] in sellers)


def _relation_differences(
    truth: JSONDict, ours: JSONDict, sellers: set[str], untold: frozenset[Pair]
) -> list[str]:
    live_tags = {tag for group in truth["tag_groups"] for tag in group["tags"]}
    told = {
        (relation["userid"], customer["external_userid"]): relation
        for customer in truth["customers"]
        for relation in _visible(customer, sellers)
    }
    held = {
        (relation["userid"], customer["external_userid"]): relation
        for customer in ours["customers"]
        for relation in customer["relations"]
        if relation["userid"] in sellers
    }
    found = []
    for pair in sorted(told.keys() | held.keys()):
        theirs = _shown(told.get(pair), live_tags, is_untold=pair in untold)
        mine = _shown(held.get(pair), live_tags, is_untold=pair in untold)
        found += [
            f"relation {' – '.join(pair)}: {name} is {mine.get(name)!r}, "
            f"WeCom has {theirs.get(name)!r}"
            for name in sorted(theirs.keys() | mine.keys())
            if theirs.get(name) != mine.get(name)
        ]
    return found


def _shown(relation: JSONDict | None, live_tags: set[str], *, is_untold: bool) -> JSONDict:
    kind = relation["kind"] if relation else "none"
    if relation is None or kind not in OPEN:
        is_half = kind == "half" and not is_untold
        return {"kind": "half" if is_half else "none"}
    names = ("remark", "description", "remark_corp_name", "createtime", "add_way", "state")
    return {name: relation[name] for name in names} | {
        "kind": "listed" if is_untold else kind,
        "oper_userid": relation["oper_userid"],
        "remark_mobiles": sorted(relation["remark_mobiles"]),
        "tags": sorted(tag for tag in relation["tags"] if tag in live_tags),
    }


def _compare(
    what: str,
    key: str,
    told: Sequence[Mapping[str, Any]],
    held: Sequence[Mapping[str, Any]],
    names: Sequence[str] = (),
) -> list[str]:
    theirs = {row[key]: row for row in told}
    mine = {row[key]: row for row in held}
    found = [f"{what} {value}: missing here" for value in sorted(theirs.keys() - mine.keys())]
    found += [f"{what} {value}: not in WeCom" for value in sorted(mine.keys() - theirs.keys())]
    found += [
        f"{what} {value}: {name} is {mine[value].get(name)!r}, WeCom has {row[name]!r}"
        for value, row in theirs.items()
        if value in mine
        for name in names or row
        if row[name] != mine[value].get(name)
    ]
    if len(mine) != len(held):
        found.append(f"{what}: {len(held) - len(mine)} doubled here")
    return found
