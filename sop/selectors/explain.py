"""Why a customer is where they are in a journey, or why they are not in it (旅程说明)."""

from datetime import datetime

from django.utils.translation import gettext, gettext_noop

from customers.models import Customer
from sop.models import Journey, JourneyRun
from sop.program.entering import CONTROL
from sop.program.words import spec_words, step_title
from sop.selectors.explain_entry import entry_now, entry_tests
from sop.selectors.explain_rows import MAX_LOGS, MAX_RUNS, Rows, read_rows
from sop.selectors.explain_run import local, run_story
from sop.selectors.explanation import ArmGiven, EntryNow, EntryTest, Explanation, RunStory

_CONTROL_TITLE = gettext_noop("对照分组")
_ARMS = {"control": gettext_noop("对照组"), "treated": gettext_noop("实验组")}


def explain(customer: Customer, journey: Journey, *, now: datetime) -> Explanation:
    """Explain one customer in one journey (旅程说明): why, or why not.

    A constant number of statements, however much has happened. What the log kept is told as it was;
    conditions beside it are on the values of now.

    Args:
        customer: Already accessed through `access_customer`.
        now: Business time.

    Raises:
        LookupError: the customer has no profile.
    """
    rows = read_rows(customer, journey, now=now)
    runs = tuple(run_story(rows, run, now=now) for run in rows.runs)
    tests = entry_tests(rows)
    is_open = any(run.standing is not None for run in runs)
    present = None if is_open else entry_now(rows, now=now)
    return Explanation(
        customer=customer.uid,
        customer_name=customer.name,
        journey=journey.uid,
        code=journey.code,
        journey_name=journey.name,
        journey_state=journey.state,
        journey_state_label=journey.get_state_display(),
        version=rows.numbers.get(journey.current_id) if journey.current_id is not None else None,
        asked_at=now,
        answer=_answer(rows, runs, tests, present),
        entry_tests=tests,
        entry_now=present,
        arms=tuple(_arms(rows)),
        runs=runs,
        is_cut=len(rows.runs) == MAX_RUNS or len(rows.logs) == MAX_LOGS,
    )


def _arms(rows: Rows) -> list[ArmGiven]:
    steps = {key: step for program in rows.programs.values() for key, step in program.by_id.items()}
    given: list[ArmGiven] = []
    for row in rows.arms:
        if row.place == CONTROL:
            title, arm = gettext(_CONTROL_TITLE), gettext(_ARMS[row.arm])
        else:
            step = steps.get(row.place)
            title, arm = step_title(step) if step is not None else row.place, row.arm
        given.append(ArmGiven(row.place, title, arm, row.assigned_at))
    return given


def _answer(
    rows: Rows,
    runs: tuple[RunStory, ...],
    tests: tuple[EntryTest, ...],
    present: EntryNow | None,
) -> str:
    """Say the whole in one sentence."""
    if rows.journey.subject_kind != "customer":
        return gettext("这是{kind}，客户不会单独进入。").format(
            kind=rows.journey.get_subject_kind_display()
        )
    open_run = next((run for run in runs if run.standing is not None), None)
    if open_run is not None:
        return _open_answer(open_run)
    if runs:
        own = (run for run in runs if run.state != JourneyRun.State.SUPERSEDED)
        return _ended_answer(next(own, runs[0]))
    if rows.current is None:
        return gettext("没有进入：旅程还没有发布。")
    refused = next((test for test in tests if not test.is_in), None)
    if refused is not None:
        when = refused.tested_at or (refused.event.occurred_at if refused.event else None)
        moment = f"（{local(when)}）" if when is not None else ""
        return gettext("没有进入：{reason}{moment}。").format(reason=refused.reason, moment=moment)
    triggers = rows.current.entry.triggers
    words = "、".join(spec_words(trigger.spec) for trigger in triggers)
    never = (
        gettext("从未发生触发行为{words}").format(words=words)
        if triggers
        else gettext("每日扫描还没有选中这位客户")
    )
    return (
        gettext("没有进入：{never}；现在判定：{reason}。").format(
            never=never, reason=present.reason
        )
        if present
        else gettext("没有进入：{never}。").format(never=never)
    )


def _open_answer(run: RunStory) -> str:
    standing = run.standing
    arm = gettext("对照组，") if run.is_control else ""
    if standing is None:
        return ""
    if run.state == JourneyRun.State.PARKED:
        return gettext("在旅程中（第 {version} 版），{arm}{waits_for}。").format(
            version=run.version, arm=arm, waits_for=standing.waits_for
        )
    until = (
        gettext("，到 {moment}").format(moment=local(standing.until))
        if standing.until is not None
        else ""
    )
    waits = "" if standing.waits_for == standing.title else f"：{standing.waits_for}"
    where = gettext("停在「{title}」{waits}{until}").format(
        title=standing.title, waits=waits, until=until
    )
    return gettext("在旅程中（第 {version} 版），{arm}{where}。").format(
        version=run.version, arm=arm, where=where
    )


def _ended_answer(run: RunStory) -> str:
    arm = gettext("对照组，") if run.is_control else ""
    when = (
        gettext("于 {moment} ").format(moment=local(run.ended_at))
        if run.ended_at is not None
        else ""
    )
    return gettext("进入过（第 {version} 版），{arm}{when}{state_label}：{reason}。").format(
        version=run.version, arm=arm, when=when, state_label=run.state_label, reason=run.reason
    )
