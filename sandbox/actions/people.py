"""The admin console: members come, change and leave; tags are made there."""

from __future__ import annotations

from sandbox.actions.common import member_of
from sandbox.entities import Department, JSONDict, Member, Relation, RelationKind, Tag, TagGroup
from sandbox.errors import ActionError
from sandbox.events import contact_event, tag_event
from sandbox.simulator import Simulator
from sandbox.state import Corp
from sandbox.traffic import Unassigned


def create_user(
    sim: Simulator,
    corp: Corp,
    *,
    userid: str,
    name: str = "",
    department: list[int] | None = None,
    position: str = "",
) -> JSONDict:
    """A new member is entered."""
    if userid in corp.members:
        raise ActionError(f"member {userid!r} exists")
    member = corp.put_member(
        Member(userid, name or userid, department=department or [1], position=position)
    )
    member.open_userid = sim.world.mint("wo")
    contact_event(sim, corp, "create_user", UserID=userid, Department=_numbers(member.department))
    return {"userid": userid}


def _numbers(values: list[int]) -> str:
    return ",".join(map(str, values))


def update_user(
    sim: Simulator,
    corp: Corp,
    *,
    userid: str,
    new_userid: str = "",
    name: str | None = None,
    department: list[int] | None = None,
    position: str | None = None,
    customer_contact: bool | None = None,
    admin_welcome: bool | None = None,
    status: int | None = None,
) -> JSONDict:
    """A member is changed; `new_userid` renames him everywhere."""
    member = member_of(corp, userid)
    changes = {
        "name": name,
        "department": department,
        "position": position,
        "customer_contact": customer_contact,
        "admin_welcome": admin_welcome,
        "status": status,
    }
    for field, value in changes.items():
        if value is not None:
            setattr(member, field, value)
    fields: dict[str, str | int | list[str]] = {"UserID": userid}
    if department is not None:
        fields["Department"] = _numbers(department)
    if new_userid:
        _rename(corp, member, new_userid)
        fields["NewUserID"] = new_userid
    contact_event(sim, corp, "update_user", **fields)
    return {"userid": new_userid or userid}


def _rename(corp: Corp, member: Member, new_userid: str) -> None:
    old = member.userid
    if new_userid in corp.members:
        raise ActionError(f"member {new_userid!r} exists")
    member.userid = new_userid
    corp.members = {m.userid: m for m in corp.members.values()}
    for pairs in corp.relations.values():
        if old in pairs:
            relation = pairs.pop(old)
            relation.userid = new_userid
            pairs[new_userid] = relation
    for way in corp.contact_ways.values():
        way.user = [new_userid if userid == old else userid for userid in way.user]
    for chat in corp.group_chats.values():
        chat.owner = new_userid if chat.owner == old else chat.owner
        if old in chat.members:
            seat = chat.members.pop(old)
            seat.userid = new_userid
            chat.members[new_userid] = seat
    if old in corp.behavior:
        corp.behavior[new_userid] = corp.behavior.pop(old)
    corp.reindex()


def delete_user(sim: Simulator, corp: Corp, *, userid: str) -> JSONDict:
    """A member leaves: customers wait for a new one, groups for a new owner."""
    member = member_of(corp, userid)
    now = sim.world.clock.seconds()
    member.left_at, member.status = now, 5
    waiting = [r for r in corp.relations_of_member(userid) if _is_live(r)]
    corp.unassigned += [Unassigned(userid, r.external_userid, now) for r in waiting]
    for chat in corp.group_chats.values():
        if chat.owner == userid and chat.status == 0:
            chat.status = 1
    contact_event(sim, corp, "delete_user", UserID=userid)
    return {"userid": userid, "unassigned": len(waiting)}


def _is_live(relation: Relation) -> bool:
    return relation.kind in (RelationKind.FRIEND, RelationKind.CUSTOMER_DELETED)


def create_party(
    sim: Simulator, corp: Corp, *, name: str, parentid: int = 1, order: int = 0
) -> JSONDict:
    """A department is made."""
    number = max(corp.departments, default=0) + 1
    corp.put_department(Department(number, name, parentid=parentid, order=order))
    contact_event(
        sim, corp, "create_party", Id=number, Name=name, ParentId=str(parentid), Order=order
    )
    return {"id": number}


def tag_create(sim: Simulator, corp: Corp, *, group_name: str, names: list[str]) -> JSONDict:
    """Tags are made in the console; no app owns them."""
    group = next(
        (g for g in corp.tag_groups.values() if g.group_name == group_name and not g.deleted),
        None,
    )
    now = sim.world.clock.seconds()
    is_new = group is None
    group = group or TagGroup(sim.world.mint("et"), group_name, now)
    fresh = [Tag(sim.world.mint("et"), name, now) for name in names]
    group.tags |= {tag.id: tag for tag in fresh}
    corp.put_tag_group(group)
    if is_new:
        tag_event(sim, corp, "create", "tag_group", group.group_id)
    for tag in fresh:
        tag_event(sim, corp, "create", "tag", tag.id)
    return {"group_id": group.group_id, "tag_ids": [tag.id for tag in fresh]}
