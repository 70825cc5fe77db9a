"""Fill a world with the demo company: everything that WeCom itself would hold."""

from collections import defaultdict
from datetime import date

from sandbox.demo.behavior import put_behavior
from sandbox.demo.channels import all_codes
from sandbox.demo.company import (
    ADMIN_USERID,
    COMPANY_NAME,
    DEPARTMENTS,
    PEOPLE,
    Person,
)
from sandbox.demo.groups import Group
from sandbox.demo.labels import TAG_GROUPS, group_id, tag_id
from sandbox.demo.months import DAY, Calendar
from sandbox.demo.people import Buyer, Link
from sandbox.demo.plan import Plan, make_plan
from sandbox.demo.randomness import stream
from sandbox.demo.tagging import Tagger, last_words
from sandbox.fixture import base_corp
from sandbox.state import (
    ContactWay,
    Corp,
    Customer,
    Department,
    GroupChat,
    GroupMember,
    Member,
    Relation,
    RelationKind,
    Tag,
    TagGroup,
    Unassigned,
    World,
)

_MARKS = ("demo-customers", "demo-seed", "demo-day")


def build_world(
    world: World, *, customers: int, seed: int, today: date, callback_base: str = ""
) -> Corp:
    """Put the demo company 团绒宠物 into `world` and return its corp.

    Args:
        world: Gets the fixture corp if it has none yet.
        customers: People ever added; about 14 % of them are lost by `today`.
        seed: The same seed, size and day give the same world.
        today: Local day of loading; nothing in the world is younger than its midnight.
        callback_base: Where the receivers live, used only when the corp is made here.
    """
    plan = make_plan(customers, seed, today)
    corp = next(iter(world.corps.values()), None) or base_corp(
        world, callback_base=callback_base, name=COMPANY_NAME
    )
    corp.name = COMPANY_NAME
    _put_organisation(corp, plan.calendar)
    _put_tags(corp, plan.calendar)
    _put_codes(corp, plan)
    _put_customers(corp, plan, seed)
    for group in plan.groups:
        _put_group(corp, group)
    put_behavior(corp, plan)
    known = (customers, seed, today.toordinal())
    world.counters.update(zip(_MARKS, known, strict=True))
    return corp


def demo_of(world: World) -> tuple[int, int, date] | None:
    """Return size, seed and day of the demo company in a world, None when there is none.

    They are kept among the counters, so that a restored snapshot still knows its history.
    """
    if any(mark not in world.counters for mark in _MARKS):
        return None
    customers, seed, day = (world.counters[mark] for mark in _MARKS)
    return customers, seed, date.fromordinal(day)


def _put_organisation(corp: Corp, calendar: Calendar) -> None:
    for number, (name, parent) in DEPARTMENTS.items():
        leaders = [p.userid for p in PEOPLE if p.department == number and p.position in _LEADING]
        corp.put_department(Department(number, name, parent, 1000 - number, "", leaders))
    for number, person in enumerate(PEOPLE, 1):
        corp.put_member(_member(person, number, calendar))


_LEADING = {"店长", "组长", "私域负责人", "总经理"}


def _member(person: Person, number: int, calendar: Calendar) -> Member:
    leads = person.position in _LEADING
    peers = [p for p in PEOPLE if p.department == person.department and p.position in _LEADING]
    return Member(
        userid=person.userid,
        name=person.name,
        department=[person.department],
        position=person.position,
        mobile=f"1380000{number:04d}",
        gender=str(person.gender),
        email=f"{person.userid}@tuanrong.example",
        alias=person.persona,
        is_leader_in_dept=[int(leads)],
        direct_leader=[p.userid for p in peers if p is not person],
        open_userid=f"woTRopen{number:024d}",
        external_position=person.persona or person.position,
        customer_contact=bool(person.adds),
        left_at=calendar.at(person.left_on) if person.left_on else 0,
    )


