"""Reading a program from JSON (程序解析): everything wrong with it is told at once, in Chinese."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from sop.errors import BadProgram
from sop.program.conditions import (
    BadCondition,
    Condition,
    EventSpec,
    parse_condition,
    parse_event_spec,
)
from sop.program.steps import (
    LANES,
    MAX_STEPS,
    PURPOSES,
    Arm,
    Await,
    Contact,
    Decide,
    Entry,
    ExitRule,
    Experiment,
    Goal,
    Leave,
    Notify,
    Pause,
    Program,
    Reentry,
    Retag,
    SlotWait,
    Step,
    TimeWait,
    Trigger,
    link,
)

KEY: Final = re.compile(r"[a-z0-9_]{1,40}")
CLOCK: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")
MAX_DEPTH: Final = 8
MAX_TEXT: Final = 1_000
MAX_MASS_BYTES: Final = 4_000
UNITS: Final[Mapping[str, int]] = {"days": 86_400, "hours": 3_600, "minutes": 60, "seconds": 1}
Raw = Mapping[str, Any]


class _Fault(ValueError):
    """One thing wrong with one step."""


def parse_program(raw: Raw, *, event_types: Mapping[str, Any]) -> Program:
    """Read a program.

    Args:
        raw: As stored in a version: entry, steps, exits, goals, control_percent.
        event_types: Payload dataclasses by event type; conditions may name nothing else.

    Raises:
        BadProgram: with every problem found, each beginning with its place.
    """
    return _Reader(event_types).program(raw)


class _Reader:
    """Reads one program and collects what is wrong with it."""

    def __init__(self, event_types: Mapping[str, Any]) -> None:
        self._event_types = event_types
        self._problems: list[str] = []
        self._ids: set[str] = set()

    def program(self, raw: Raw) -> Program:
        entry = self._try("进入条件", lambda: self._entry(_mapping(raw.get("entry"))))
        steps = self._steps(raw.get("steps"), "步骤", 0)
        if not steps and not self._problems:
            self._problems.append("步骤:至少要有一步")
        if len(self._ids) > MAX_STEPS:
            self._problems.append(f"步骤:最多 {MAX_STEPS} 步,现在有 {len(self._ids)} 步")
        exits = self._list(raw, "exits", "退出条件", self._exit)
        goals = self._list(raw, "goals", "目标", self._goal)
        control = self._try("对照组", lambda: _percent(raw.get("control_percent", 0)))
        unknown = set(raw) - {"entry", "steps", "exits", "goals", "control_percent", "notes"}
        self._problems += [f"程序:不认识的内容 {name}" for name in sorted(unknown)]
        if self._problems or entry is None or control is None:
            raise BadProgram(self._problems)
        by_id, after = link(steps)
        return Program(entry, steps, exits, goals, control, by_id, after, steps[0].id)

    def _try(self, place: str, read: Callable[[], Any]) -> Any:
        try:
            return read()
        except (BadCondition, _Fault) as error:
            self._problems.append(f"{place}:{error}")
        except KeyError as error:
            self._problems.append(f"{place}:缺少 {error.args[0]}")
        return None

    def _list(self, raw: Raw, key: str, place: str, read: Callable[[Raw], Any]) -> tuple[Any, ...]:
        found = [
            self._try(f"{place} {n}", lambda item=item: read(_mapping(item)))  # type: ignore[misc]
            for n, item in enumerate(raw.get(key) or (), start=1)
        ]
        return tuple(item for item in found if item is not None)

    def _entry(self, raw: Raw) -> Entry:
        _only(raw, {"events", "when", "reentry", "scan_at", "late_hours"})
        triggers = tuple(
            Trigger(self._spec(item), self._condition(item.get("when")))
            for item in (_mapping(event) for event in raw.get("events") or ())
        )
        scan = raw.get("scan_at")
        entry = Entry(
            triggers=triggers,
            condition=self._condition(raw.get("when")),
            reentry=_reentry(_mapping(raw.get("reentry") or {"policy": "once"})),
            scan_minute=None if scan is None else _minute(scan),
            late_hours=_number(raw.get("late_hours", 24), "迟到小时数", 1, 24 * 365),
        )
        if not triggers and entry.scan_minute is None:
            raise _Fault("要有触发行为,或者每日扫描时间")
        if entry.scan_minute is not None and entry.condition is None:
            raise _Fault("每日扫描需要条件,否则所有客户都会进入")
        keyed_field = entry.reentry.key
        for trigger in triggers if entry.reentry.policy == "keyed" else ():
            fields = getattr(self._event_types[trigger.spec.type], "__dataclass_fields__", {})
            if keyed_field not in fields:
                raise _Fault(f"行为 {trigger.spec.type} 没有字段 {keyed_field}")
        return entry

    def _exit(self, raw: Raw) -> ExitRule:
        _only(raw, {"event", "where", "reason"})
        return ExitRule(self._spec(raw), _text(raw["reason"], "原因", 60))

    def _goal(self, raw: Raw) -> Goal:
        _only(raw, {"name", "event", "where", "days"})
        return Goal(
            _text(raw["name"], "名称", 60), self._spec(raw), _number(raw["days"], "天数", 1, 730)
        )

    def _steps(self, raw: Any, place: str, depth: int) -> tuple[Step, ...]:
        if depth > MAX_DEPTH:
            self._problems.append(f"{place}:分支嵌套超过 {MAX_DEPTH} 层")
            return ()
        if not isinstance(raw, list | tuple):
            if raw is not None:
                self._problems.append(f"{place}:必须是列表")
            return ()
        read = [self._step(item, f"{place} {n}", depth) for n, item in enumerate(raw, start=1)]
        return tuple(step for step in read if step is not None)

    def _step(self, raw: Any, place: str, depth: int) -> Step | None:
        found: Step | None = self._try(place, lambda: self._read_step(_mapping(raw), place, depth))
        return found

    def _read_step(self, raw: Raw, place: str, depth: int) -> Step:
        key = raw["id"]
        if not isinstance(key, str) or KEY.fullmatch(key) is None:
            raise _Fault("编号只能用小写字母、数字和下划线")
        if key in self._ids:
            raise _Fault(f"编号 {key} 重复")
        self._ids.add(key)
        kind = raw["type"]
        if kind not in _FIELDS:
            raise _Fault(f"没有叫 {kind} 的步骤")
        _only(raw, {"id", "type", "label", *_FIELDS[kind]})
        label = str(raw.get("label", ""))[:60]
        if kind in {"await", "decide", "experiment"}:
            return self._branch(kind, key, label, raw, place, depth)
        if kind == "wait":
            return _wait(key, label, raw)
        if kind == "exit":
            return Leave(key, _text(raw["reason"], "原因", 60), label)
        return self._action(kind, key, label, raw)

    def _action(self, kind: str, key: str, label: str, raw: Raw) -> Step:
        condition = self._condition(raw.get("if"))
        if kind == "touch":
            return _contact(key, label, raw, condition)
        if kind == "tag":
            step = Retag(key, _names(raw.get("add")), _names(raw.get("remove")), condition, label)
            if not step.add and not step.remove:
                raise _Fault("要写明加什么或去掉什么标签")
            return step
        to = raw.get("to", "owner")
        if to not in {"owner", "lead"}:
            raise _Fault("提醒对象只能是 owner 或 lead")
        title, body = _text(raw["title"], "标题", 36), _text(raw.get("body", ""), "内容", 300, 0)
        return Notify(key, title, body, to, condition, label)

    def _branch(self, kind: str, key: str, label: str, raw: Raw, place: str, depth: int) -> Step:
        if kind == "await":
            spec = self._spec(raw) if "event" in raw else None
            condition = self._condition(raw.get("when"))
            if (spec is None) == (condition is None):
                raise _Fault("要么等行为,要么等条件")
            return Await(
                key,
                spec,
                condition,
                _seconds(_mapping(raw["timeout"])),
                bool(raw.get("already_true", True)),
                self._steps(raw.get("met"), f"{place} 达成", depth + 1),
                self._steps(raw.get("late"), f"{place} 超时", depth + 1),
                label,
            )
        arms = tuple(
            self._arm(_mapping(arm), n, place, depth)
            for n, arm in enumerate(raw.get("arms") or (), start=1)
        )
        if not arms or (kind == "experiment" and len(arms) < 2):
            raise _Fault("分支太少")
        if len({arm.label for arm in arms}) < len(arms):
            raise _Fault("分支名称重复")
        if kind == "experiment":
            return Experiment(key, arms, label)
        if any(arm.condition is None for arm in arms[:-1]):
            raise _Fault("只有最后一个分支可以没有条件")
        return Decide(key, arms, label)

    def _arm(self, raw: Raw, n: int, place: str, depth: int) -> Arm:
        _only(raw, {"label", "when", "weight", "steps"})
        return Arm(
            label=_text(raw.get("label", f"分支{n}"), "分支名称", 40),
            steps=self._steps(raw.get("steps"), f"{place} 分支{n}", depth + 1),
            condition=self._condition(raw.get("when")),
            weight=_number(raw.get("weight", 1), "权重", 1, 10_000),
        )

    def _spec(self, raw: Raw) -> EventSpec:
        if not isinstance(raw.get("event"), str):
            raise _Fault("缺少行为类型")
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
_CONTENT: Final[Mapping[str, frozenset[str]]] = {
    "M": frozenset({"text", "material_id"}),
    "T": frozenset({"body", "facts", "material_id"}),
}


def _wait(key: str, label: str, raw: Raw) -> Step:
    given = [name for name in ("for", "day", "time") if name in raw]
    if len(given) != 1:
        raise _Fault("等待要写明一种方式:for、day 或 time")
    if given == ["for"]:
        return Pause(key, _seconds(_mapping(raw["for"])), label)
    if given == ["time"]:
        days = tuple(raw.get("weekdays") or ())
        if any(type(day) is not int or not 1 <= day <= 7 for day in days):
            raise _Fault("星期要写 1 到 7")
        return TimeWait(key, _minute(raw["time"]), days, label)
    past_due = raw.get("past_due", "next")
    if past_due not in {"next", "go"}:
        raise _Fault("过期处理只能是 next 或 go")
    day = _number(raw["day"], "第几天", 0, 730)
    return SlotWait(key, day, _number(raw["slot"], "时段", 0, 9), past_due, label)


def _contact(key: str, label: str, raw: Raw, condition: Condition | None) -> Step:
    lane, purpose = raw["lane"], raw["purpose"]
    if lane not in LANES:
        raise _Fault("通道只能是 M(企业群发)或 T(员工任务)")
    if purpose not in PURPOSES:
        raise _Fault(f"目的只能是 {'、'.join(PURPOSES)}")
    content = _content(_mapping(raw["content"]), lane)
    minutes = raw.get("valid_minutes")
    return Contact(
        id=key,
        lane=lane,
        purpose=purpose,
        title=_text(raw["title"], "标题", 36),
        content=dict(content),
        condition=condition,
        slot=None if raw.get("slot") is None else _number(raw["slot"], "时段", 0, 9),
        valid_minutes=None if minutes is None else _number(minutes, "有效分钟", 10, 14 * 1_440),
        label=label,
    )


def _content(content: Raw, lane: str) -> Raw:
    unknown = set(content) - _CONTENT[lane]
    if unknown:
        raise _Fault(f"内容里有不认识的 {'、'.join(sorted(unknown))}")
    text = content.get("text" if lane == "M" else "body", "")
    if lane == "T":
        _text(text, "话术", MAX_TEXT)
        return content
    if not text and not content.get("material_id"):
        raise _Fault("群发要有文字或素材")
    if "{" in text:
        raise _Fault("群发对所有客户是同一段文字,不能用变量;要因人而异请用 T 通道")
    if len(text.encode()) > MAX_MASS_BYTES:
        raise _Fault(f"群发文字超过 {MAX_MASS_BYTES} 字节")
    return content


def _reentry(raw: Raw) -> Reentry:
    policy = raw.get("policy")
    fields: Mapping[Any, set[str]] = {
        "once": set(),
        "after_exit": {"gap_hours"},
        "window": {"count", "days"},
        "keyed": {"key"},
    }
    if policy not in fields:
        raise _Fault("再次进入只能是 once、after_exit、window 或 keyed")
    _only(raw, {"policy", *fields[policy]})
    for name in fields[policy] - {"key"}:
        _number(raw[name], name, 0 if name == "gap_hours" else 1, 24 * 730)
    if policy == "keyed":
        _text(raw["key"], "key", 40)
    return Reentry(**raw)


def _mapping(raw: Any) -> Raw:
    if not isinstance(raw, Mapping):
        raise _Fault("必须是一个对象")
    return raw


def _only(raw: Raw, allowed: set[str]) -> None:
    unknown = set(raw) - allowed
    if unknown:
        raise _Fault(f"不认识的内容 {'、'.join(sorted(map(str, unknown)))}")


def _text(raw: Any, name: str, most: int, least: int = 1) -> str:
    if not isinstance(raw, str) or not least <= len(raw) <= most:
        raise _Fault(f"{name}要有 {least} 到 {most} 个字")
    return raw


def _number(raw: Any, name: str, least: int, most: int) -> int:
    if type(raw) is not int or not least <= raw <= most:
        raise _Fault(f"{name}要在 {least} 和 {most} 之间")
    return raw


def _percent(raw: Any) -> float:
    if isinstance(raw, bool) or not isinstance(raw, int | float) or not 0 <= raw <= 50:
        raise _Fault("比例要在 0 和 50 之间")
    return float(raw)


def _names(raw: Any) -> tuple[str, ...]:
    names = tuple(raw or ())
    if any(not isinstance(name, str) or not name for name in names):
        raise _Fault("标签名不能为空")
    return names


def _seconds(raw: Raw) -> int:
    _only(raw, set(UNITS))
    total = sum(_number(raw[unit], unit, 0, 365 * 86_400) * UNITS[unit] for unit in raw)
    if not 0 < total <= 730 * 86_400:
        raise _Fault("时长要在 1 秒和 730 天之间")
    return total


def _minute(raw: Any) -> int:
    match = CLOCK.fullmatch(str(raw))
    if match is None:
        raise _Fault("时刻要写成 HH:MM")
    return int(match[1]) * 60 + int(match[2])
