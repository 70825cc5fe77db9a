"""Explaining a run (进入经过): every leg, where it stands, what it sent and what came of it."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from django.utils.translation import gettext, gettext_noop

from common.clock import SHANGHAI
from sop.models import JourneyRun, StepLog
from sop.program.conditions import Facts
from sop.program.steps import (
    Await,
    Contact,
    Decide,
    Notify,
    Pause,
    Program,
    Retag,
    SlotWait,
    Step,
    TimeWait,
)
from sop.program.words import kind_words, spec_words, step_title, wait_words
from sop.selectors.explain_entry import condition_now, event_ref
from sop.selectors.explain_rows import Rows
from sop.selectors.explanation import (
    ConditionNow,
    Exposed,
    GoalState,
    Leg,
    PassedStep,
    RunStory,
    Standing,
    TouchTold,
)
from touches.selectors.stories import TouchStory

START: Final = gettext_noop("起点")
HELD: Final = gettext_noop("有触达结果未知，等待人工处理")
_OPEN: Final = frozenset({JourneyRun.State.ACTIVE, JourneyRun.State.PARKED})
_OUTCOMES: Final[Mapping[str, str]] = {
    "waited": gettext_noop("等待结束"),
    "met": gettext_noop("等到了"),
    "timeout": gettext_noop("等待超时"),
    "past_due": gettext_noop("时间已过，直接继续"),
    "waiting": gettext_noop("开始等待"),
    "held": gettext_noop("暂缓"),
    "exit": gettext_noop("在此结束"),
    "skipped": gettext_noop("跳过，条件不成立"),
    "control": gettext_noop("对照组，本应执行"),
    "planned": gettext_noop("已计划触达"),
    "tagged": gettext_noop("已打标签"),
    "told": gettext_noop("已提醒员工"),
}


def run_story(rows: Rows, run: JourneyRun, *, now: datetime) -> RunStory:
    """Return everything about one run."""
    program, facts = rows.programs[run.version_id], rows.facts[run.pk]
    legs = [log for log in reversed(rows.logs) if log.run_id == run.pk]
    entered_by = rows.events.get(run.entry_event_id) if run.entry_event_id is not None else None
    return RunStory(
        id=run.pk,
        version=rows.numbers[run.version_id],
        is_current_version=run.version_id == rows.journey.current_id,
        state=run.state,
        state_label=run.get_state_display(),
        reason=run.reason,
        is_control=run.is_control,
        entered_at=run.entered_at,
        entered_by=event_ref(entered_by),
        entry_key=run.entry_key,
        staff=run.staff.name if run.staff else "",
        priority=run.priority,
        attempts=run.attempts,
        ended_at=run.ended_at,
        standing=_standing(rows, run, program, facts, now) if run.state in _OPEN else None,
        legs=tuple(_leg(rows, log, program, facts, now) for log in legs),
        goals=tuple(_goals(run, program, now)),
        exposures=tuple(
            Exposed(one.step, _title(program, one.step), one.arm, one.exposed_at)
            for one in rows.exposures.get(run.pk, ())
        ),
        touches=tuple(_touch(rows, program, story) for story in rows.stories.get(run.pk, ())),
    )


def local(moment: datetime) -> str:
    """Return a moment as people here read it."""
    return f"{moment.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"


def exact(moment: datetime) -> str:
    """Return a moment to the second, for those who look for a fault."""
    return f"{moment.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}"


def _title(program: Program, key: str) -> str:
    step = program.by_id.get(key)
    return step_title(step) if step is not None else key or gettext(START)


def _leg(rows: Rows, log: StepLog, program: Program, facts: Facts, now: datetime) -> Leg:
    event = rows.events.get(log.event_id) if log.event_id is not None else None
    return Leg(
        at=log.logged_at,
        kind=log.kind,
        label=log.get_kind_display(),
        reason=log.reason,
        event=event_ref(event),
        steps=tuple(_passed(raw, program, facts, now) for raw in log.path),
    )


def _passed(raw: Mapping[str, Any], program: Program, facts: Facts, now: datetime) -> PassedStep:
    key, outcome = str(raw.get("step", "")), str(raw.get("outcome", ""))
    step = program.by_id.get(key)
    return PassedStep(
        step=key,
        title=_title(program, key),
        kind=kind_words(step) if step is not None else "",
        outcome=outcome,
        label=_outcome(raw, outcome),
        detail=str(raw.get("why", "")),
        now=tuple(_conditions(step, facts, now)),
    )


def _outcome(raw: Mapping[str, Any], outcome: str) -> str:
    if outcome == "arm":
        return (
            gettext("走「{arm}」").format(arm=raw["arm"])
            if raw.get("arm")
            else gettext("没有分支成立，继续")
        )
    label = gettext(_OUTCOMES[outcome]) if outcome in _OUTCOMES else outcome
    moment = raw.get("until") or raw.get("at")
    if not moment:
        return label
    words = (
        gettext("{what}，到 {moment}") if outcome == "waiting" else gettext("{what}，于 {moment}")
    )
    return words.format(what=label, moment=local(datetime.fromisoformat(moment)))


def _conditions(step: Step | None, facts: Facts, now: datetime) -> Iterator[ConditionNow]:
    """Yield the conditions of a step on the values of now."""
    if isinstance(step, Contact | Retag | Notify | Await) and step.condition is not None:
        yield condition_now(gettext("条件"), step.condition, facts, now)
    if isinstance(step, Decide):
        for arm in step.arms:
            yield condition_now(
                gettext("分支「{label}」").format(label=arm.label), arm.condition, facts, now
            )


def _standing(
    rows: Rows, run: JourneyRun, program: Program, facts: Facts, now: datetime
) -> Standing:
    step = program.by_id.get(run.step)
    return Standing(
        step=run.step,
        title=_title(program, run.step),
        kind=kind_words(step) if step is not None else "",
        waits_for=_waits_for(rows, run, step, facts, now),
        until=run.timeout_at or run.due_at,
        now=tuple(_conditions(step, facts, now)),
    )


def _waits_for(rows: Rows, run: JourneyRun, step: Step | None, facts: Facts, now: datetime) -> str:
    if run.state == JourneyRun.State.PARKED:
        return gettext("出错搁置，等待人工恢复：{reason}").format(reason=run.reason)
    if rows.journey.state == "paused":
        return gettext("旅程已暂停，恢复后继续")
    if facts.has_unknown_touch and not run.is_control:
        return gettext(HELD)
    if run.attempts:
        return gettext("推进出错 {attempts} 次，稍后重试：{reason}").format(
            attempts=run.attempts, reason=run.reason
        )
    if run.due_at is not None and run.due_at <= now:
        return gettext("已到时间，等待推进")
    if isinstance(step, Pause | SlotWait | TimeWait | Await):
        return wait_words(step)
    return gettext("等待推进")


def _goals(run: JourneyRun, program: Program, now: datetime) -> Iterator[GoalState]:
    for goal in program.goals:
        until = run.entered_at + timedelta(days=goal.days)
        yield GoalState(
            name=goal.name,
            event=spec_words(goal.spec),
            until=until,
            is_open=run.goal_at is None and until >= now,
            reached_at=run.goal_at if run.goal_name == goal.name else None,
        )


def _touch(rows: Rows, program: Program, story: TouchStory) -> TouchTold:
    """Return a touch with its step: a postponed task names it only in its key."""
    parts: Sequence[str] = story.touch.key.split(":")
    step = story.touch.origin_step or (parts[2] if len(parts) > 2 else "")
    winner = rows.winners.get(story.winner.origin_id, "") if story.winner else ""
    return TouchTold(step, _title(program, step), story, winner)
