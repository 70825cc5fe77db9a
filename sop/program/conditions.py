"""Conditions (条件): a typed tree over profile, tags and events, evaluated on facts.

    {"all": [...]}, {"any": [...]}, {"not": {...}}
    {"field": "order_count", "op": ">=", "value": 1}
    {"tag": "猫"}
    {"event": "link_opened", "where": {"purpose": "promotion"}, "since": "entry", "count": 2}

An event condition counts what happened `since` the run's entry, in the last "7d" or "24h", or ever.
"""

import operator
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, TypeAlias

from django.utils.translation import gettext

# Fields of the profile, with the type of their values; moments are compared as days passed.
FIELDS: Final[Mapping[str, type]] = {
    "stage": str,
    "relation": str,
    "purchase": str,
    "membership_level": int,
    "is_advocate": bool,
    "event_count": int,
    "open_count": int,
    "complete_count": int,
    "read_seconds": int,
    "message_count": int,
    "order_count": int,
    "order_amount_fen": int,
    "group_count": int,
}
DAYS_SINCE: Final[Mapping[str, str]] = {
    "days_since_first_add": "first_added_at",
    "days_since_last_add": "last_added_at",
    "days_since_last_open": "last_open_at",
    "days_since_first_order": "first_order_at",
    "days_since_last_order": "last_order_at",
    "days_since_active": "last_active_at",
}
_ORDERED: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}
_SINCE: Final = re.compile(r"(\d{1,4})([dh])")
DAY_SECONDS: Final = 86_400


class BadCondition(ValueError):
    """A condition that says nothing we know; the message is for people."""


