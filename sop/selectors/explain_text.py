"""An explanation as text (旅程说明): aligned, indented lines for the console."""

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Final

from sop.program.examining import Finding
from sop.selectors.explain_run import exact
from sop.selectors.explanation import (
    ConditionNow,
    EntryNow,
    EntryTest,
    EventRef,
    Explanation,
    Leg,
    PassedStep,
    RunStory,
    Standing,
    TouchTold,
)
from touches.selectors.stories import CallStory, Effect, MassStory, TouchStory, Winner

Lines = Iterator[str]
INDENT: Final = "  "
LABEL_WIDTH: Final = 10
NOW_NOTE: Final = "现在的值"
_ARMS: Final = {"treated": "实验组", "control": "对照组"}


def explanation_text(told: Explanation) -> str:
    """Return an explanation as lines of text; Chinese characters count as two columns."""
    return "\n".join(_whole(told)) + "\n"


def width_of(text: str) -> int:
    """Return how many columns a text takes."""
    return sum(2 if unicodedata.east_asian_width(char) in "FW" else 1 for char in text)


def padded(text: str, width: int) -> str:
    """Return a text filled up with spaces to so many columns."""
    return text + " " * max(width - width_of(text), 0)


def _whole(told: Explanation) -> Lines:
    name = told.customer_name or "（无昵称）"
    version = f"，第 {told.version} 版" if told.version is not None else ""
    yield _pair("客户", f"{name}  {told.customer}")
    yield _pair("旅程", f"{told.code} {told.journey_name}（{told.journey_state_label}{version}）")
    yield _pair("截至", exact(told.asked_at))
    yield _pair("结论", told.answer)
    yield from _section("进入判定", _tests(told.entry_tests))
    if told.entry_now is not None:
        yield from _section(f"现在判定（{NOW_NOTE}）", _entry_now(told.entry_now))
    arms = (f"{padded(arm.title, 20)}  {arm.arm}  {exact(arm.assigned_at)}" for arm in told.arms)
    yield from _section("分组", arms, is_optional=True)
    for run in told.runs:
        arm = "对照组" if run.is_control else "实验组"
        title = f"进入 #{run.id}（第 {run.version} 版，{arm}）：{run.state_label}"
        yield from _section(title, _run(run))
    if told.is_cut:
        yield "（还有更早的记录没有列出）"


def _section(title: str, lines: Iterable[str], *, is_optional: bool = False) -> Lines:
    found = list(lines)
    if found or not is_optional:
        yield ""
        yield title
        yield from _deeper(found or ["（没有）"])


def _deeper(lines: Iterable[str]) -> Lines:
    return (f"{INDENT}{line}" if line else "" for line in lines)


def _pair(label: str, value: str) -> str:
    return f"{padded(label, LABEL_WIDTH)}{value}"


def _maybe(label: str, value: str) -> Lines:
    if value:
        yield _pair(label, value)


def _moment(moment: datetime | None) -> str:
    return exact(moment) if moment is not None else ""


def _event(event: EventRef | None) -> str:
    return f"「{event.label}」{exact(event.occurred_at)}" if event is not None else "扫描"


def _tests(tests: Sequence[EntryTest]) -> Lines:
    for test in tests:
        if test.tested_at is None:
            yield f"{padded('未判定', 8)}{_event(test.event)}：{test.reason}"
            continue
        verdict = "进入" if test.is_in else "未进入"
        run = f" → #{test.run_id}" if test.run_id is not None else ""
        reason = f"{_event(test.event)}：{test.reason}{run}"
        yield f"{padded(verdict, 8)}{exact(test.tested_at)}  {reason}"


def _entry_now(told: EntryNow) -> Lines:
    yield _pair("结果", f"{_mark(told.is_possible)} {told.reason}")
    for trigger in told.triggers:
        yield from _condition("触发行为", trigger)
    if told.condition is not None:
        yield from _condition("", told.condition)
    yield from _maybe("扫描", told.scan)
    yield _pair("再次进入", told.reentry)


def _condition(kind: str, condition: ConditionNow) -> Lines:
    if not condition.findings:
        yield f"{kind}{condition.label}"
        return
    yield f"{kind}{condition.label}：{_mark(condition.is_met)}"
    yield from _deeper(_findings(condition.findings))


def _findings(findings: Iterable[Finding]) -> Lines:
    for one in findings:
        actual = f"（实际 {one.actual}）" if one.actual else ""
        yield f"{INDENT * one.depth}{_mark(one.is_met)} {one.text}{actual}"


def _mark(is_met: bool) -> str:
    return "✓" if is_met else "✗"


