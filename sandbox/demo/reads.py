"""Who reads which article, when, how long and how far (素材雷达)."""

from bisect import bisect_right
from dataclasses import dataclass
from itertools import accumulate
from random import Random

from sandbox.demo.articles import ARTICLES, FOOD_SWITCH, WELCOME, Article
from sandbox.demo.baskets import Order
from sandbox.demo.months import DAY, HOUR, Calendar
from sandbox.demo.people import Buyer, hour_of_day
from sandbox.demo.randomness import poisson, stream

OPENS_PER_DAY = 0.29 / 30
_HOURS = (4, 2, 1, 0, 0, 0, 1, 4, 7, 8, 8, 9, 20, 17, 8, 7, 7, 8, 9, 12, 24, 23, 13, 7)
_LATER = [article for article in ARTICLES if article.slug != WELCOME]
_WEIGHTS = list(accumulate(article.weight for article in _LATER))
_SOURCES = (["single", "group", "moment"], [70, 17, 13])
_DEVICES = (["ios", "android", "pc"], [52, 45, 3])


@dataclass(slots=True)
class Read:
    """One visit to an article; `closed_after` seconds is 0 when no dwell was measured."""

    buyer: int
    userid: str
    opened_at: int
    article: str
    source: str
    device: str
    device_id: str
    closed_after: int
    progress: int
    shared_by: int = -1


def draw_reads(
    buyers: list[Buyer], orders: list[Order], seed: int, calendar: Calendar
) -> list[Read]:
    """Return every visit in time order."""
    rng = stream(seed, "reads")
    reads: list[Read] = []
    for buyer in buyers:
        ends_at = buyer.ends_at(calendar.ends_at)
        if rng.random() < 0.97 * 0.31 and not buyer.ring:
            opened_at = buyer.added_at + 20 + int(rng.expovariate(1 / (2 * HOUR)))
            _add(reads, rng, buyer, opened_at, WELCOME, "welcome", ends_at)
        days = (ends_at - buyer.added_at) / DAY
        for _ in range(poisson(rng, days * OPENS_PER_DAY * buyer.appetite)):
            article = _choose(rng)
            source = rng.choices(*_SOURCES)[0]
            _add(reads, rng, buyer, _moment(rng, buyer, ends_at), article.slug, source, ends_at)
        if buyer.ring:
            _add(reads, rng, buyer, buyer.added_at + 40, "member-day", "welcome", ends_at)
    _reads_before_orders(reads, rng, buyers, orders, calendar)
    reads.sort(key=lambda read: (read.opened_at, read.buyer))
    _second_degree(reads, rng)
    return reads


def _choose(rng: Random) -> Article:
    return _LATER[bisect_right(_WEIGHTS, rng.random() * _WEIGHTS[-1])]


def _moment(rng: Random, buyer: Buyer, ends_at: int) -> int:
    second = buyer.added_at + int(rng.random() * (ends_at - buyer.added_at))
    midnight = (second + 8 * HOUR) // DAY * DAY - 8 * HOUR
    shaped = midnight + hour_of_day(rng, _HOURS) * HOUR + rng.randrange(HOUR)
    return shaped if buyer.added_at < shaped < ends_at else second


def _add(
    reads: list[Read],
    rng: Random,
    buyer: Buyer,
    opened_at: int,
    slug: str,
    source: str,
    ends_at: int,
) -> None:
    if opened_at >= ends_at - HOUR:
        return
    finished = rng.random() < 0.38
    seconds = rng.lognormvariate(4.35 if finished else 3.62, 0.62)
    progress = 100 if finished else min(95, max(5, int(rng.triangular(5, 95, 35))))
    device_id = f"ring-{buyer.index % 3}" if buyer.ring else buyer.external_userid[-8:]
    reads.append(
        Read(
            buyer=buyer.index,
            userid=buyer.staff_at(opened_at),
            opened_at=opened_at,
            article=slug,
            source=source,
            device="android" if buyer.ring else rng.choices(*_DEVICES)[0],
            device_id=f"dv-{device_id}",
            closed_after=max(3, int(seconds)) if rng.random() < 0.94 else 0,
            progress=progress,
        )
    )


def _reads_before_orders(
    reads: list[Read], rng: Random, buyers: list[Buyer], orders: list[Order], calendar: Calendar
) -> None:
    """《7 天换粮表》truly precedes orders: some buyers read it in the week before."""
    for order in orders:
        if order.kind != "standard" or rng.random() > 0.016:
            continue
        buyer = buyers[order.buyer]
        opened_at = order.paid_at - int(rng.uniform(0.05, 6.5) * DAY)
        if opened_at > buyer.added_at:
            _add(reads, rng, buyer, opened_at, FOOD_SWITCH, "single", calendar.ends_at)


def _second_degree(reads: list[Read], rng: Random) -> None:
    """About 4 of 100 visits come through another customer who passed the article on."""
    for place in range(1, len(reads)):
        if rng.random() < 0.04 and reads[place].source != "welcome":
            earlier = reads[max(0, place - 1 - rng.randrange(40))]
            if earlier.buyer != reads[place].buyer:
                reads[place].shared_by, reads[place].source = earlier.buyer, "shared"
