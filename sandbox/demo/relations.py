"""Who follows whom: staff per customer, second members, hand-over, losses, referrals, B2B."""

from random import Random

from sandbox.demo.channels import Channel
from sandbox.demo.company import (
    B2B,
    DEPARTED,
    ONLINE,
    PEOPLE,
    STORE_LIST,
    STORE_OF_DEPARTMENT,
    Person,
    store_of,
    team,
)
from sandbox.demo.months import DAY, GUIDE_LEFT_ON, HOUR, SPAM_STORY, Calendar
from sandbox.demo.names import real_name
from sandbox.demo.people import Buyer, Link
from sandbox.demo.randomness import stream

SALES = Channel("sales", "商务拓展", 0, 0, 3.0, 0, 0, (0,) * 9 + (10,) * 9 + (0,) * 6)
LATE_LOSS_PER_DAY = 0.0082 / 30
_FIRM_PLACES = ["钱塘", "拱墅", "余杭", "徐汇", "静安", "南山", "龙华", "萧山", "闵行", "宝安"]
_FIRM_WORDS = ["瑞安", "爱宠", "康贝", "暖爪", "乐派", "萌友", "信诺", "安贝", "宠颐", "有它"]
_UNCODED_ADD_WAYS = ([1, 2, 3, 4, 5], [30, 15, 30, 20, 5])


class Staffing:
    """Chooses a member for an add: only people at work at that moment, by weight."""

    def __init__(self, calendar: Calendar) -> None:
        self._span = {
            one.userid: (
                calendar.at(one.joined_on),
                calendar.at(one.left_on) if one.left_on else calendar.ends_at,
            )
            for one in PEOPLE
        }
        self._advisers = team(ONLINE)
        self._guides = [one for store in STORE_LIST for one in team(store.department)]

    def is_at_work(self, one: Person, second: int) -> bool:
        """Tell whether somebody works here at a moment."""
        starts_at, ends_at = self._span[one.userid]
        return starts_at <= second < ends_at

    def pick(self, rng: Random, candidates: list[Person], second: int) -> str:
        """Return the userid of one candidate who is at work."""
        present = [one for one in candidates if self.is_at_work(one, second)]
        return rng.choices(present, [one.adds for one in present])[0].userid

    def for_buyer(self, rng: Random, buyer: Buyer) -> str:
        """Return the member who gets a new customer."""
        if buyer.code and buyer.channel.to_store in {0.0, 1.0}:
            users = [one for one in PEOPLE if one.userid in buyer.code.users]
            if any(self.is_at_work(one, buyer.added_at) for one in users):
                return self.pick(rng, users, buyer.added_at)
            buyer.code = None
        in_store = rng.random() < buyer.channel.to_store
        return self.pick(rng, self._guides if in_store else self._advisers, buyer.added_at)

    def guides_of(self, city: str) -> list[Person]:
        """Return store staff of a city, all stores where the city has none."""
        local = [one for one in self._guides if STORE_OF_DEPARTMENT[one.department].city == city]
        return local or self._guides


def link_buyers(buyers: list[Buyer], seed: int, calendar: Calendar) -> None:
    """Give every buyer their relations, in place."""
    staffing = Staffing(calendar)
    rng = stream(seed, "relations")
    _mark_business_contacts(buyers, stream(seed, "business"))
    _mark_advocates(buyers, stream(seed, "advocates"))
    left_at = calendar.at(GUIDE_LEFT_ON)
    for buyer in buyers:
        if buyer.company:
            userid = staffing.pick(rng, team(B2B), buyer.added_at)
            buyer.links.append(Link(userid, buyer.added_at, rng.choice((2, 3, 24)), by_staff=True))
        else:
            buyer.links.append(_first_link(rng, buyer, staffing))
        _lose(rng, buyer.main, buyer, calendar)
        if buyer.main.userid == DEPARTED.userid:
            _hand_over(rng, buyer, left_at, staffing)
        if rng.random() < 0.055 and not buyer.company and not buyer.ring:
            _second_member(rng, buyer, staffing, calendar)
    _refer(buyers, stream(seed, "referrals"))


def _first_link(rng: Random, buyer: Buyer, staffing: Staffing) -> Link:
    userid = staffing.for_buyer(rng, buyer)
    store = store_of(userid)
    if store and rng.random() < 0.9:
        buyer.city = store.city
    if buyer.code:
        return Link(userid, buyer.added_at, buyer.code.add_way, buyer.code.state)
    add_way = rng.choices(*_UNCODED_ADD_WAYS)[0]
    return Link(userid, buyer.added_at, add_way, by_staff=rng.random() < 0.3)


