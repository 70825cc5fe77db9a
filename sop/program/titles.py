"""What steps of a draft are called (步骤名称), also while they are not yet whole. Pure."""

from collections.abc import Mapping
from typing import Any, Final

from django.utils.translation import gettext, gettext_noop

from customers.events import EVENT_TYPES
from sop.program.parsing import read_step
from sop.program.skeleton import AWAIT_BLOCKS, find_step
from sop.program.words import step_title, step_words

# What people choose from: a wait has three ways and a touch two lanes.
KIND_TERMS: Final[Mapping[str, str]] = {
    "mass": gettext_noop("企业群发"),
    "task": gettext_noop("员工任务"),
    "pause": gettext_noop("等待一段时间"),
    "slot": gettext_noop("等到时段"),
    "time": gettext_noop("等到时刻"),
    "await": gettext_noop("等待条件"),
    "decide": gettext_noop("判断"),
    "experiment": gettext_noop("实验"),
    "tag": gettext_noop("打标签"),
    "notify": gettext_noop("内部提醒"),
    "exit": gettext_noop("结束"),
}


def kind_title(kind: str) -> str:
    """Return what a kind of step is called."""
    term = KIND_TERMS.get(kind)
    return gettext(term) if term else gettext("步骤")


def kind_of(raw: Mapping[str, Any]) -> str:
    """Return what kind of step people see in a step of a draft."""
    kind = str(raw.get("type", ""))
    if kind == "touch":
        return "task" if raw.get("lane") == "T" else "mass"
    if kind == "wait":
        return "slot" if "day" in raw else "time" if "time" in raw else "pause"
    return kind


def raw_title(raw: Mapping[str, Any]) -> str:
    """Return what a step is called; one that is not whole yet by its kind."""
    label = raw.get("label")
    if isinstance(label, str) and label:
        return label[:60]
    step = read_step(raw, event_types=EVENT_TYPES)
    return step_title(step) if step is not None else kind_title(kind_of(raw))


def raw_words(raw: Mapping[str, Any]) -> str:
    """Return what a step does; "" for one that is not whole yet."""
    step = read_step(raw, event_types=EVENT_TYPES)
    return step_words(step) if step is not None else ""


def place_words(program: Mapping[str, Any], place: str) -> str:
    """Return where a place of a program is, for people."""
    verb, _, rest = place.partition(":")
    if verb == "after":
        return gettext("「{title}」之后").format(title=raw_title(find_step(program, rest).step))
    if verb == "in":
        key, _, name = rest.partition(":")
        step = find_step(program, key).step
        arms = step.get("arms") or []
        label = arms[int(name)].get("label", "") if arms else gettext(AWAIT_BLOCKS[name])
        return gettext("「{title}」的「{label}」分支里").format(title=raw_title(step), label=label)
    return gettext("最前面")
