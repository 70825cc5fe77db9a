"""Rows of the condition builder (条件行): a tree of conditions, flat in reading order.

A condition is edited as rows with a depth: a group holds the rows below it, an event the limits on
its payload. Rows come from a stored condition or from a posted form, and go back to either.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from scrm.console.journeys.values import Choices, options_of, written, written_list
from sop.program.vocabulary import EVENT_FACTS, PROFILE_FACTS, Fact, ValueKind

GROUP: Final = "group"
TAG: Final = "tag"
# Negations stand in the word that joins: not(any) is "none of them".
MODES: Final[Mapping[tuple[str, bool], str]] = {
    ("all", False): "all",
    ("any", False): "any",
    ("any", True): "none",
    ("all", True): "not_all",
}
JOINS: Final = {mode: join for join, mode in MODES.items()}


@dataclass(slots=True)
class Row:
    """One row.

    Attributes:
        what: group · field:NAME · tag · event:TYPE · where:NAME.
        event: Of a `where` row, the type whose payload it limits.
    """

    depth: int
    what: str
    mode: str = "all"
    is_negated: bool = False
    op: str = ""
    value: str = ""
    values: list[str] = field(default_factory=list)
    count: str = "1"
    since: str = "ever"
    span: str = ""
    event: str = ""
    error: str = ""
    is_new: bool = False

    @property
    def kind(self) -> str:
        """What kind of row it is."""
        return self.what.partition(":")[0]

    @property
    def name(self) -> str:
        """The field or the type it speaks of."""
        return self.what.partition(":")[2]

    @property
    def fact(self) -> Fact | None:
        """What is compared, where something is."""
        if self.kind == "field":
            return PROFILE_FACTS.get(self.name)
        event = EVENT_FACTS.get(self.event)
        return event.fields.get(self.name) if self.kind == "where" and event else None


def rows_of(raw: Any, depth: int = 0, *, is_negated: bool = False) -> Iterator[Row]:
    """Yield the rows of a stored condition, groups before what is in them."""
    if not isinstance(raw, Mapping) or not raw:
        return
    if "not" in raw:
        yield from rows_of(raw["not"], depth, is_negated=not is_negated)
        return
    for join in ("all", "any"):
        if join in raw:
            yield Row(depth, GROUP, MODES[join, is_negated])
            for part in raw[join] if isinstance(raw[join], list) else ():
                yield from rows_of(part, depth + 1)
            return
    yield from _leaf(raw, depth, is_negated)


def event_rows(raw: Any, depth: int = 0, *, is_negated: bool = False) -> Iterator[Row]:
    """Yield the row of an event with the limits on its payload."""
    event = str(raw.get("event", ""))
    since, span = _since(raw.get("since"))
    yield Row(
        depth,
        f"event:{event}",
        is_negated=is_negated,
        count=str(raw.get("count", 1)),
        since=since,
        span=span,
    )
    where = raw.get("where")
    for name, wanted in where.items() if isinstance(where, Mapping) else ():
        op, value = _wanted(wanted)
        row = Row(depth + 1, f"where:{name}", op=op, event=event)
        yield _filled(row, value)


def options(row: Row, choices: Choices) -> list[tuple[str, str]]:
    """Return what the value of a row is chosen from, with a value that is gone already."""
    if row.kind == TAG:
        known = [(name, name) for _group, names in choices.tags for name in names]
        return known if row.value in choices.tag_names else [(row.value, row.value), *known]
    if row.fact is None:
        return []
    found = options_of(row.fact, choices)
    known_values = {value for value, _label in found}
    gone = [value for value in (row.value, *row.values) if value and value not in known_values]
    is_open = row.fact.kind in {ValueKind.MATERIAL, ValueKind.CHOICE}
    return found + [(value, f"#{value}") for value in dict.fromkeys(gone) if is_open]


def _leaf(raw: Mapping[str, Any], depth: int, is_negated: bool) -> Iterator[Row]:
    if "tag" in raw:
        yield Row(depth, TAG, is_negated=is_negated, value=str(raw["tag"]))
    elif "event" in raw:
        yield from event_rows(raw, depth, is_negated=is_negated)
    elif "field" in raw:
        row = Row(depth, f"field:{raw['field']}", is_negated=is_negated, op=str(raw.get("op", "=")))
        yield _filled(row, raw.get("value"))


def _filled(row: Row, value: Any) -> Row:
    if row.fact is None:
        row.value = str(value)
    elif row.op == "in":
        row.values = written_list(row.fact, value)
        row.value = ",".join(row.values)
    else:
        row.value = written(row.fact, value)
    return row


def _wanted(raw: Any) -> tuple[str, Any]:
    if isinstance(raw, list):
        return "in", raw
    if isinstance(raw, Mapping) and len(raw) == 1:
        op, value = next(iter(raw.items()))
        return str(op), value
    return "=", raw


def _since(raw: Any) -> tuple[str, str]:
    if raw is None:
        return "ever", ""
    text = str(raw)
    if text == "entry":
        return "entry", ""
    return ("hours" if text.endswith("h") else "days"), text[:-1]
