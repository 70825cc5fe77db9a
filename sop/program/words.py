"""Programs in words (旅程文案): conditions and steps as operators read them. Pure."""

from functools import lru_cache
from typing import Any, Final

from django.utils.translation import get_language, gettext

from sop.program.conditions import (
    Condition,
    EventSpec,
    EventTest,
    Every,
    FieldTest,
    Negation,
    Some,
    TagTest,
)
from sop.program.steps import (
    Await,
    Contact,
    Decide,
    Experiment,
    Leave,
    Notify,
    Pause,
    Reentry,
    Retag,
    SlotWait,
    Step,
    TimeWait,
)
from sop.program.terms import (
    EVENT_WORDS,
    FIELD_WORDS,
    KINDS,
    LANES,
    OPERATORS,
    PAYLOAD_WORDS,
    VALUE_WORDS,
    WEEKDAYS,
)

DAY_SECONDS: Final = 86_400
HOUR_SECONDS: Final = 3_600
MINUTE_SECONDS: Final = 60


def event_words(event_type: str) -> str:
    """Return what a type of event is called; one that is not known shows its name."""
    return _translated(EVENT_WORDS.get(event_type)) or event_type


def field_words(name: str) -> str:
    """Return what a field of the profile or of an event is called."""
    return _translated(FIELD_WORDS.get(name) or PAYLOAD_WORDS.get(name)) or name


def kind_words(step: Step) -> str:
    """Return what kind of step it is."""
    return gettext(KINDS[type(step)])


def value_words(name: str, value: Any) -> str:
    """Return a value of a field as people read it."""
    if isinstance(value, tuple | list):
        return "、".join(value_words(name, item) for item in value)
    if value is None or value == "":
        return gettext("无")
    if isinstance(value, bool):
        return gettext("是") if value else gettext("否")
    if name.endswith("_fen") and isinstance(value, int):
        return f"¥{value / 100:,.2f}"
    known = VALUE_WORDS.get(name.removeprefix("from_").removeprefix("to_"), {})
    return _translated(known.get(str(value))) or str(value)


def compared(name: str, op: str, value: Any) -> str:
    """Return a comparison of a field of the profile or of an event with a value."""
    return f"{field_words(name)} {gettext(OPERATORS[op])} {value_words(name, value)}"


def spec_words(spec: EventSpec) -> str:
    """Return which events count: 近 7 天「打开素材」(目的 = 促销)."""
    parts = [compared(name, op, value) for name, (op, value) in spec.where]
    where = f"（{'，'.join(parts)}）" if parts else ""
    since = {None: "", 0: gettext("进入以来")}.get(spec.since_seconds)
    if since is None:
        since = gettext("近 {span}").format(span=span_words(spec.since_seconds or 0))
    return f"{since}「{event_words(spec.type)}」{where}"


def condition_words(condition: Condition | None) -> str:
    """Return a condition as one sentence."""
    match condition:
        case None:
            return gettext("无条件")
        case Every(parts):
            return gettext("且").join(_bracketed(part) for part in parts)
        case Some(parts):
            return gettext("或").join(_bracketed(part) for part in parts)
        case Negation(part):
            return gettext("非{condition}").format(condition=_bracketed(part))
        case _:
            return leaf_words(condition)


def leaf_words(test: FieldTest | TagTest | EventTest) -> str:
    """Return one test as a sentence; kept, for the executor logs what decided."""
    return _leaf_words(test, get_language())


def reentry_words(rule: Reentry) -> str:
    """Return who may come in again."""
    match rule.policy:
        case "once":
            return gettext("每位客户只进入一次")
        case "after_exit":
            return gettext("结束 {hours} 小时后可再次进入").format(hours=rule.gap_hours)
        case "window":
            words = gettext("{days} 天内最多进入 {count} 次")
            return words.format(days=rule.days, count=rule.count)
        case _:
            return gettext("每个{key}进入一次").format(key=field_words(rule.key))


def step_title(step: Step) -> str:
    """Return what a step is called: its label, or else what it does."""
    return step.label or step_words(step)


def step_words(step: Step) -> str:
    """Return what a step does."""
    match step:
        case Pause() | SlotWait() | TimeWait() | Await():
            return wait_words(step)
        case Contact():
            purpose = value_words("purpose", step.purpose)
            return f"{gettext(LANES[step.lane])}·{purpose}《{step.title}》"
        case Retag():
            signed = [f"+{tag}" for tag in step.add] + [f"−{tag}" for tag in step.remove]
            return gettext("打标签 {tags}").format(tags=" ".join(signed))
        case Notify(to="lead"):
            return gettext("提醒组长《{title}》").format(title=step.title)
        case Notify():
            return gettext("提醒员工《{title}》").format(title=step.title)
        case Leave():
            return gettext("结束：{reason}").format(reason=step.reason)
        case Decide() | Experiment():
            return f"{kind_words(step)}（{'、'.join(arm.label for arm in step.arms)}）"


def wait_words(step: Pause | SlotWait | TimeWait | Await) -> str:
    """Return what a step waits for."""
    match step:
        case Pause(seconds=seconds):
            return gettext("等待 {span}").format(span=span_words(seconds))
        case SlotWait(day=day, slot=slot):
            return gettext("等到第 {day} 天第 {slot} 时段").format(day=day, slot=slot + 1)
        case TimeWait(minute_of_day=minute, weekdays=days):
            time = f"{minute // 60:02d}:{minute % 60:02d}"
            if not days:
                return gettext("等到{time}").format(time=time)
            names = "、".join(gettext(WEEKDAYS[day - 1]) for day in days)
            return gettext("等到{days} {time}").format(days=names, time=time)
        case Await(spec=spec, condition=condition, timeout_seconds=seconds):
            what = spec_words(spec) if spec is not None else condition_words(condition)
            return gettext("等{what}，最多 {span}").format(what=what, span=span_words(seconds))


def span_words(seconds: int) -> str:
    """Return a span of time: 1 天 2 小时."""
    days, seconds = divmod(seconds, DAY_SECONDS)
    hours, seconds = divmod(seconds, HOUR_SECONDS)
    minutes, seconds = divmod(seconds, MINUTE_SECONDS)
    parts = [
        words.format(count=count)
        for count, words in (
            (days, gettext("{count} 天")),
            (hours, gettext("{count} 小时")),
            (minutes, gettext("{count} 分钟")),
            (seconds, gettext("{count} 秒")),
        )
        if count
    ]
    return " ".join(parts) or gettext("{count} 秒").format(count=0)


@lru_cache(maxsize=4_096)
def _leaf_words(test: FieldTest | TagTest | EventTest, _language: str | None) -> str:
    match test:
        case FieldTest(field, op, value):
            return compared(field, op, value)
        case TagTest(tag):
            return gettext("有标签「{tag}」").format(tag=tag)
        case EventTest(spec, count):
            return gettext("{event}至少 {count} 次").format(event=spec_words(spec), count=count)


def _translated(text: str | None) -> str:
    """Return a term in the reader's language; nothing stays nothing."""
    return gettext(text) if text else ""


def _bracketed(condition: Condition) -> str:
    words = condition_words(condition)
    return f"（{words}）" if isinstance(condition, Every | Some) else words
