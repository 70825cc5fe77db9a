"""The 24 customer groups (客户群) and who sits in them."""

from dataclasses import dataclass, field
from random import Random

from sandbox.demo.company import ONLINE, STORE_LIST, team
from sandbox.demo.months import DAY, Calendar
from sandbox.demo.names import PET_NAMES, nickname
from sandbox.demo.people import Buyer
from sandbox.demo.randomness import opaque, stream

MEAN_SIZE = 150
_TOPICS = ["新手养猫营", "敏感肠胃互助", "囤粮福利", "幼猫成长",
           "狗狗训练营", "护理答疑", "会员日", "试吃官"]  # fmt: skip
FRIEND_SHARE = 0.78


@dataclass(slots=True)
class Seat:
    """One external person in a group; `buyer` is -1 for people who are nobody's friend."""

    external_userid: str
    name: str
    unionid: str
    joined_at: int
    join_scene: int
    invitor: str
    buyer: int = -1


@dataclass(slots=True)
class Group:
    """One customer group."""

    chat_id: str
    name: str
    owner: str
    created_at: int
    notice: str
    store: str = ""
    seats: list[Seat] = field(default_factory=list)


def draw_groups(buyers: list[Buyer], seed: int, calendar: Calendar) -> list[Group]:
    """Return the groups with their external members."""
    rng = stream(seed, "groups")
    groups = _empty_groups(rng, calendar)
    friends = [b for b in buyers if not any((b.company, b.ring)) and _living(b)]
    mean = max(8, MEAN_SIZE * len(buyers) // 12_000)
    wanted = min(len(friends), round(mean * len(groups) * FRIEND_SHARE))
    for buyer in sorted(rng.sample(friends, wanted), key=lambda one: one.added_at):
        _seat_buyer(rng, buyer, groups, calendar)
    for group in groups:
        for _ in range(round(len(group.seats) * (1 - FRIEND_SHARE) / FRIEND_SHARE)):
            group.seats.append(_stranger(rng, group, calendar))
        group.seats.sort(key=lambda seat: (seat.joined_at, seat.external_userid))
    return groups


def _living(buyer: Buyer) -> bool:
    return any(not link.lost_at for link in buyer.links)


def _empty_groups(rng: Random, calendar: Calendar) -> list[Group]:
    owners = [one.userid for one in team(ONLINE)]
    plans = [
        (f"团绒·{topic}", owners[n % len(owners)], "", "每周三 20:00 养宠课堂")
        for n, topic in enumerate(_TOPICS)
    ]
    for store in STORE_LIST:
        people = [one.userid for one in team(store.department) if not one.left_on]
        plans += [
            (f"{store.name}{name}", people[n % len(people)], store.code, "到店前先在群里约时间")
            for n, name in enumerate(("福利群", "洗护预约群", "猫友群", "狗友群"))
        ]
    return [
        Group("wrTR" + opaque(rng, 28), name, owner, calendar.starts_at + n * 17 * DAY, text, store)
        for n, (name, owner, store, text) in enumerate(plans)
    ]


def _seat_buyer(rng: Random, buyer: Buyer, groups: list[Group], calendar: Calendar) -> None:
    local = next((s.code for s in STORE_LIST if s.city == buyer.city), "none")
    fitting = [group for group in groups if group.store in ("", local)]
    count = 2 if rng.random() < 0.04 else 1
    for group in rng.sample(fitting, count):
        since = max(buyer.added_at, group.created_at)
        joined_at = since + int((calendar.ends_at - since) * rng.random() * 0.6)
        scene = rng.choices((1, 2, 3), (25, 15, 60))[0]
        invitor = buyer.staff_at(joined_at) if scene < 3 else ""
        group.seats.append(
            Seat(
                buyer.external_userid,
                buyer.name,
                buyer.unionid,
                joined_at,
                scene,
                invitor,
                buyer.index,
            )
        )


def _stranger(rng: Random, group: Group, calendar: Calendar) -> Seat:
    joined_at = group.created_at + int((calendar.ends_at - group.created_at) * rng.random())
    gender = rng.choice((1, 2))
    name = nickname(rng, gender, rng.choice(PET_NAMES))
    return Seat("wmTR" + opaque(rng, 28), name, "", joined_at, rng.choice((2, 3)), "")
