"""The tree as it is shown (旅程树): nodes with words, problems, counts; arms with their nodes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.events import EVENT_TYPES
from sop.errors import Problem
from sop.program.conditions import BadCondition, parse_condition
from sop.program.parsing import read_entry
from sop.program.setting_words import entry_words
from sop.program.skeleton import Block, blocks_of
from sop.program.titles import kind_of, kind_title, raw_title, raw_words
from sop.program.words import condition_words, span_words
from sop.selectors.figures import Flow, StepFlow
from sop.selectors.journeys import StepCount

Raw = Mapping[str, Any]
# Kind of step: icon and tone of its sign.
LOOKS: Final[Mapping[str, tuple[str, str]]] = {
    "mass": ("send", "brand"),
    "task": ("clipboard-check", "cyan"),
    "pause": ("timer", "warn"),
    "slot": ("calendar-clock", "warn"),
    "time": ("alarm-clock", "warn"),
    "await": ("hourglass", "warn"),
    "decide": ("git-branch", "violet"),
    "experiment": ("split", "violet"),
    "tag": ("tag", "ok"),
    "notify": ("bell-ring", "bad"),
    "exit": ("circle-stop", ""),
}
HINTS: Final[Mapping[str, Any]] = {
    "mass": gettext_lazy("所有客户同一段文字，员工一键发送"),
    "task": gettext_lazy("员工逐个联系，可以因人而异"),
    "pause": gettext_lazy("几天、几小时或几分钟"),
    "slot": gettext_lazy("进入后第几天的发送时段"),
    "time": gettext_lazy("一天中的时刻，可限星期"),
    "await": gettext_lazy("等行为或条件，到时间为止"),
    "decide": gettext_lazy("按条件走不同的分支"),
    "experiment": gettext_lazy("随机分组，比较效果"),
    "tag": gettext_lazy("加上或去掉标签"),
    "notify": gettext_lazy("告诉员工或组长"),
    "exit": gettext_lazy("旅程到这里为止"),
}


@dataclass(frozen=True, slots=True)
class Counts:
    """How many are at a step, and how many went through it."""

    standing: int = 0
    parked: int = 0
    passed: int = 0


@dataclass(frozen=True, slots=True)
class Arm:
    """One way of a branch.

    Attributes:
        key: Names it in the page, also after a change: for folding it away.
        place: Where a first step is put.
        is_rest: Nobody drew it: who fits nowhere else goes on.
        is_end: Whoever goes this way does not come back.
    """

    key: str
    label: str
    words: str = ""
    place: str = ""
    nodes: tuple["Node", ...] = ()
    taken: int | None = None
    is_rest: bool = False
    is_end: bool = False

    @property
    def size(self) -> int:
        """How many steps it holds."""
        return sum(1 + sum(arm.size for arm in node.arms) for node in self.nodes)


@dataclass(frozen=True, slots=True)
class Node:
    """One step of the tree."""

    key: str
    kind: str
    title: str
    words: str
    problems: tuple[str, ...]
    counts: Counts
    arms: tuple[Arm, ...] = ()

    @property
    def icon(self) -> str:
        """Its icon."""
        return LOOKS[self.kind][0]

    @property
    def tone(self) -> str:
        """The tone of its sign."""
        return LOOKS[self.kind][1]

    @property
    def kind_label(self) -> str:
        """What kind of step it is."""
        return kind_title(self.kind)

    @property
    def after(self) -> str:
        """Where a step behind it is put."""
        return f"after:{self.key}"

    @property
    def is_end(self) -> bool:
        """Whether nobody goes on behind it."""
        return self.kind == "exit" or (bool(self.arms) and all(arm.is_end for arm in self.arms))


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting of the whole journey, as a button."""

    part: str
    label: str
    words: str
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Tree:
    """A whole journey as it is shown."""

    entry: Setting
    entry_lines: tuple[str, ...]
    entered: Counts
    settings: tuple[Setting, ...]
    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Sources:
    """What a tree is told beside its program."""

    problems: Mapping[str, Sequence[str]] = field(default_factory=dict)
    counts: Mapping[str, StepCount] = field(default_factory=dict)
    flow: Flow | None = None
    slots: Sequence[str] = ()

    def of(self, key: str) -> Counts:
        """Return the counts of a step."""
        count, flow = self.counts.get(key), self.step(key)
        return Counts(
            standing=count.active if count else 0,
            parked=count.parked if count else 0,
            passed=flow.passed if flow else 0,
        )

    def step(self, key: str) -> StepFlow | None:
        """Return how a step went."""
        return self.flow.steps.get(key) if self.flow else None


def by_anchor(problems: Sequence[Problem]) -> dict[str, list[str]]:
    """Return problems by where they are mended."""
    found: dict[str, list[str]] = {}
    for problem in problems:
        found.setdefault(problem.anchor, []).append(problem.reason)
    return found


def tree_of(program: Raw, sources: Sources) -> Tree:
    """Return a program, whose skeleton is sound, as a tree."""
    entry = read_entry(program.get("entry", {}), event_types=EVENT_TYPES)
    lines = tuple(entry_words(entry)) if entry is not None else (_("还没有设置完整"),)
    entered = sources.of("")
    started = Counts(entered.standing, entered.parked, sources.flow.entered if sources.flow else 0)
    return Tree(
        entry=Setting("entry", _("进入条件"), lines[0], tuple(sources.problems.get("entry", ()))),
        entry_lines=lines,
        entered=started,
        settings=tuple(_settings(program, sources)),
        nodes=_nodes(Block("", "", list(program.get("steps") or [])), sources),
    )


