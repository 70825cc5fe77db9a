"""Explaining the entry (进入说明): every test there was, and what one would say now."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from django.utils.translation import gettext, gettext_noop

from customers.models import Event
from sop.models import Journey, StepLog
from sop.program.conditions import Condition, EventSpec, Facts, evaluate
from sop.program.entering import PastRun, judge_entry
from sop.program.examining import examine
from sop.program.setting_words import scan_words
from sop.program.steps import Entry, Program
from sop.program.words import compared, event_words, reentry_words, spec_words, value_words
from sop.selectors.explain_rows import Rows
from sop.selectors.explanation import ConditionNow, EntryNow, EntryTest, EventRef

_SILENT: Final = frozenset({"import", "sync"})
_CLOSED: Final = {
    Journey.State.DRAFT: gettext_noop("旅程还没有发布，没有人能进入"),
    Journey.State.PAUSED: gettext_noop("旅程已暂停，没有人能进入"),
    Journey.State.ARCHIVED: gettext_noop("旅程已归档，没有人能进入"),
}


def event_ref(event: Event | None) -> EventRef | None:
    """Return an event as explanations show it."""
    if event is None:
        return None
    label = event_words(event.type)
    return EventRef(event.id, event.type, label, event.occurred_at, event.source)


def entry_tests(rows: Rows) -> tuple[EntryTest, ...]:
    """Return every entry test, latest first, and the events that led to none with the reason."""
    tests = [_logged(rows, log) for log in rows.logs if log.kind in {"entered", "refused"}]
    known = {log.event_id for log in rows.logs} | {run.entry_event_id for run in rows.runs}
    tests += [
        EntryTest(event_ref(event), None, False, _why_not_tested(rows, event))
        for event in rows.happened
        if event.id not in known
    ]
    return tuple(sorted(tests, key=_moment, reverse=True))


def entry_now(rows: Rows, *, now: datetime) -> EntryNow | None:
    """Return what an entry test would say now, step by step; None before any publication."""
    program = rows.current
    if program is None:
        return None
    entry, facts = program.entry, rows.facts[None]
    condition = condition_now(gettext("进入条件"), entry.condition, facts, now)
    is_possible, reason = _would_enter(rows, program, facts, now)
    return EntryNow(
        is_possible=is_possible,
        reason=reason,
        triggers=tuple(
            condition_now(spec_words(trigger.spec), trigger.condition, facts, now)
            for trigger in entry.triggers
        ),
        condition=None if entry.condition is None else condition,
        reentry=reentry_words(entry.reentry),
        scan=_scan(entry),
    )


def condition_now(
    label: str, condition: Condition | None, facts: Facts, now: datetime
) -> ConditionNow:
    """Return a condition on the values of now."""
    return ConditionNow(label, evaluate(condition, facts, now), examine(condition, facts, now))


def _moment(test: EntryTest) -> datetime:
    """Return when a test was, or when its event happened; one of both is always there."""
    moments = [test.tested_at, test.event.occurred_at if test.event else None]
    return next(moment for moment in moments if moment is not None)


def _logged(rows: Rows, log: StepLog) -> EntryTest:
    event = rows.events.get(log.event_id) if log.event_id is not None else None
    why = "；".join(str(part["why"]) for part in log.path if part.get("why"))
    reason = f"{log.reason}：{why}" if why else log.reason
    return EntryTest(event_ref(event), log.logged_at, log.kind == "entered", reason, log.run_id)


def _why_not_tested(rows: Rows, event: Event) -> str:
    """Say why an event of the right type led to no entry test."""
    if event.id in rows.queued:
        return gettext("行为还在等待处理")
    if rows.current is not None:
        triggers = rows.current.entry.triggers
        specs = [trigger.spec for trigger in triggers if trigger.spec.type == event.type]
        if not any(spec.matches(event.type, event.payload) for spec in specs):
            return gettext("行为内容不符合触发条件：{names}").format(
                names="；".join(_mismatches(specs, event))
            )
    if rows.published_at is None or event.recorded_at < rows.published_at:
        return gettext("那时旅程还没有发布")
    if event.source in _SILENT:
        return gettext("导入或同步的历史行为，未通过判定，不留记录")
    return gettext("那时旅程已暂停，或当时的版本没有这个触发行为")


def _mismatches(specs: list[EventSpec], event: Event) -> Iterator[str]:
    for spec in specs:
        for name, (op, wanted) in spec.where:
            if not EventSpec(spec.type, ((name, (op, wanted)),)).matches(event.type, event.payload):
                actual = value_words(name, event.payload.get(name))
                yield gettext("要求{test}，实际 {actual}").format(
                    test=compared(name, op, wanted), actual=actual
                )


def _would_enter(rows: Rows, program: Program, facts: Facts, now: datetime) -> tuple[bool, str]:
    entry = program.entry
    closed = _CLOSED.get(Journey.State(rows.journey.state))
    if closed is not None:
        return False, gettext(closed)
    past = [
        PastRun(run.entry_key, run.entered_at, run.ended_at)
        for run in rows.runs
        if run.state != "superseded"
    ]
    verdict = judge_entry(program, facts, past, event=None, salt=rows.journey.salt, now=now)
    if verdict is not None and not verdict.is_in:
        return False, verdict.reason
    is_open = any(evaluate(trigger.condition, facts, now) for trigger in entry.triggers)
    if entry.triggers and not is_open and entry.scan_minute is None:
        return False, gettext("触发条件不成立")
    ways = (
        [
            gettext("发生{event}").format(event=spec_words(trigger.spec))
            for trigger in entry.triggers
        ]
        if is_open
        else []
    )
    ways += [_scan(entry)] if entry.scan_minute is not None else []
    return True, gettext("条件成立，等待{ways}时进入").format(ways=gettext("，或").join(ways))


def _scan(entry: Entry) -> str:
    if entry.scan_minute is None:
        return ""
    return scan_words(entry.scan_minute)
