"""The whole truth of a corp, in the words of the API, to compare a copy with (对账)."""

from __future__ import annotations

from sandbox.entities import JSONDict, Relation
from sandbox.state import Corp


def truth(corp: Corp) -> JSONDict:
    """Return members, customers with relations of every kind, tags and groups, ordered by id."""
    return {
        "corp_id": corp.corp_id,
        "departments": [
            {"id": d.id, "name": d.name, "parentid": d.parentid}
            for d in sorted(corp.departments.values(), key=lambda d: d.id)
        ],
        "members": [
            {
                "userid": m.userid,
                "name": m.name,
                "department": m.department,
                "position": m.position,
                "status": m.status,
                "customer_contact": m.customer_contact,
                "left_at": m.left_at,
            }
            for m in sorted(corp.members.values(), key=lambda m: m.userid)
        ],
        "customers": [_customer(corp, key) for key in sorted(corp.customers)],
        "tag_groups": [
            {
                "group_id": g.group_id,
                "group_name": g.group_name,
                "tags": {t.id: t.name for t in g.tags.values() if not t.deleted},
            }
            for g in sorted(corp.tag_groups.values(), key=lambda g: g.group_id)
            if not g.deleted
        ],
        "groups": [
            {
                "chat_id": c.chat_id,
                "name": c.name,
                "owner": c.owner,
                "status": c.status,
                "member_version": f"mv-{c.member_version:04d}",
                "members": sorted(c.members),
            }
            for c in sorted(corp.group_chats.values(), key=lambda c: c.chat_id)
            if not c.dismissed
        ],
        "contact_ways": [
            {"config_id": w.config_id, "state": w.state, "user": w.user, "party": w.party}
            for w in sorted(corp.contact_ways.values(), key=lambda w: w.config_id)
        ],
    }


def _customer(corp: Corp, external_userid: str) -> JSONDict:
    customer = corp.customers[external_userid]
    relations = sorted(corp.relations_of_customer(external_userid), key=lambda r: r.userid)
    return {
        "external_userid": external_userid,
        "name": customer.name,
        "type": customer.type,
        "avatar": customer.avatar,
        "gender": customer.gender,
        "unionid": customer.unionid,
        "corp_name": customer.corp_name,
        "relations": [_relation(relation) for relation in relations],
    }


def _relation(relation: Relation) -> JSONDict:
    return {
        "userid": relation.userid,
        "kind": relation.kind.value,
        "remark": relation.remark,
        "description": relation.description,
        "remark_corp_name": relation.remark_corp_name,
        "remark_mobiles": relation.remark_mobiles,
        "tags": sorted(relation.tags),
        "personal_tags": relation.personal_tags,
        "createtime": relation.createtime,
        "add_way": relation.add_way,
        "state": relation.state,
        "oper_userid": relation.oper_userid or relation.external_userid,
    }