def _run(run: RunStory) -> Lines:
    by = f"，因{_event(run.entered_by)}" if run.entered_by is not None else ""
    yield _pair("进入时间", f"{exact(run.entered_at)}{by}")
    yield from _maybe("进入键", run.entry_key)
    yield from _maybe("员工", run.staff)
    yield from _maybe("原因", run.reason)
    yield from _maybe("结束时间", _moment(run.ended_at))
    if run.standing is not None:
        yield from _standing(run.standing)
    for goal in run.goals:
        state = f"已达成，{exact(goal.reached_at)}" if goal.reached_at else "未达成"
        until = f"{goal.event}，截止 {exact(goal.until)}"
        yield _pair("目标", f"{goal.name}：{state}（{until}）")
    yield from _section("经过", _legs(run.legs))
    exposures = (
        f"{exact(one.exposed_at)}  {padded(_ARMS.get(one.arm, one.arm), 8)}{one.title}"
        for one in run.exposures
    )
    yield from _section("曝光", exposures, is_optional=True)
    for touch in run.touches:
        yield from _section(f"触达「{touch.title}」", _touch(touch))


def _standing(standing: Standing) -> Lines:
    until = f"，到 {exact(standing.until)}" if standing.until is not None else ""
    waits = "" if standing.waits_for == standing.title else standing.waits_for
    yield _pair("停在", f"「{standing.title}」{waits}{until}")
    for condition in standing.now:
        yield from _deeper(_condition(f"{NOW_NOTE} ", condition))


def _legs(legs: Iterable[Leg]) -> Lines:
    for leg in legs:
        event = f"  {_event(leg.event)}" if leg.event is not None else ""
        reason = f"：{leg.reason}" if leg.reason else ""
        yield f"{exact(leg.at)}  {leg.label}{reason}{event}"
        for step in leg.steps:
            yield from _deeper(_step(step))


def _step(step: PassedStep) -> Lines:
    if not step.step and step.outcome == "refused":
        yield step.detail
        return
    detail = f"：{step.detail}" if step.detail else ""
    kind = f"［{step.kind}］" if step.kind else ""
    yield f"{padded(kind, LABEL_WIDTH)}{step.step}  {step.title} → {step.label}{detail}"
    for condition in step.now:
        yield from _deeper(_condition(f"{NOW_NOTE} ", condition))


def _touch(told: TouchTold) -> Lines:
    story, touch = told.story, told.story.touch
    lane, purpose = touch.get_lane_display(), touch.get_purpose_display()
    reason = f"：{touch.reason}" if touch.reason else ""
    yield _pair("状态", f"{touch.get_state_display()}{reason}")
    yield _pair("内容", f"{lane}·{purpose}《{touch.title}》，员工 {touch.staff.name}")
    rolled = f"，已顺延 {touch.rolled_count} 次" if touch.rolled_count else ""
    yield _pair("计划", f"{exact(touch.due_at)}，有效至 {exact(touch.valid_until)}{rolled}")
    yield from _maybe("要求撤回", _moment(touch.withdrawn_at))
    if story.winner is not None:
        yield _pair("让位于", _winner(story.winner, told.winner_journey))
    for place in story.places:
        yield _pair("触达账", f"{place.counted_on}  {place.state_label}")
    yield from _carried(story)
    yield from _maybe("结束时间", _moment(touch.finished_at))


def _carried(story: TouchStory) -> Lines:
    if story.call is not None:
        yield from _call(story.call)
    if story.mass_task is not None:
        yield from _mass_task(story.mass_task)
    elif story.touch.lane == "T":
        yield _pair("员工任务", _staff_task(story))
    for position, effect in enumerate(story.effects):
        yield _pair("" if position else "发送日志", _effect(effect))


def _winner(winner: Winner, journey: str) -> str:
    origin = f"旅程 {journey}" if journey else f"来源 {winner.origin_kind}"
    return f"《{winner.title}》（{origin}，{winner.state_label}，{exact(winner.due_at)}）"


def _call(call: CallStory) -> Lines:
    tries = f"，尝试 {call.attempts} 次" if call.attempts else ""
    doubt = f"，其中 {call.ambiguous_rounds} 次结果不明" if call.ambiguous_rounds else ""
    yield _pair("发送", f"{call.kind_label}：{call.state_label}{tries}{doubt}")
    yield from _maybe("最近错误", call.last_error)
    yield from _maybe("企微编号", call.wecom_ref)


def _mass_task(task: MassStory) -> Lines:
    confirmed = f"，{exact(task.confirmed_at)}" if task.confirmed_at else ""
    yield _pair("群发任务", f"{task.state_label}{confirmed}，已提醒 {task.reminded_count} 次")
    yield from _maybe("最近错误", task.last_error)


def _staff_task(story: TouchStory) -> str:
    """Say how far the member got with the card."""
    touch, name = story.touch, story.touch.staff.name
    if touch.state == "confirmed":
        return f"{name} 已处理，{_moment(touch.finished_at)}"
    if story.call is None:
        return "卡片还没有生成"
    if story.call.state != "done":
        return "卡片还没有发出"
    return f"卡片已发给 {name}，{_moment(story.call.done_at)}"


def _effect(effect: Effect) -> str:
    what = "发送" if effect.is_call else "触达"
    detail = f"（{effect.detail}）" if effect.detail else ""
    return f"{exact(effect.at)}  {what} → {effect.to_label}{detail}  {effect.actor}"
