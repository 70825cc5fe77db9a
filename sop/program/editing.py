"""Editing a draft (编辑草稿): each operation takes a program as JSON and returns another. Pure.

A draft may be faulty, but its skeleton is always sound: lists of steps with keys of their own, so
every operation can be undone by going back to the JSON before it, which is never changed in place.
"""

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from django.utils.translation import gettext, gettext_noop

from sop.errors import BadEdit
from sop.program.parsing import KEY, MAX_DEPTH
from sop.program.skeleton import (
    Block,
    Raw,
    blocks_of,
    depth_of,
    find_step,
    height_of,
    skeleton_fault,
    walk,
)
from sop.program.starting import NEW_STEPS
from sop.program.steps import MAX_STEPS
from sop.program.titles import raw_title

NewKey: TypeAlias = Callable[[str], str]
TOP: Final = "top"
SETTINGS: Final[Mapping[str, str]] = {
    "entry": gettext_noop("进入条件"),
    "exits": gettext_noop("退出条件"),
    "goals": gettext_noop("目标"),
    "control_percent": gettext_noop("对照组"),
}
_ARM_FIELDS: Final = ("label", "when", "weight")


@dataclass(frozen=True, slots=True)
class Insert:
    """Put a new step of a kind at a place (添加)."""

    kind: str
    place: str


@dataclass(frozen=True, slots=True)
class Remove:
    """Take a step away, with all inside it (删除)."""

    step: str


@dataclass(frozen=True, slots=True)
class Move:
    """Move a step up (-1) or down (+1) among its neighbors (上移、下移)."""

    step: str
    delta: int


@dataclass(frozen=True, slots=True)
class Relocate:
    """Move a step to another place (移动到)."""

    step: str
    place: str


@dataclass(frozen=True, slots=True)
class Clone:
    """Copy a step with all inside it, right behind it (复制)."""

    step: str


@dataclass(frozen=True, slots=True)
class ArmChange:
    """One arm as it is to be: `origin` is the arm whose steps it keeps, None for a new one."""

    origin: int | None
    fields: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Update:
    """Give a step other settings (修改); its key, type and the steps inside it stay.

    Attributes:
        fields: All settings; what is not among them is gone.
        arms: For branches, all arms in their new order.
    """

    step: str
    fields: Mapping[str, Any]
    arms: Sequence[ArmChange] | None = None


@dataclass(frozen=True, slots=True)
class Configure:
    """Change one of the settings of the whole journey (设置)."""

    part: str
    value: Any


@dataclass(frozen=True, slots=True)
class Replace:
    """Take another program altogether (替换草稿), such as an older version."""

    program: Mapping[str, Any]
    summary: str


_Change: TypeAlias = Insert | Remove | Move | Relocate | Clone | Update | Configure
Operation: TypeAlias = _Change | Replace


@dataclass(frozen=True, slots=True)
class Edited:
    """What an operation made of a program.

    Attributes:
        summary: What was done, for people.
        focus: The step to look at next; "" for the head of the journey.
    """

    program: dict[str, Any]
    summary: str
    focus: str = ""


def apply(program: Mapping[str, Any], operation: Operation, *, new_key: NewKey) -> Edited:
    """Apply one operation; the program given is left as it is.

    Args:
        new_key: Makes a key that no step of this journey has ever had, from the step's type.

    Raises:
        BadEdit: it cannot be done, with the reason for people.
    """
    if isinstance(operation, Replace):
        return Edited(copy.deepcopy(dict(operation.program)), operation.summary)
    fault = skeleton_fault(program)
    if fault:
        raise BadEdit(gettext("草稿结构有误，不能在这里编辑：{fault}").format(fault=fault))
    draft: Raw = copy.deepcopy(dict(program))
    draft.setdefault("steps", [])
    return _apply(draft, operation, new_key)


def places_for(program: Mapping[str, Any], step: str) -> Iterator[tuple[str, str]]:
    """Yield every place a step may be moved to, with the key of the step it would follow."""
    own = {one["id"] for one in walk([find_step(program, step).step])}
    height = height_of(find_step(program, step).step)
    for block in _all_blocks(program):
        if block.owner in own or block.depth + height > MAX_DEPTH:
            continue
        keys = ["", *(one["id"] for one in block.steps)]
        for position, key in enumerate(keys):
            if step in keys[position : position + 2]:
                continue
            yield (f"after:{key}" if key else block.place), key


def _apply(draft: Raw, operation: _Change, new_key: NewKey) -> Edited:
    match operation:
        case Insert():
            return _insert(draft, operation, new_key)
        case Clone():
            return _clone(draft, operation, new_key)
        case Remove():
            return _remove(draft, operation)
        case Move():
            return _move(draft, operation)
        case Relocate():
            return _relocate(draft, operation)
        case Update():
            return _update(draft, operation)
        case _:
            return _configure(draft, operation)


def _insert(draft: Raw, wanted: Insert, new_key: NewKey) -> Edited:
    if wanted.kind not in NEW_STEPS:
        raise BadEdit(gettext("没有这种步骤"))
    step = {"id": "", **copy.deepcopy(NEW_STEPS[wanted.kind])}
    step["id"] = _fresh(draft, step["type"], new_key)
    _put(draft, step, wanted.place)
    return Edited(draft, gettext("添加「{title}」").format(title=raw_title(step)), step["id"])


