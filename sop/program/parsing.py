"""Reading a program from JSON (程序解析): everything wrong with it is told at once, in Chinese."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from django.utils.translation import gettext

from sop.errors import BadProgram, Problem
from sop.program.conditions import (
    BadCondition,
    Condition,
    EventSpec,
    parse_condition,
    parse_event_spec,
)
from sop.program.fields import (
    MAX_TITLE,
    Fault,
    Raw,
    as_mapping,
    only,
    read_contact,
    read_minute,
    read_names,
    read_number,
    read_percent,
    read_reentry,
    read_seconds,
    read_text,
    read_wait,
)
from sop.program.steps import (
    MAX_STEPS,
    Arm,
    Await,
    Decide,
    Entry,
    ExitRule,
    Experiment,
    Goal,
    Leave,
    Notify,
    Program,
    Retag,
    Step,
    Trigger,
    link,
)

KEY: Final = re.compile(r"[a-z0-9_]{1,40}")
MAX_DEPTH: Final = 8


def parse_program(raw: Raw, *, event_types: Mapping[str, Any]) -> Program:
    """Read a program.

    Args:
        raw: As stored in a version: entry, steps, exits, goals, control_percent.
        event_types: Payload dataclasses by event type; conditions may name nothing else.

    Raises:
        BadProgram: with every problem found, each beginning with its place.
    """
    return _Reader(event_types).program(raw)


def read_step(raw: Raw, *, event_types: Mapping[str, Any]) -> Step | None:
    """Read one step by itself, without what lies inside it; None when it is faulty."""
    bare = {name: value for name, value in raw.items() if name not in {"met", "late", "arms"}}
    if "arms" in raw:
        bare["arms"] = [{**arm, "steps": []} for arm in raw["arms"]]
    return _Reader(event_types).step(bare)


def read_entry(raw: Raw, *, event_types: Mapping[str, Any]) -> Entry | None:
    """Read who comes in, by itself; None when that is faulty."""
    return _Reader(event_types).entry(raw)


class _Reader:
    """Reads one program and collects what is wrong with it."""

    def __init__(self, event_types: Mapping[str, Any]) -> None:
        self._event_types = event_types
        self._problems: list[Problem] = []
        self._ids: set[str] = set()

    def program(self, raw: Raw) -> Program:
        entry = self.entry(raw.get("entry"))
        steps = self._steps(raw.get("steps"), gettext("步骤"), 0)
        if not steps and not self._problems:
            self._tell(gettext("步骤"), gettext("至少要有一步"))
        if len(self._ids) > MAX_STEPS:
            self._tell(
                gettext("步骤"),
                gettext("最多 {MAX_STEPS} 步,现在有 {count} 步").format(
                    MAX_STEPS=MAX_STEPS, count=len(self._ids)
                ),
            )
        exits = self._list(raw, "exits", gettext("退出条件"), self._exit)
        goals = self._list(raw, "goals", gettext("目标"), self._goal)
        share = raw.get("control_percent", 0)
        control = self._try(gettext("对照组"), lambda: read_percent(share), "control_percent")
        unknown = set(raw) - {"entry", "steps", "exits", "goals", "control_percent", "notes"}
        for name in sorted(unknown):
            self._tell(gettext("程序"), gettext("不认识的内容 {name}").format(name=name))
        if self._problems or entry is None or control is None:
            raise BadProgram(self._problems)
        by_id, after = link(steps)
        return Program(entry, steps, exits, goals, control, by_id, after, steps[0].id)

    def step(self, raw: Raw) -> Step | None:
        found = self._step(raw, gettext("步骤"), 0)
        return None if self._problems else found

    def entry(self, raw: Any) -> Entry | None:
        found: Entry | None = self._try(
            gettext("进入条件"), lambda: self._entry(as_mapping(raw)), "entry"
        )
        return found

    def _tell(self, place: str, reason: str, anchor: str = "") -> None:
        self._problems.append(Problem(place, reason, anchor))

    def _try(self, place: str, read: Callable[[], Any], anchor: str = "") -> Any:
        try:
            return read()
        except (BadCondition, Fault) as error:
            self._tell(place, str(error), anchor)
        except KeyError as error:
            self._tell(place, gettext("缺少 {name}").format(name=error.args[0]), anchor)
        except (AttributeError, TypeError, ValueError, RecursionError):
            self._tell(place, gettext("格式不对"), anchor)
        return None

    def _list(self, raw: Raw, key: str, place: str, read: Callable[[Raw], Any]) -> tuple[Any, ...]:
        items = raw.get(key) or ()
        if not isinstance(items, list | tuple):
            self._tell(place, gettext("必须是列表"), key)
            return ()
        found = [
            self._try(f"{place} {n}", lambda item=item: read(as_mapping(item)), key)  # type: ignore[misc]
            for n, item in enumerate(items, start=1)
        ]
        return tuple(item for item in found if item is not None)

    def _entry(self, raw: Raw) -> Entry:
        only(raw, {"events", "when", "reentry", "scan_at", "late_hours"})
        triggers = tuple(
            Trigger(self._spec(item), self._condition(item.get("when")))
            for item in (as_mapping(event) for event in raw.get("events") or ())
        )
        scan = raw.get("scan_at")
        entry = Entry(
            triggers=triggers,
            condition=self._condition(raw.get("when")),
            reentry=read_reentry(as_mapping(raw.get("reentry") or {"policy": "once"})),
            scan_minute=None if scan is None else read_minute(scan),
            late_hours=read_number(raw.get("late_hours", 24), gettext("迟到小时数"), 1, 24 * 365),
        )
        if not triggers and entry.scan_minute is None:
            raise Fault(gettext("要有触发行为,或者每日扫描时间"))
        if entry.scan_minute is not None and entry.condition is None:
            raise Fault(gettext("每日扫描需要条件,否则所有客户都会进入"))
        keyed_field = entry.reentry.key
        for trigger in triggers if entry.reentry.policy == "keyed" else ():
            fields = getattr(self._event_types[trigger.spec.type], "__dataclass_fields__", {})
            if keyed_field not in fields:
                raise Fault(
                    gettext("行为 {type} 没有字段 {keyed_field}").format(
                        type=trigger.spec.type, keyed_field=keyed_field
                    )
                )
        return entry

    def _exit(self, raw: Raw) -> ExitRule:
        only(raw, {"event", "where", "reason"})
        return ExitRule(self._spec(raw), read_text(raw["reason"], gettext("原因"), 60))

    def _goal(self, raw: Raw) -> Goal:
        only(raw, {"name", "event", "where", "days"})
        return Goal(
            read_text(raw["name"], gettext("名称"), 60),
            self._spec(raw),
            read_number(raw["days"], gettext("天数"), 1, 730),
        )

    def _steps(self, raw: Any, place: str, depth: int) -> tuple[Step, ...]:
        if depth > MAX_DEPTH:
            self._tell(place, gettext("分支嵌套超过 {MAX_DEPTH} 层").format(MAX_DEPTH=MAX_DEPTH))
            return ()
        if not isinstance(raw, list | tuple):
            if raw is not None:
                self._tell(place, gettext("必须是列表"))
            return ()
        read = [self._step(item, f"{place} {n}", depth) for n, item in enumerate(raw, start=1)]
        return tuple(step for step in read if step is not None)

    def _step(self, raw: Any, place: str, depth: int) -> Step | None:
        key = raw.get("id") if isinstance(raw, Mapping) else ""
        anchor = key if isinstance(key, str) else ""
        found: Step | None = self._try(
            place, lambda: self._read_step(as_mapping(raw), place, depth), anchor
        )
        return found

    def _read_step(self, raw: Raw, place: str, depth: int) -> Step:
        key = raw["id"]
        if not isinstance(key, str) or KEY.fullmatch(key) is None:
            raise Fault(gettext("编号只能用小写字母、数字和下划线"))
        if key in self._ids:
            raise Fault(gettext("编号 {key} 重复").format(key=key))
        self._ids.add(key)
        kind = raw["type"]
        if kind not in _FIELDS:
            raise Fault(gettext("没有叫 {kind} 的步骤").format(kind=kind))
        only(raw, {"id", "type", "label", *_FIELDS[kind]})
        label = str(raw.get("label", ""))[:60]
        if kind in {"await", "decide", "experiment"}:
            return self._branch(kind, key, label, raw, place, depth)
        if kind == "wait":
            return read_wait(key, label, raw)
        if kind == "exit":
            return Leave(key, read_text(raw["reason"], gettext("原因"), 60), label)
        return self._action(kind, key, label, raw)

    def _action(self, kind: str, key: str, label: str, raw: Raw) -> Step:
        condition = self._condition(raw.get("if"))
        if kind == "touch":
            return read_contact(key, label, raw, condition)
        if kind == "tag":
            added, removed = read_names(raw.get("add")), read_names(raw.get("remove"))
            step = Retag(key, added, removed, condition, label)
            if not step.add and not step.remove:
                raise Fault(gettext("要写明加什么或去掉什么标签"))
            return step
        to = raw.get("to", "owner")
        if to not in {"owner", "lead"}:
            raise Fault(gettext("提醒对象只能是 owner 或 lead"))
        title = read_text(raw["title"], gettext("标题"), MAX_TITLE)
        body = read_text(raw.get("body", ""), gettext("内容"), 300, 0)
        return Notify(key, title, body, to, condition, label)

    def _branch(self, kind: str, key: str, label: str, raw: Raw, place: str, depth: int) -> Step:
        if kind == "await":
            spec = self._spec(raw) if "event" in raw else None
            condition = self._condition(raw.get("when"))
            if (spec is None) == (condition is None):
                raise Fault(gettext("要么等行为,要么等条件"))
            return Await(
                key,
                spec,
                condition,
                read_seconds(as_mapping(raw["timeout"])),
                bool(raw.get("already_true", True)),
                self._steps(raw.get("met"), gettext("{place} 达成").format(place=place), depth + 1),
                self._steps(
                    raw.get("late"), gettext("{place} 超时").format(place=place), depth + 1
                ),
                label,
            )
        arms = tuple(
            self._arm(as_mapping(arm), n, place, depth)
            for n, arm in enumerate(raw.get("arms") or (), start=1)
        )
        if not arms or (kind == "experiment" and len(arms) < 2):
            raise Fault(gettext("分支太少"))
        if len({arm.label for arm in arms}) < len(arms):
            raise Fault(gettext("分支名称重复"))
        if kind == "experiment":
            return Experiment(key, arms, label)
        if any(arm.condition is None for arm in arms[:-1]):
            raise Fault(gettext("只有最后一个分支可以没有条件"))
        return Decide(key, arms, label)

    def _arm(self, raw: Raw, n: int, place: str, depth: int) -> Arm:
        only(raw, {"label", "when", "weight", "steps"})
        return Arm(
            label=read_text(
                raw.get("label", gettext("分支{n}").format(n=n)), gettext("分支名称"), 40
            ),
            steps=self._steps(
                raw.get("steps"), gettext("{place} 分支{n}").format(place=place, n=n), depth + 1
            ),
            condition=self._condition(raw.get("when")),
            weight=read_number(raw.get("weight", 1), gettext("权重"), 1, 10_000),
        )

    def _spec(self, raw: Raw) -> EventSpec:
        if not isinstance(raw.get("event"), str):
            raise Fault(gettext("缺少行为类型"))
        return parse_event_spec(raw, event_types=self._event_types)

    def _condition(self, raw: Any) -> Condition | None:
        return parse_condition(raw, event_types=self._event_types)


_FIELDS: Final[Mapping[str, frozenset[str]]] = {
    "wait": frozenset({"for", "day", "slot", "time", "weekdays", "past_due"}),
    "await": frozenset({"event", "where", "when", "timeout", "already_true", "met", "late"}),
    "decide": frozenset({"arms"}),
    "experiment": frozenset({"arms"}),
    "touch": frozenset({"lane", "purpose", "title", "content", "if", "slot", "valid_minutes"}),
    "tag": frozenset({"add", "remove", "if"}),
    "notify": frozenset({"title", "body", "to", "if"}),
    "exit": frozenset({"reason"}),
}
STEP_TYPES: Final = frozenset(_FIELDS)
