"""What changed between two programs (版本差异), in words. Pure: reads drafts, faulty or not."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext, gettext_noop

from customers.events import EVENT_TYPES
from sop.program.conditions import BadCondition, parse_condition
from sop.program.parsing import read_entry
from sop.program.setting_words import entry_words, exit_words, goal_words
from sop.program.skeleton import Block, blocks_of, skeleton_fault, walk
from sop.program.titles import raw_title, raw_words
from sop.program.words import condition_words, span_words

UNFINISHED: Final = gettext_noop("（还不完整）")
_WORDS: Final = ""
ADDED: Final = "added"
REMOVED: Final = "removed"
CHANGED: Final = "changed"
MOVED: Final = "moved"
KIND_WORDS: Final[Mapping[str, str]] = {
    ADDED: gettext_noop("新增"),
    REMOVED: gettext_noop("删除"),
    CHANGED: gettext_noop("修改"),
    MOVED: gettext_noop("移动"),
}
# What the words of a step leave out.
_NAMES: Final[Mapping[str, str]] = {
    "label": gettext_noop("名称"),
    "if": gettext_noop("条件"),
    "content": gettext_noop("内容"),
    "body": gettext_noop("内容"),
    "slot": gettext_noop("时段"),
    "valid_minutes": gettext_noop("有效期"),
    "past_due": gettext_noop("过期处理"),
    "already_true": gettext_noop("进入以来已发生的也算"),
}
_PAST_DUE: Final[Mapping[str, str]] = {
    "next": gettext_noop("顺延到下一天"),
    "go": gettext_noop("立即继续"),
}


@dataclass(frozen=True, slots=True)
class Change:
    """One difference (差异).

    Attributes:
        kind: added, removed, changed or moved.
        subject: The step's title, or the setting's name.
        before, after: In words; "" where there was or is nothing.
        step: Key of the step; "" for a setting.
    """

    kind: str
    subject: str
    before: str = ""
    after: str = ""
    step: str = ""

    @property
    def label(self) -> str:
        """What kind of change it is, in words."""
        return gettext(KIND_WORDS[self.kind])


def changes_between(old: Mapping[str, Any] | None, new: Mapping[str, Any]) -> list[Change]:
    """Return what is different in a new program, settings first, then steps as they stand.

    Args:
        old: None where there was none: then every step is new.
    """
    before: Mapping[str, Any] = old or {}
    found = list(_settings(before, new))
    if skeleton_fault(before) or skeleton_fault(new):
        return found
    return found + list(_steps(before, new))


def _settings(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    yield from _setting(gettext("进入条件"), _entry(old), _entry(new))
    yield from _setting(
        gettext("退出条件"), exit_words(old.get("exits")), exit_words(new.get("exits"))
    )
    yield from _setting(gettext("目标"), goal_words(old.get("goals")), goal_words(new.get("goals")))
    yield from _setting(gettext("对照组"), _control(old), _control(new))


def _setting(subject: str, before: str, after: str) -> Iterator[Change]:
    if before != after:
        kind = CHANGED if before and after else ADDED if after else REMOVED
        yield Change(kind, subject, before, after)


def _entry(program: Mapping[str, Any]) -> str:
    if "entry" not in program:
        return ""
    entry = read_entry(program["entry"], event_types=EVENT_TYPES)
    return "；".join(entry_words(entry)) if entry is not None else gettext(UNFINISHED)


def _control(program: Mapping[str, Any]) -> str:
    share = program.get("control_percent", 0)
    return f"{share:g}%" if isinstance(share, int | float) and share else ""


def _steps(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    before = {step["id"]: step for step in walk(old.get("steps") or [])}
    after = {step["id"]: step for step in walk(new.get("steps") or [])}
    moved = _moved(old, new)
    for key, step in after.items():
        title = raw_title(step)
        if key not in before:
            yield Change(ADDED, title, "", raw_words(step), key)
            continue
        was, is_now = _described(before[key]), _described(step)
        if was != is_now:
            yield Change(CHANGED, title, _difference(was, is_now), _difference(is_now, was), key)
        if key in moved:
            yield Change(MOVED, title, "", "", key)
    for key, step in before.items():
        if key not in after:
            yield Change(REMOVED, raw_title(step), raw_words(step), "", key)


def _moved(old: Mapping[str, Any], new: Mapping[str, Any]) -> set[str]:
    """Return the steps that stand in another block, or in another order in the same one."""
    stood, stands = dict(_places(old)), dict(_places(new))
    shared = [key for key in stands if key in stood]
    moved = {key for key in shared if stood[key][0] != stands[key][0]}
    by_block: dict[tuple[str, str], list[str]] = {}
    for key in shared:
        if key not in moved:
            by_block.setdefault(stands[key][0], []).append(key)
    for keys in by_block.values():
        moved |= set(keys) - _longest_rising(keys, {key: stood[key][1] for key in keys})
    return moved


def _places(program: Mapping[str, Any]) -> Iterator[tuple[str, tuple[tuple[str, str], int]]]:
    """Yield each step with its block and its position there."""
    blocks = [Block("", "", program.get("steps") or [])]
    while blocks:
        block = blocks.pop()
        for position, step in enumerate(block.steps):
            yield step["id"], ((block.owner, block.name), position)
            blocks += blocks_of(step)


def _longest_rising(keys: list[str], rank: Mapping[str, int]) -> set[str]:
    """Return the most keys that stand in the order of their ranks: those nobody moved."""
    best: list[list[str]] = []
    for key in keys:
        before = [run for run in best if rank[run[-1]] < rank[key]]
        best.append([*_longest(before), key])
    return set(_longest(best))


def _longest(runs: list[list[str]]) -> list[str]:
    return max(runs, key=_count, default=[])


def _described(step: Mapping[str, Any]) -> dict[str, str]:
    """Return each setting of a step in words, without the steps inside it."""
    told = {_WORDS: raw_words(step) or gettext(UNFINISHED)}
    told |= {
        gettext(label): _value(name, step[name]) for name, label in _NAMES.items() if name in step
    }
    if step.get("type") == "wait":
        told.pop(gettext(_NAMES["slot"]), None)
    for number, arm in enumerate(step.get("arms") or [], start=1):
        told[gettext("分支 {number}").format(number=number)] = _arm(arm)
    return told


def _arm(arm: Mapping[str, Any]) -> str:
    parts = [str(arm.get("label", ""))]
    if arm.get("when"):
        parts.append(_value("if", arm["when"]))
    if "weight" in arm:
        parts.append(gettext("权重 {weight}").format(weight=arm["weight"]))
    return " · ".join(parts)


def _value(name: str, value: Any) -> str:
    match name:
        case "if":
            return _condition(value)
        case "content" if isinstance(value, Mapping):
            return _content(value)
        case "slot" if isinstance(value, int):
            return gettext("第 {slot} 时段").format(slot=value + 1)
        case "valid_minutes" if isinstance(value, int):
            return span_words(value * 60)
        case "past_due":
            return gettext(_PAST_DUE[value]) if value in _PAST_DUE else str(value)
        case "already_true":
            return gettext("是") if value else gettext("否")
        case _:
            return str(value)


def _condition(raw: Any) -> str:
    try:
        return condition_words(parse_condition(raw, event_types=EVENT_TYPES))
    except (BadCondition, AttributeError, KeyError, TypeError, ValueError):
        return gettext(UNFINISHED)


def _content(content: Mapping[str, Any]) -> str:
    texts = [str(content.get("text") or content.get("body") or "")]
    if content.get("material_id"):
        texts.append(gettext("素材 #{material_id}").format(material_id=content["material_id"]))
    return " + ".join(text for text in texts if text)


def _difference(one: Mapping[str, str], other: Mapping[str, str]) -> str:
    """Return the settings of one that the other has not so."""
    parts = [
        value if name == _WORDS else f"{name}：{value}"
        for name, value in one.items()
        if other.get(name) != value and value
    ]
    return "；".join(dict.fromkeys(parts))


def _count(run: list[str]) -> int:
    return len(run)
