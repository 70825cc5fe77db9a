"""How often a customer is contacted at most (频次上限): pure, over the places taken."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from common.clock import local_date
from touches.models import CapRule, Touch
from touches.quota import quota_window
from touches.services.books import Candidate, Contact, Person

# What a customer is owed is never held back by our own caps; WeCom's quota knows no purpose.
EXEMPT: Final = frozenset({Touch.Purpose.SERVICE, Touch.Purpose.CARE})
_ASK_THE_PROFILE: Final = frozenset({CapRule.Kind.AFTER_ADD, CapRule.Kind.AFTER_ORDER})
_SAYS: Final = {
    CapRule.Kind.COUNT: "已达频次上限",
    CapRule.Kind.GAP: "间隔不足",
    CapRule.Kind.AFTER_ADD: "新好友保护期",
    CapRule.Kind.AFTER_ORDER: "下单保护期",
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why there is no place, and which touch took it, if one did."""

    reason: str
    winner_id: int | None = None


def refused_by_quota(
    candidate: Candidate, contacts: Sequence[Contact], *, moment: datetime
) -> Refusal | None:
    """Say whether WeCom's quota of this identity is used up (接收额度), lane M only.

    It must have room on the day of the slot and on the last day of validity: nobody knows on which
    of them the staff member taps.
    """
    mass = [
        contact
        for contact in contacts
        if contact.lane == Touch.Lane.MASS and contact.identity_id == candidate.identity_id
    ]
    for day in _days(local_date(moment), local_date(candidate.valid_until)):
        window = quota_window(candidate.quota_mode, day)
        taken = [one for one in mass if one.may_fall_between(window.first, window.last)]
        if len(taken) >= window.limit:
            days = "当日" if window.first == window.last else f"{window.first:%m-%d} 起"
            return Refusal(
                f"企业微信接收额度已用完（{days} {window.limit} 条）", taken[-1].touch_id
            )
    return None


def refused_by_caps(
    candidate: Candidate,
    contacts: Sequence[Contact],
    person: Person,
    caps: Sequence[CapRule],
    *,
    moment: datetime,
) -> Refusal | None:
    """Say which of our own caps (频次上限) leaves no place, counted over all identities."""
    if candidate.purpose in EXEMPT:
        return None
    for rule in caps:
        if not _covers(rule, candidate.lane, candidate.purpose):
            continue
        refusal = _judge(rule, contacts, person, moment=moment)
        if refusal is not None:
            return refusal
    return None


def ask_the_profile(caps: Sequence[CapRule], candidates: Iterable[Candidate]) -> bool:
    """Say whether some cap on one of these touches asks when the customer was added or ordered."""
    kinds = {(one.lane, one.purpose) for one in candidates if one.purpose not in EXEMPT}
    return any(
        rule.kind in _ASK_THE_PROFILE and any(_covers(rule, *kind) for kind in kinds)
        for rule in caps
    )


def _days(first: date, last: date) -> Sequence[date]:
    return (first,) if first == last else (first, last)


def _judge(
    rule: CapRule, contacts: Sequence[Contact], person: Person, *, moment: datetime
) -> Refusal | None:
    span = timedelta(hours=rule.hours)
    if rule.kind in (CapRule.Kind.AFTER_ADD, CapRule.Kind.AFTER_ORDER):
        is_add = rule.kind == CapRule.Kind.AFTER_ADD
        since = person.last_added_at if is_add else person.last_order_at
        return Refusal(_says(rule)) if since is not None and moment - since < span else None
    mine = [contact for contact in contacts if _covers(rule, contact.lane, contact.purpose)]
    if rule.kind == CapRule.Kind.GAP:
        near = [one for one in mine if one.until > moment - span and one.at < moment + span]
        return Refusal(_says(rule), near[-1].touch_id) if near else None
    # What lies ahead counts as well: its own days will contain this one.
    first = local_date(moment) - timedelta(days=rule.days - 1)
    taken = [contact for contact in mine if contact.last_on >= first]
    return Refusal(_says(rule), taken[-1].touch_id) if len(taken) >= rule.limit else None


def _says(rule: CapRule) -> str:
    return f"{_SAYS[CapRule.Kind(rule.kind)]}：{rule.name}"[:300]


def _covers(rule: CapRule, lane: str, purpose: str) -> bool:
    return (not rule.lanes or lane in rule.lanes) and (
        not rule.purposes or purpose in rule.purposes
    )