def _remove(draft: Raw, wanted: Remove) -> Edited:
    found = find_step(draft, wanted.step)
    block = found.block.steps
    del block[found.position]
    neighbor = block[min(found.position, len(block) - 1)]["id"] if block else ""
    return Edited(
        draft,
        gettext("删除「{title}」").format(title=raw_title(found.step)),
        neighbor or found.block.owner,
    )


def _move(draft: Raw, wanted: Move) -> Edited:
    found = find_step(draft, wanted.step)
    block, position = found.block.steps, found.position + wanted.delta
    if not 0 <= position < len(block):
        raise BadEdit(gettext("已经在最上面了") if wanted.delta < 0 else gettext("已经在最下面了"))
    block.insert(position, block.pop(found.position))
    verb = gettext("上移") if wanted.delta < 0 else gettext("下移")
    return Edited(draft, f"{verb}「{raw_title(found.step)}」", wanted.step)


def _relocate(draft: Raw, wanted: Relocate) -> Edited:
    found = find_step(draft, wanted.step)
    if wanted.place not in {allowed for allowed, _ in places_for(draft, wanted.step)}:
        raise BadEdit(gettext("不能移动到这里"))
    # The place is looked up while the step still stands: "after" may name its neighbor.
    target, position = _resolve(draft, wanted.place)
    if target is found.block.steps and position > found.position:
        position -= 1
    del found.block.steps[found.position]
    target.insert(position, found.step)
    return Edited(
        draft, gettext("移动「{title}」").format(title=raw_title(found.step)), wanted.step
    )


def _clone(draft: Raw, wanted: Clone, new_key: NewKey) -> Edited:
    found = find_step(draft, wanted.step)
    twin = copy.deepcopy(found.step)
    taken = {step["id"] for step in walk(draft["steps"])}
    for step in walk([twin]):
        step["id"] = _unique(taken, str(step.get("type", "")), new_key)
        taken.add(step["id"])
    found.block.steps.insert(found.position + 1, twin)
    _check_size(draft)
    return Edited(draft, gettext("复制「{title}」").format(title=raw_title(found.step)), twin["id"])


def _update(draft: Raw, wanted: Update) -> Edited:
    step = find_step(draft, wanted.step).step
    kept = {name: step[name] for name in ("id", "type", "met", "late", "arms") if name in step}
    settled = {name: value for name, value in wanted.fields.items() if name not in kept}
    step.clear()
    step.update(kept | copy.deepcopy(settled))
    if wanted.arms is not None:
        before = step.get("arms") or []
        step["arms"] = [_arm(change, before) for change in wanted.arms]
    return Edited(draft, gettext("修改「{title}」").format(title=raw_title(step)), wanted.step)


def _arm(change: ArmChange, before: Sequence[Raw]) -> Raw:
    if change.origin is not None and not 0 <= change.origin < len(before):
        raise BadEdit(gettext("分支已经变了，请重新打开这一步"))
    steps = [] if change.origin is None else before[change.origin].get("steps") or []
    fields = {name: change.fields[name] for name in _ARM_FIELDS if name in change.fields}
    return {**copy.deepcopy(fields), "steps": steps}


def _configure(draft: Raw, wanted: Configure) -> Edited:
    if wanted.part not in SETTINGS:
        raise BadEdit(gettext("没有这项设置"))
    draft[wanted.part] = copy.deepcopy(wanted.value)
    return Edited(draft, gettext("修改{part}").format(part=gettext(SETTINGS[wanted.part])))


def _put(draft: Raw, step: Raw, place: str) -> None:
    block, position = _resolve(draft, place)
    block.insert(position, step)
    _check_size(draft)
    if depth_of(draft, step["id"]) + height_of(step) > MAX_DEPTH:
        raise BadEdit(gettext("分支最多嵌套 {MAX_DEPTH} 层").format(MAX_DEPTH=MAX_DEPTH))


def _resolve(draft: Raw, place: str) -> tuple[list[Raw], int]:
    """Return the list a place lies in, and where in it."""
    if place == TOP:
        return draft["steps"], 0
    verb, _, rest = place.partition(":")
    if verb == "after":
        found = find_step(draft, rest)
        return found.block.steps, found.position + 1
    if verb == "in":
        key, _, name = rest.partition(":")
        for block in blocks_of(find_step(draft, key).step, make=True):
            if block.name == name:
                return block.steps, 0
    raise BadEdit(gettext("没有这个位置"))


def _all_blocks(program: Mapping[str, Any]) -> Iterator[Block]:
    top = Block("", "", program.get("steps") or [], 0)
    yield top
    yield from _inner_blocks(top.steps, 1)


def _inner_blocks(steps: Sequence[Raw], depth: int) -> Iterator[Block]:
    for step in steps:
        for block in blocks_of(step, depth=depth):
            yield block
            yield from _inner_blocks(block.steps, depth + 1)


def _check_size(draft: Raw) -> None:
    count = sum(1 for _ in walk(draft["steps"]))
    if count > MAX_STEPS:
        raise BadEdit(
            gettext("最多 {MAX_STEPS} 步，现在会有 {count} 步").format(
                MAX_STEPS=MAX_STEPS, count=count
            )
        )


def _fresh(draft: Raw, kind: str, new_key: NewKey) -> str:
    return _unique({step["id"] for step in walk(draft["steps"])}, kind, new_key)


def _unique(taken: set[str], kind: str, new_key: NewKey) -> str:
    while True:
        key = new_key(kind)
        if key not in taken and KEY.fullmatch(key):
            return key
