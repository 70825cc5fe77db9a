"""Customers and members become friends, edit each other, part (each with its event)."""

from __future__ import annotations

from sandbox.actions.common import (
    behavior_today,
    customer_of,
    find_or_make_customer,
    member_of,
)
from sandbox.entities import ContactWay, Customer, JSONDict, Member, Relation, RelationKind
from sandbox.errors import ActionError
from sandbox.events import customer_event
from sandbox.simulator import Simulator
from sandbox.state import Corp
from sandbox.traffic import WelcomeCode
from sandbox.visibility import way_members


def scan_contact_way(
    sim: Simulator,
    corp: Corp,
    *,
    customer: str,
    config_id: str = "",
    state: str = "",
    member: str = "",
    name: str = "",
    half: bool = False,
) -> JSONDict:
    """A customer scans a contact way, found by `config_id` or `state`.

    WeCom picks a member of the way (`member` forces one). `half` stops at the one-sided add of a
    code without verification, until `add_back`.
    """
    way = _find_way(corp, config_id, state)
    person = find_or_make_customer(sim, corp, customer, name)
    way.scan_count += 1
    chosen = _exclusive_member(corp, way, person) if way.is_exclusive else None
    chosen = chosen or member_of(corp, member or _pick_member(sim, corp, way))
    kind = RelationKind.HALF if half and way.skip_verify else RelationKind.FRIEND
    return become_friends(
        sim, corp, chosen, person, kind=kind, add_way=1, state=way.state, by_member=False
    )


def _find_way(corp: Corp, config_id: str, state: str) -> ContactWay:
    way = corp.contact_ways.get(config_id)
    if way is None and state:
        way = next((w for w in corp.contact_ways.values() if w.state == state), None)
    if way is None:
        raise ActionError(f"no contact way with config_id {config_id!r} or state {state!r}")
    return way


def _pick_member(sim: Simulator, corp: Corp, way: ContactWay) -> str:
    candidates = [
        userid
        for userid in way_members(corp, way.user, way.party)
        if userid in corp.members and not corp.members[userid].left_at
    ]
    if not candidates:
        raise ActionError("the contact way has no member on the job")
    return candidates[int(sim.world.chance("route") * len(candidates))]


def _exclusive_member(corp: Corp, way: ContactWay, customer: Customer) -> Member | None:
    team = way_members(corp, way.user, way.party)
    for relation in corp.relations_of_customer(customer.external_userid):
        if relation.userid in team and relation.kind is RelationKind.FRIEND:
            return corp.members[relation.userid]
    return None


def add_friend(
    sim: Simulator,
    corp: Corp,
    *,
    customer: str,
    member: str,
    name: str = "",
    add_way: int = 2,
    state: str = "",
    by_member: bool = False,
    half: bool = False,
) -> JSONDict:
    """A customer and a member become friends without a code."""
    person = find_or_make_customer(sim, corp, customer, name)
    return become_friends(
        sim,
        corp,
        member_of(corp, member),
        person,
        kind=RelationKind.HALF if half else RelationKind.FRIEND,
        add_way=add_way,
        state=state,
        by_member=by_member,
    )


def become_friends(
    sim: Simulator,
    corp: Corp,
    member: Member,
    customer: Customer,
    *,
    kind: RelationKind,
    add_way: int,
    state: str,
    by_member: bool,
) -> JSONDict:
    """Put a relation in place and emit its event, unless they are friends already."""
    old = corp.relation(member.userid, customer.external_userid)
    if old is not None and old.kind in (RelationKind.FRIEND, RelationKind.HALF):
        return _summary(old, is_new=False)
    relation = Relation(
        member.userid,
        customer.external_userid,
        kind=kind,
        createtime=sim.world.clock.seconds(),
        add_way=add_way,
        state=state,
        oper_userid=member.userid if by_member else customer.external_userid,
    )
    if old is not None and old.kind is RelationKind.CUSTOMER_DELETED:
        relation.remark, relation.description = old.remark, old.description
        relation.tags, relation.remark_mobiles = old.tags, old.remark_mobiles
        relation.personal_tags, relation.remark_corp_name = old.personal_tags, old.remark_corp_name
    corp.put_relation(relation)
    figures = behavior_today(sim, corp, member.userid)
    figures.new_contact_cnt += 1
    figures.new_apply_cnt += by_member
    change = "add_half_external_contact" if kind is RelationKind.HALF else "add_external_contact"
    code = _welcome_code(sim, corp, member, relation)
    customer_event(
        sim,
        corp,
        change,
        member.userid,
        customer.external_userid,
        State=state,
        WelcomeCode=code,
    )
    return {**_summary(relation, is_new=True), "welcome_code": code}


