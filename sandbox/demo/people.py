"""Who the customers are: one `Buyer` per person who was ever added, before relations and orders."""

from bisect import bisect
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import accumulate
from random import Random

from sandbox.demo.channels import CHANNELS, Channel, Code, all_codes
from sandbox.demo.months import (
    DAY,
    HOUR,
    MONTHLY_ADDS,
    RING_STORY,
    Calendar,
    is_weekend,
    promotion_at,
)
from sandbox.demo.names import CAT_BREEDS, DOG_BREEDS, PET_NAMES, nickname
from sandbox.demo.randomness import apportion, opaque, stream

_RING_CODE = next(code for code in all_codes() if code.state == "IV-2606")
_CITIES = (["杭州", "上海", "深圳", "南京", "苏州", "宁波", "广州", "北京", "成都", "武汉"],
           [34, 19, 14, 7, 6, 5, 5, 4, 3, 3])  # fmt: skip


@dataclass(slots=True)
class Link:
    """One relation with one member (好友关系), with how and when it ended."""

    userid: str
    added_at: int
    add_way: int
    state: str = ""
    by_staff: bool = False
    lost_at: int = 0
    lost_by: str = ""
    chatted_at: int = 0


@dataclass(slots=True)
class Buyer:
    """One person who was added, as the company would come to know them.

    Attributes:
        pets: `c`, `d` or `cd`.
        company: Name of the firm for B2B contacts, empty for pet owners.
        referrer: Index of the customer who brought this one, -1 for none.
        ring: Part of the invitation-fraud ring.
        appetite: Personal multiplier of reading and writing.
    """

    index: int
    external_userid: str
    name: str
    gender: int
    unionid: str
    city: str
    pets: str
    pet_name: str
    breed: str
    stage: str
    channel: Channel
    code: Code | None
    added_at: int
    appetite: float
    mobile: str = ""
    company: str = ""
    company_kind: str = ""
    role: str = ""
    referrer: int = -1
    ring: bool = False
    koc: bool = False
    card_filled: bool = False
    links: list[Link] = field(default_factory=list)

    @property
    def main(self) -> Link:
        """The relation that brought the person in."""
        return self.links[0]

    def staff_at(self, second: int) -> str:
        """Return the userid of the newest living relation at a moment, else the last one."""
        living = [x for x in self.links if x.added_at <= second < (x.lost_at or second + 1)]
        return (living or self.links)[-1].userid

    def ends_at(self, now: int) -> int:
        """The second at which the last relation ended, `now` while one lives."""
        return max(link.lost_at or now for link in self.links)


class MonthlyTimes:
    """Draws moments inside one month by weekday, promotion and hour of the channel."""

    def __init__(self, calendar: Calendar, span: tuple[int, int]) -> None:
        self._days = list(range(span[0], span[1], DAY))
        store = [1.8 if is_weekend(day) else 1.0 for day in self._days]
        online = [
            (2.2 if promotion_at(calendar, day) else 1.0) * (1.15 if is_weekend(day) else 1.0)
            for day in self._days
        ]
        self._weights = {True: list(accumulate(store)), False: list(accumulate(online))}

    def draw(self, rng: Random, channel: Channel) -> int:
        """Return one moment for an add by `channel`."""
        weights = self._weights[channel.to_store == 1.0]
        day = self._days[bisect(weights, rng.random() * weights[-1], hi=len(weights) - 1)]
        return day + hour_of_day(rng, channel.hours) * HOUR + rng.randrange(HOUR)


def hour_of_day(rng: Random, weights: tuple[int, ...]) -> int:
    """Return an hour by weight."""
    return rng.choices(range(24), weights)[0]


def draw_buyers(customers: int, seed: int, calendar: Calendar) -> list[Buyer]:
    """Return `customers` people in the order in which they were added."""
    rng = stream(seed, "buyers")
    codes: dict[str, list[Code]] = {c.id: [] for c in CHANNELS}
    for code in all_codes():
        codes[code.channel].append(code)
    drawn = sorted(_draw_adds(rng, customers, calendar), key=lambda add: add[0])
    buyers = []
    for index, (added_at, channel, ring) in enumerate(drawn):
        buyer = _buyer(rng, index, added_at, channel, codes[channel.id])
        if ring:
            buyer.ring, buyer.code, buyer.referrer = True, _RING_CODE, max(0, index - 1)
        buyers.append(buyer)
    return buyers


def _draw_adds(
    rng: Random, customers: int, calendar: Calendar
) -> Iterator[tuple[int, Channel, bool]]:
    """Yield time, channel and ring membership of every add, month by month."""
    shares = list(accumulate(channel.share for channel in CHANNELS))
    night = calendar.at(RING_STORY[0])
    ring_left = max(6, round(46 * customers / 12_000))
    for span, count in zip(calendar.months(), apportion(customers, MONTHLY_ADDS), strict=True):
        times = MonthlyTimes(calendar, span)
        for channel in rng.choices(CHANNELS, cum_weights=shares, k=count):
            if ring_left and span[0] <= night < span[1] and channel.id == "invite":
                ring_left -= 1
                at_night = night + rng.randrange(3) * DAY + 2 * HOUR + rng.randrange(2 * HOUR)
                yield at_night, channel, True
            else:
                yield times.draw(rng, channel), channel, False


def _buyer(rng: Random, index: int, added_at: int, channel: Channel, codes: list[Code]) -> Buyer:
    gender = rng.choices((0, 1, 2), (12, 31, 57))[0]
    pets = rng.choices(("c", "d", "cd"), (62, 31, 7))[0]
    pet_name = rng.choice(PET_NAMES)
    code = None
    if rng.random() < 0.93 or channel.id == "invite":
        code = rng.choices(codes, [one.weight for one in codes])[0]
    return Buyer(
        index=index,
        external_userid="wmTR" + opaque(rng, 28),
        name=nickname(rng, gender, pet_name),
        gender=gender,
        unionid="oTR" + opaque(rng, 25) if rng.random() < 0.96 else "",
        city=rng.choices(*_CITIES)[0],
        pets=pets,
        pet_name=pet_name,
        breed=rng.choice(DOG_BREEDS if pets == "d" else CAT_BREEDS),
        stage=rng.choices(("幼宠", "成年", "老年"), (24, 64, 12))[0],
        channel=channel,
        code=code,
        added_at=added_at,
        appetite=rng.gammavariate(0.9, 1 / 0.9),
        mobile=f"13900{index:06d}" if rng.random() < 0.22 else "",
        card_filled=rng.random() < 0.34,
    )