@dataclass(frozen=True, slots=True)
class EventSpec:
    """Which events count: their type, what their payload must hold, and since when.

    Attributes:
        where: Pairs of (payload field, (operator, value)), sorted.
        since_seconds: Length of the window; None = ever, 0 = since the run's entry.
    """

    type: str
    where: tuple[tuple[str, tuple[str, Any]], ...] = ()
    since_seconds: int | None = None

    def matches(self, event_type: str, payload: Mapping[str, Any]) -> bool:
        """Whether an event is of this kind, whenever it happened."""
        return event_type == self.type and all(
            _holds(payload.get(name), op, value) for name, (op, value) in self.where
        )


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one customer at one moment, as far as a program asks.

    Attributes:
        profile: Columns of the profile by name; moments are aware.
        tags: Names of the tags they carry.
        counts: How many events of each kind that the program counts.
        owner: (identity, staff) to touch them through; None when nobody is their friend.
        has_unknown_touch: The fate of a touch of this run is unknown.
        arms: Arms that this customer has by place: "control" or an experiment's step.
    """

    uid: str
    profile: Mapping[str, Any]
    tags: frozenset[str] = frozenset()
    counts: Mapping[EventSpec, int] | None = None
    owner: tuple[int, int] | None = None
    has_unknown_touch: bool = False
    arms: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Every:
    """All of them hold."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Some:
    """At least one of them holds."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Negation:
    """It does not hold."""

    part: "Condition"


@dataclass(frozen=True, slots=True)
class FieldTest:
    """A field of the profile compares so with a value."""

    field: str
    op: str
    value: Any


@dataclass(frozen=True, slots=True)
class TagTest:
    """They carry a tag of this name."""

    tag: str


@dataclass(frozen=True, slots=True)
class EventTest:
    """That many events of a kind, at least."""

    spec: EventSpec
    count: int


Condition: TypeAlias = Every | Some | Negation | FieldTest | TagTest | EventTest


def evaluate(condition: Condition | None, facts: Facts, now: datetime) -> bool:
    """Say whether a condition holds; None always does."""
    match condition:
        case None:
            return True
        case Every(parts):
            return all(evaluate(part, facts, now) for part in parts)
        case Some(parts):
            return any(evaluate(part, facts, now) for part in parts)
        case Negation(part):
            return not evaluate(part, facts, now)
        case FieldTest(field, op, value):
            return _holds(field_value(field, facts, now), op, value)
        case TagTest(tag):
            return tag in facts.tags
        case EventTest(spec, count):
            return (facts.counts or {}).get(spec, 0) >= count


def field_value(name: str, facts: Facts, now: datetime) -> Any:
    """Return what a field of the profile is now; moments as whole days passed."""
    column = DAYS_SINCE.get(name)
    if column is None:
        return facts.profile.get(name)
    moment = facts.profile.get(column)
    return None if moment is None else (now - moment) // timedelta(days=1)


def parts_of(condition: Condition | None) -> Iterator[Condition]:
    """Yield a condition and everything inside it."""
    if condition is None:
        return
    yield condition
    if isinstance(condition, Every | Some):
        for part in condition.parts:
            yield from parts_of(part)
    elif isinstance(condition, Negation):
        yield from parts_of(condition.part)


def parse_condition(raw: Any, *, event_types: Mapping[str, Any]) -> Condition | None:
    """Read a condition; nothing given is None.

    Raises:
        BadCondition: it is not of the language, with the reason in Chinese.
    """
    if raw is None or raw == {}:
        return None
    if not isinstance(raw, Mapping):
        raise BadCondition(gettext("条件必须是一个对象"))
    for key, read in _READERS.items():
        if key in raw:
            return read(raw, event_types)
    raise BadCondition(gettext("不认识的条件:{names}").format(names="、".join(map(str, raw))))


def parse_event_spec(raw: Mapping[str, Any], *, event_types: Mapping[str, Any]) -> EventSpec:
    """Read {"event": type, "where": {...}, "since": ...}.

    Raises:
        BadCondition: no such event type, or a field that it does not have.
    """
    event_type = raw["event"]
    if event_type not in event_types:
        raise BadCondition(gettext("没有叫 {event_type} 的行为").format(event_type=event_type))
    known = set(getattr(event_types[event_type], "__dataclass_fields__", {}))
    where: list[tuple[str, tuple[str, Any]]] = []
    for name, wanted in sorted(dict(raw.get("where") or {}).items()):
        if name not in known:
            raise BadCondition(
                gettext("行为 {event_type} 没有字段 {name}").format(
                    event_type=event_type, name=name
                )
            )
        where.append((name, _wanted(wanted)))
    return EventSpec(event_type, tuple(where), _since(raw.get("since")))


def _parts(
    raw: Mapping[str, Any], key: str, event_types: Mapping[str, Any]
) -> tuple[Condition, ...]:
    _only(raw, {key})
    parts = [parse_condition(part, event_types=event_types) for part in raw[key] or ()]
    if not parts or None in parts:
        raise BadCondition(gettext("组合条件里有空条件"))
    return tuple(part for part in parts if part is not None)


def _negation(raw: Mapping[str, Any], event_types: Mapping[str, Any]) -> Negation:
    _only(raw, {"not"})
    part = parse_condition(raw["not"], event_types=event_types)
    if part is None:
        raise BadCondition(gettext("“非”里没有条件"))
    return Negation(part)


def _tag_test(raw: Mapping[str, Any], _event_types: Mapping[str, Any]) -> TagTest:
    _only(raw, {"tag"})
    if not isinstance(raw["tag"], str) or not raw["tag"]:
        raise BadCondition(gettext("标签名不能为空"))
    return TagTest(raw["tag"])


def _field_test(raw: Mapping[str, Any], _event_types: Mapping[str, Any]) -> FieldTest:
    _only(raw, {"field", "op", "value"})
    field, op, value = raw["field"], raw.get("op", "="), raw.get("value")
    kind = int if field in DAYS_SINCE else FIELDS.get(field)
    if kind is None:
        raise BadCondition(gettext("画像没有字段 {field}").format(field=field))
    allowed = {"=", "!=", "in"} if kind in {str, bool} else {"=", "!=", "in", *_ORDERED}
    if op not in allowed:
        raise BadCondition(gettext("字段 {field} 不能用 {op} 比较").format(field=field, op=op))
    values = value if op == "in" and isinstance(value, list | tuple) else [value]
    if not values or any(type(item) is not kind for item in values):
        raise BadCondition(gettext("字段 {field} 的值类型不对").format(field=field))
    return FieldTest(field, op, tuple(values) if op == "in" else value)


def _event_test(raw: Mapping[str, Any], event_types: Mapping[str, Any]) -> EventTest:
    _only(raw, {"event", "where", "since", "count"})
    count = raw.get("count", 1)
    if type(count) is not int or count < 1:
        raise BadCondition(gettext("行为次数至少是 1"))
    return EventTest(parse_event_spec(raw, event_types=event_types), count)


def _since(raw: Any) -> int | None:
    if raw is None:
        return None
    if raw == "entry":
        return 0
    match = _SINCE.fullmatch(str(raw))
    if match is None or int(match[1]) == 0:
        raise BadCondition(gettext('时间范围要写成 "entry"、"7d" 或 "24h"'))
    return int(match[1]) * (DAY_SECONDS if match[2] == "d" else 3_600)


def _wanted(raw: Any) -> tuple[str, Any]:
    """Read what a payload field must be: a value, a list of values, or {operator: value}."""
    if isinstance(raw, list):
        return "in", tuple(raw)
    if isinstance(raw, Mapping):
        if len(raw) != 1 or next(iter(raw)) not in {*_ORDERED, "!="}:
            raise BadCondition(gettext("字段条件要写成 {比较符: 值}"))
        return next(iter(raw.items()))
    return "=", raw


def _only(raw: Mapping[str, Any], allowed: set[str]) -> None:
    unknown = set(raw) - allowed
    if unknown:
        raise BadCondition(
            gettext("条件里有不认识的内容:{names}").format(
                names="、".join(sorted(map(str, unknown)))
            )
        )


def _holds(actual: Any, op: str, value: Any) -> bool:
    if op == "=":
        return bool(actual == value)
    if op == "!=":
        return bool(actual != value)
    if op == "in":
        return actual in value
    return actual is not None and _ORDERED[op](actual, value)


_READERS: Final[Mapping[str, Callable[[Mapping[str, Any], Mapping[str, Any]], Condition]]] = {
    "all": lambda raw, types: Every(_parts(raw, "all", types)),
    "any": lambda raw, types: Some(_parts(raw, "any", types)),
    "not": _negation,
    "field": _field_test,
    "tag": _tag_test,
    "event": _event_test,
}