def _welcome_code(sim: Simulator, corp: Corp, member: Member, relation: Relation) -> str:
    if member.admin_welcome or relation.chatted:
        return ""
    code = sim.world.mint("WELCOME", 43)
    corp.welcome_codes[code] = WelcomeCode(
        code, relation.userid, relation.external_userid, sim.world.clock.now()
    )
    return code


def _summary(relation: Relation, *, is_new: bool) -> JSONDict:
    return {
        "userid": relation.userid,
        "external_userid": relation.external_userid,
        "kind": relation.kind.value,
        "is_new": is_new,
    }


def add_back(sim: Simulator, corp: Corp, *, customer: str, member: str) -> JSONDict:
    """The member confirms a half-added customer: now they are friends."""
    person = customer_of(corp, customer)
    relation = corp.relation(member, person.external_userid)
    if relation is None or relation.kind is not RelationKind.HALF:
        raise ActionError("there is no half-added relation")
    relation.kind = RelationKind.FRIEND
    codes = corp.welcome_codes.values()
    pair = (relation.userid, relation.external_userid)
    is_welcomed = any(c.used_by and (c.userid, c.external_userid) == pair for c in codes)
    code = "" if is_welcomed else _welcome_code(sim, corp, member_of(corp, member), relation)
    customer_event(sim, corp, "add_external_contact", *pair, State=relation.state, WelcomeCode=code)
    return {**_summary(relation, is_new=False), "welcome_code": code}


def delete_friend(sim: Simulator, corp: Corp, *, customer: str, member: str) -> JSONDict:
    """The customer deletes the member: one-sided from now on, `del_follow_user`."""
    relation = _known_relation(corp, member, customer)
    if relation.kind is RelationKind.HALF:
        relation.kind = RelationKind.NONE
    elif relation.kind is RelationKind.FRIEND:
        relation.kind = RelationKind.CUSTOMER_DELETED
    else:
        raise ActionError("they are no friends")
    behavior_today(sim, corp, member).negative_feedback_cnt += 1
    customer_event(sim, corp, "del_follow_user", member, relation.external_userid)
    return _summary(relation, is_new=False)


def member_delete(sim: Simulator, corp: Corp, *, customer: str, member: str) -> JSONDict:
    """The member deletes the customer: no relation any more, `del_external_contact`."""
    relation = _known_relation(corp, member, customer)
    if relation.kind is RelationKind.NONE:
        raise ActionError("there is no relation")
    relation.kind = RelationKind.NONE
    relation.tags, relation.personal_tags = [], []
    customer_event(sim, corp, "del_external_contact", member, relation.external_userid)
    return _summary(relation, is_new=False)


def _known_relation(corp: Corp, member: str, customer: str) -> Relation:
    person = customer_of(corp, customer)
    relation = corp.relation(member, person.external_userid)
    if relation is None:
        raise ActionError(f"{member} and {customer} never met")
    return relation


def edit_remark(
    sim: Simulator,
    corp: Corp,
    *,
    customer: str,
    member: str,
    remark: str | None = None,
    description: str | None = None,
    remark_mobiles: list[str] | None = None,
) -> JSONDict:
    """The member changes remark, description or phones in the client."""
    relation = _known_relation(corp, member, customer)
    if remark is not None:
        relation.remark = remark
    if description is not None:
        relation.description = description
    if remark_mobiles is not None:
        relation.remark_mobiles = remark_mobiles
    customer_event(sim, corp, "edit_external_contact", member, relation.external_userid)
    return _summary(relation, is_new=False)


def tag_by_member(
    sim: Simulator,
    corp: Corp,
    *,
    customer: str,
    member: str,
    add: list[str] | None = None,
    remove: list[str] | None = None,
    personal: list[str] | None = None,
) -> JSONDict:
    """The member marks a customer in the client: corp tag ids, or names of personal tags."""
    relation = _known_relation(corp, member, customer)
    for tag_id in add or []:
        if tag_id not in corp.tags or corp.tags[tag_id].deleted:
            raise ActionError(f"no tag {tag_id!r}")
    kept = [tag_id for tag_id in relation.tags if tag_id not in (remove or [])]
    relation.tags = kept + [tag_id for tag_id in add or [] if tag_id not in kept]
    if personal is not None:
        relation.personal_tags = personal
    customer_event(sim, corp, "edit_external_contact", member, relation.external_userid)
    return {**_summary(relation, is_new=False), "tags": relation.tags}
