"""Who may come in (进入判定): pure; every refusal has its reason."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.utils.translation import gettext

from sop.program.advancing import BUCKETS, lot
from sop.program.conditions import Facts, evaluate
from sop.program.examining import because
from sop.program.steps import Entry, Program, Reentry

CONTROL: Final = "control"
TREATED: Final = "treated"
MAX_KEY_CHARACTERS: Final = 120


@dataclass(frozen=True, slots=True)
class Happening:
    """An event as the journey engine sees it."""

    id: int
    type: str
    occurred_at: datetime
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class PastRun:
    """A run of the same customer in the same journey, over or not."""

    entry_key: str
    entered_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a customer comes in; `reason` is for people and never empty.

    Attributes:
        detail: What a condition failed by, with the values of that moment.
    """

    is_in: bool
    reason: str
    entry_key: str = ""
    arm: str = TREATED
    detail: str = ""


def judge_entry(
    program: Program,
    facts: Facts,
    past: Sequence[PastRun],
    *,
    event: Happening | None,
    salt: str,
    now: datetime,
) -> Verdict | None:
    """Decide whether a customer enters (进入) on an event, or on a scan (`event` None).

    Returns:
        None when the event is none of this journey's triggers; else the verdict with its reason.
    """
    entry = program.entry
    if event is not None:
        triggers = [t for t in entry.triggers if t.spec.matches(event.type, event.payload)]
        if not triggers:
            return None
        if event.occurred_at < now - timedelta(hours=entry.late_hours):
            return Verdict(
                False, gettext("行为晚到超过 {late_hours} 小时").format(late_hours=entry.late_hours)
            )
        if not any(evaluate(trigger.condition, facts, now) for trigger in triggers):
            why = because(triggers[0].condition, facts, now)
            return Verdict(False, gettext("触发条件不成立"), detail=why)
    if not evaluate(entry.condition, facts, now):
        return Verdict(
            False, gettext("进入条件不成立"), detail=because(entry.condition, facts, now)
        )
    key = _key(entry, event)
    refusal = _reentry_refusal(entry.reentry, key, past, now)
    if refusal:
        return Verdict(False, refusal, key)
    return Verdict(True, gettext("符合进入条件"), key, _arm(program, facts, salt))


def _key(entry: Entry, event: Happening | None) -> str:
    if entry.reentry.policy != "keyed" or event is None:
        return ""
    return str(event.payload.get(entry.reentry.key, ""))[:MAX_KEY_CHARACTERS]


def _arm(program: Program, facts: Facts, salt: str) -> str:
    """The arm they had before stays theirs; else it is drawn."""
    known = (facts.arms or {}).get(CONTROL)
    if known is not None:
        return known
    is_control = lot(salt, facts.uid, CONTROL) * 100 < program.control_percent * BUCKETS
    return CONTROL if is_control else TREATED


def _reentry_refusal(rule: Reentry, key: str, past: Sequence[PastRun], now: datetime) -> str:
    if any(run.ended_at is None and run.entry_key == key for run in past):
        return gettext("已在旅程中")
    if rule.policy == "keyed":
        return gettext("同一编号已进入过") if any(run.entry_key == key for run in past) else ""
    if not past:
        return ""
    if rule.policy == "once":
        return gettext("已进入过,只进入一次")
    if rule.policy == "window":
        since = now - timedelta(days=rule.days)
        recent = sum(run.entered_at > since for run in past)
        return (
            gettext("{days} 天内已进入 {recent} 次").format(days=rule.days, recent=recent)
            if recent >= rule.count
            else ""
        )
    last = max(run.ended_at for run in past if run.ended_at is not None)
    is_too_soon = now < last + timedelta(hours=rule.gap_hours)
    return (
        gettext("距上次结束不足 {gap_hours} 小时").format(gap_hours=rule.gap_hours)
        if is_too_soon
        else ""
    )