def _settings(program: Raw, sources: Sources) -> list[Setting]:
    def setting(part: str, label: str, words: str) -> Setting:
        return Setting(part, label, words, tuple(sources.problems.get(part, ())))

    share = program.get("control_percent", 0)
    is_shared = isinstance(share, int | float) and share > 0
    goals, exits = _mappings(program.get("goals")), _mappings(program.get("exits"))
    goal_words = "、".join(_("{name} {days} 天").format(**_named(goal)) for goal in goals)
    exit_words = "、".join(str(one.get("reason", "")) for one in exits)
    return [
        setting("goals", _("目标"), goal_words or _("没有")),
        setting("exits", _("退出条件"), exit_words or _("没有")),
        setting("control_percent", _("对照组"), f"{share:g}%" if is_shared else _("没有")),
    ]


def _named(goal: Raw) -> dict[str, Any]:
    return {"name": goal.get("name", ""), "days": goal.get("days", "?")}


def _mappings(raw: Any) -> list[Raw]:
    return [one for one in raw if isinstance(one, Mapping)] if isinstance(raw, list) else []


def _nodes(block: Block, sources: Sources) -> tuple[Node, ...]:
    return tuple(_node(step, sources) for step in block.steps)


def _node(step: dict[str, Any], sources: Sources) -> Node:
    key, kind = step["id"], kind_of(step)
    words = raw_words(step)
    title = raw_title(step)
    return Node(
        key=key,
        kind=kind,
        title=title,
        words=_detail(step, kind, title, _slot_words(step, sources.slots) or words),
        problems=tuple(sources.problems.get(key, ())),
        counts=sources.of(key),
        arms=tuple(_arms(step, kind, sources)),
    )


def _slot_words(step: Raw, slots: Sequence[str]) -> str:
    """Return what a wait for a slot waits for, with the time of day."""
    day, slot = step.get("day"), step.get("slot")
    if step.get("type") != "wait" or not isinstance(day, int) or not isinstance(slot, int):
        return ""
    if not 0 <= slot < len(slots):
        return ""
    return _("进入后第 {day} 天 {slot}").format(day=day, slot=slots[slot])


def _detail(step: Raw, kind: str, title: str, words: str) -> str:
    """Return the second line: what is not said by the title."""
    parts: list[str] = []
    if kind in {"mass", "task"}:
        content = step["content"] if isinstance(step.get("content"), Mapping) else {}
        parts = [str(content.get("text") or content.get("body") or "").strip()]
        if step.get("label"):
            parts.insert(0, words)
    elif kind == "notify":
        parts = [str(step.get("body") or "")]
    elif words != title:
        parts = [words]
    if step.get("if"):
        parts.insert(0, _("仅当 {condition}").format(condition=condition_told(step["if"])))
    return " · ".join(part for part in parts if part) or kind_title(kind)


def _arms(step: dict[str, Any], kind: str, sources: Sources) -> list[Arm]:
    blocks = blocks_of(step)
    flow = sources.step(step["id"])
    if kind == "await":
        met, late = (flow.outcomes.get(way, 0) if flow else None for way in ("met", "timeout"))
        return [
            _arm(step, blocks[0], _("等到了"), "", met, sources),
            _arm(step, blocks[1], _timeout(step), "", late, sources),
        ]
    raw_arms = step.get("arms") or []
    total = sum(_weight(arm) for arm in raw_arms) or 1
    arms = []
    for raw, block in zip(raw_arms, blocks, strict=True):
        label = str(raw.get("label", ""))
        if kind == "experiment":
            label, words = f"{label} {_weight(raw) * 100 / total:.0f}%", ""
        else:
            words = condition_told(raw.get("when")) if raw.get("when") else _("其余客户")
        taken = flow.arms.get(str(raw.get("label", "")), 0) if flow else None
        arms.append(_arm(step, block, label, words, taken, sources))
    if kind == "decide" and (not raw_arms or raw_arms[-1].get("when")):
        taken = flow.arms.get("", 0) if flow else None
        arms.append(Arm(f"{step['id']}:rest", _("都不成立"), taken=taken, is_rest=True))
    return arms


def _arm(
    step: Raw, block: Block, label: str, words: str, taken: int | None, sources: Sources
) -> Arm:
    nodes = _nodes(block, sources)
    return Arm(
        key=f"{step['id']}:{block.name}",
        label=label,
        words=words,
        place=block.place,
        nodes=nodes,
        taken=taken,
        is_end=bool(nodes) and any(node.is_end for node in nodes),
    )


def _timeout(step: Raw) -> str:
    raw = step.get("timeout")
    sizes = {"days": 86_400, "hours": 3_600, "minutes": 60, "seconds": 1}
    seconds = 0
    for unit, value in raw.items() if isinstance(raw, Mapping) else ():
        seconds += value * sizes[unit] if unit in sizes and isinstance(value, int) else 0
    return _("超时（{span}）").format(span=span_words(seconds))


def _weight(arm: Raw) -> int:
    weight = arm.get("weight", 1)
    return weight if isinstance(weight, int) and weight > 0 else 1


def condition_told(raw: Any) -> str:
    """Return a stored condition as one sentence, whole or not."""
    try:
        return condition_words(parse_condition(raw, event_types=EVENT_TYPES))
    except (BadCondition, AttributeError, KeyError, TypeError, ValueError):
        return _("条件还不完整")
