"""The skeleton of a program in JSON (程序骨架): its lists of steps, and ways through them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from django.utils.translation import gettext, gettext_noop

from sop.errors import BadEdit
from sop.program.parsing import KEY, MAX_DEPTH, STEP_TYPES

Raw: TypeAlias = dict[str, Any]
# The two ways out of an `await`.
AWAIT_BLOCKS: Final[Mapping[str, str]] = {
    "met": gettext_noop("等到了"),
    "late": gettext_noop("超时"),
}


@dataclass(frozen=True, slots=True)
class Block:
    """One list of steps (步骤块).

    Attributes:
        owner: The step it lies in; "" at the top.
        name: "met", "late" or the number of an arm; "" at the top.
        depth: 0 at the top.
    """

    owner: str
    name: str
    steps: list[Raw]
    depth: int = 0

    @property
    def place(self) -> str:
        """Where a step at its beginning is put."""
        return f"in:{self.owner}:{self.name}" if self.owner else "top"


@dataclass(frozen=True, slots=True)
class Found:
    """A step with where it stands."""

    step: Raw
    block: Block
    position: int


def blocks_of(step: Raw, *, depth: int = 1, make: bool = False) -> list[Block]:
    """Return the lists of steps inside a step.

    Args:
        make: Put missing lists into the step, so that something can be put into them.
    """
    owner = str(step.get("id", ""))
    if step.get("type") == "await":
        return [Block(owner, name, _list(step, name, make=make), depth) for name in AWAIT_BLOCKS]
    if step.get("type") in {"decide", "experiment"}:
        return [
            Block(owner, str(number), _list(arm, "steps", make=make), depth)
            for number, arm in enumerate(step.get("arms") or [])
        ]
    return []


def walk(steps: Sequence[Raw]) -> Iterator[Raw]:
    """Yield every step in reading order, those inside others too."""
    for step in steps:
        yield step
        for block in blocks_of(step):
            yield from walk(block.steps)


def find_step(program: Mapping[str, Any], key: str) -> Found:
    """Return a step with where it stands.

    Raises:
        BadEdit: there is none.
    """
    found = _find(Block("", "", program.get("steps") or []), key)
    if found is None:
        raise BadEdit(gettext("这一步已经不在了，可能刚被删除"))
    return found


def depth_of(program: Mapping[str, Any], key: str) -> int:
    """Return how many branches a step stands in."""
    return find_step(program, key).block.depth


def height_of(step: Raw) -> int:
    """Return how many levels of branches lie inside a step."""
    inner = [height_of(one) for block in blocks_of(step) for one in block.steps]
    return 0 if not blocks_of(step) else 1 + max(inner, default=0)


def skeleton_fault(program: Mapping[str, Any]) -> str:
    """Say what keeps a program from being shown as a tree; "" when nothing does."""
    return _fault(program.get("steps", []), set(), 0)


def _fault(steps: Any, seen: set[str], depth: int) -> str:
    if depth > MAX_DEPTH:
        return gettext("分支嵌套超过 {MAX_DEPTH} 层").format(MAX_DEPTH=MAX_DEPTH)
    if not isinstance(steps, list):
        return gettext("步骤不是列表")
    for step in steps:
        if not isinstance(step, dict):
            return gettext("有一步不是对象")
        fault = _key_fault(step, seen) or _arms_fault(step) or _inner_fault(step, seen, depth)
        if fault:
            return fault
    return ""


def _key_fault(step: Raw, seen: set[str]) -> str:
    key, kind = step.get("id"), step.get("type")
    if not isinstance(key, str) or KEY.fullmatch(key) is None:
        return gettext("有一步没有可用的编号")
    if key in seen:
        return gettext("编号 {key} 重复").format(key=key)
    seen.add(key)
    if not isinstance(kind, str) or kind not in STEP_TYPES:
        return gettext("步骤 {key} 的类型不认识").format(key=key)
    return ""


def _arms_fault(step: Raw) -> str:
    if step["type"] not in {"decide", "experiment"}:
        return ""
    arms = step.get("arms", [])
    if not isinstance(arms, list) or any(not isinstance(arm, dict) for arm in arms):
        return gettext("步骤 {id} 的分支不是列表").format(id=step["id"])
    return ""


def _inner_fault(step: Raw, seen: set[str], depth: int) -> str:
    lists: list[Any] = []
    if step["type"] == "await":
        lists = [step.get(name) for name in AWAIT_BLOCKS]
    elif step["type"] in {"decide", "experiment"}:
        lists = [arm.get("steps") for arm in step.get("arms", [])]
    for inner in lists:
        fault = _fault([] if inner is None else inner, seen, depth + 1)
        if fault:
            return fault
    return ""


def _find(block: Block, key: str) -> Found | None:
    for position, step in enumerate(block.steps):
        if step["id"] == key:
            return Found(step, block, position)
        for inner in blocks_of(step, depth=block.depth + 1):
            found = _find(inner, key)
            if found is not None:
                return found
    return None


def _list(holder: Raw, name: str, *, make: bool) -> list[Raw]:
    steps: list[Raw] | None = holder.get(name)
    if steps is None:
        steps = []
        if make:
            holder[name] = steps
    return steps