def _put_tags(corp: Corp, calendar: Calendar) -> None:
    made_at = calendar.starts_at - 30 * DAY
    for order, (group, names) in enumerate(TAG_GROUPS.items()):
        tags = {
            tag_id(group, name): Tag(tag_id(group, name), name, made_at, len(names) - n, "scrm")
            for n, name in enumerate(names)
        }
        place = len(TAG_GROUPS) - order
        corp.put_tag_group(TagGroup(group_id(group), group, made_at, place, "scrm", tags=tags))


def _put_codes(corp: Corp, plan: Plan) -> None:
    scans: dict[str, int] = defaultdict(int)
    for buyer in plan.buyers:
        if buyer.code:
            scans[buyer.code.state] += 1
    at_work = {person.userid for person in PEOPLE if not person.left_on}
    for code in all_codes():
        users = [userid for userid in code.users if userid in at_work]
        corp.contact_ways[code.config_id] = ContactWay(
            config_id=code.config_id,
            type=1 if len(users) == 1 else 2,
            scene=2,
            remark=code.remark,
            state=code.state,
            user=users,
            qr_code=f"https://wework.qpic.cn/wwpic/{code.config_id}/0",
            created_at=plan.calendar.starts_at - 20 * DAY,
            scan_count=scans[code.state],
        )


def _put_customers(corp: Corp, plan: Plan, seed: int) -> None:
    tagger = Tagger(plan, stream(seed, "tags"))
    talked = last_words(plan)
    for buyer in plan.buyers:
        corp.put_customer(
            Customer(
                external_userid=buyer.external_userid,
                name=buyer.name,
                handle=f"c-{buyer.index + 1:06d}",
                type=2 if buyer.external_userid.startswith("wo") else 1,
                gender=buyer.gender,
                unionid=buyer.unionid,
                openid="oTRmp" + buyer.external_userid[-23:],
                position=buyer.role,
                corp_name=buyer.company,
                corp_full_name=buyer.company,
                mobile=buyer.mobile,
            )
        )
        tags, remark = tagger.tags(buyer), tagger.remark(buyer)
        description = tagger.description(buyer)
        for link in buyer.links:
            relation = _relation(corp, buyer, link, tags, talked)
            if relation:
                relation.remark, relation.description = remark, description
                corp.put_relation(relation)


def _relation(
    corp: Corp, buyer: Buyer, link: Link, tags: list[str], talked: dict[tuple[str, int], int]
) -> Relation | None:
    if link.lost_by in {"member", "transfer"}:
        return None
    if link.lost_by == "refused":
        corp.unassigned.append(Unassigned(link.userid, buyer.external_userid, link.lost_at - DAY))
    initiator = link.userid if link.by_staff else buyer.external_userid
    talked_at = talked.get((link.userid, buyer.index), 0)
    lost = link.lost_by == "customer"
    return Relation(
        userid=link.userid,
        external_userid=buyer.external_userid,
        kind=RelationKind.CUSTOMER_DELETED if lost else RelationKind.FRIEND,
        remark_corp_name=buyer.company[:20],
        remark_mobiles=[buyer.mobile] if buyer.mobile and link is buyer.links[-1] else [],
        tags=list(tags),
        createtime=link.added_at,
        add_way=link.add_way,
        state=link.state,
        oper_userid=ADMIN_USERID if link.add_way == 202 else initiator,
        last_talk_at=talked_at,
        chatted=bool(talked_at),
        transfers=[link.added_at] if link.add_way == 202 else [],
    )


def _put_group(corp: Corp, group: Group) -> None:
    owner = corp.members[group.owner]
    seats = {
        seat.external_userid: GroupMember(
            seat.external_userid,
            2,
            seat.joined_at,
            seat.join_scene,
            seat.invitor,
            name=seat.name,
            unionid=seat.unionid,
        )
        for seat in group.seats
    }
    staff = GroupMember(group.owner, 1, group.created_at, 1, group.owner, name=owner.name)
    corp.group_chats[group.chat_id] = GroupChat(
        chat_id=group.chat_id,
        name=group.name,
        owner=group.owner,
        create_time=group.created_at,
        notice=group.notice,
        members={group.owner: staff, **seats},
        admins=[],
        member_version=len(seats) + 1,
    )