def _lose(rng: Random, link: Link, buyer: Buyer, calendar: Calendar) -> None:
    """Decide whether and when a relation ends (流失)."""
    if buyer.ring:
        end = link.added_at + 7 * DAY + rng.randrange(2 * DAY)
    elif rng.random() < buyer.channel.lost / 100:
        within_a_day = rng.random() < 1 / 3
        days = max(rng.random() ** 2, 0.002) if within_a_day else 1 + 89 * rng.random()
        end = link.added_at + int(days * DAY)
    else:
        end = link.added_at + 90 * DAY + int(rng.expovariate(LATE_LOSS_PER_DAY) * DAY)
    starts_at, ends_at = calendar.span(SPAM_STORY)
    store = store_of(link.userid)
    flooded = store is not None and store.code == "xuhui" and link.added_at < starts_at < end
    if flooded and rng.random() < 0.045:
        end = starts_at + rng.randrange(ends_at - starts_at)
    if end < calendar.ends_at:
        link.lost_at = end
        link.lost_by = "member" if rng.random() < 0.07 and not buyer.ring else "customer"


def _hand_over(rng: Random, buyer: Buyer, left_at: int, staffing: Staffing) -> None:
    """Move a customer of the guide who left to a colleague; 7 % refuse."""
    old = buyer.main
    if old.lost_at and old.lost_at <= left_at:
        return
    later_loss, later_by = old.lost_at, old.lost_by
    old.lost_at, old.lost_by = left_at + DAY + rng.randrange(6 * HOUR), "transfer"
    if rng.random() < 0.07:
        old.lost_by = "refused"
        return
    colleagues = [one for one in team(DEPARTED.department) if one is not DEPARTED]
    successor = Link(staffing.pick(rng, colleagues, old.lost_at), old.lost_at, 202, by_staff=True)
    if later_loss > old.lost_at:
        successor.lost_at, successor.lost_by = later_loss, later_by
    buyer.links.append(successor)


def _second_member(rng: Random, buyer: Buyer, staffing: Staffing, calendar: Calendar) -> None:
    ends_at = buyer.ends_at(calendar.ends_at)
    if ends_at - buyer.added_at < 3 * DAY:
        return
    added_at = buyer.added_at + DAY + rng.randrange(ends_at - buyer.added_at - 2 * DAY)
    userid = staffing.pick(rng, staffing.guides_of(buyer.city), added_at)
    store = store_of(userid)
    if store is None or userid == DEPARTED.userid or any(x.userid == userid for x in buyer.links):
        return
    link = Link(userid, added_at, 1, f"ST-{store.code.upper()}-CASH")
    if rng.random() < 0.4:
        link.add_way, link.state = 3, ""
    buyer.links.append(link)


def _mark_business_contacts(buyers: list[Buyer], rng: Random) -> None:
    """Turn some people into contacts of pet hospitals and shops (B2B)."""
    contacts = max(6, round(178 * len(buyers) / 12_000))
    companies = max(3, round(contacts * 62 / 178))
    ordinary = [buyer.index for buyer in buyers if not buyer.ring]
    firms = [_firm(rng, number, companies) for number in range(companies)]
    for number, index in enumerate(sorted(rng.sample(ordinary, contacts))):
        buyer = buyers[index]
        buyer.company, buyer.company_kind = firms[number % companies]
        buyer.role = rng.choices(("决策人", "使用人", "采购"), (41, 96, 41))[0]
        buyer.channel, buyer.code = SALES, None
        if rng.random() < 0.3:
            buyer.external_userid, buyer.unionid = "wo" + buyer.external_userid[2:], ""
            buyer.name = real_name(rng, buyer.gender)


def _firm(rng: Random, number: int, companies: int) -> tuple[str, str]:
    hospital = number < round(companies * 38 / 62)
    name = rng.choice(_FIRM_PLACES) + rng.choice(_FIRM_WORDS)
    return (name + "动物医院", "宠物医院") if hospital else (name + "宠物生活馆", "宠物门店")


def _mark_advocates(buyers: list[Buyer], rng: Random) -> None:
    """Choose the KOC (养宠达人) among early pet owners."""
    early = [b for b in buyers[: len(buyers) * 2 // 5] if not b.company and not b.ring]
    for buyer in rng.sample(early, max(3, round(40 * len(buyers) / 12_000))):
        buyer.koc, buyer.appetite = True, 3.0 + rng.random()


def _refer(buyers: list[Buyer], rng: Random) -> None:
    """Give every referred customer the one who brought them; 31 % come from the KOC."""
    advocates = [buyer for buyer in buyers if buyer.koc]
    for buyer in buyers:
        if buyer.channel.id != "invite" or buyer.ring or buyer.index == 0:
            continue
        known = [one for one in advocates if one.index < buyer.index]
        if known and rng.random() < 0.31:
            buyer.referrer = rng.choice(known).index
        else:
            buyer.referrer = rng.randrange(buyer.index)
