"""The condition builder (条件编辑器): posted rows become a condition, or are shown changed.

Works without scripts: every button is a submit whose `act` says what to do with which row.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.http import QueryDict
from django.utils.translation import gettext as _

from scrm.console.journeys.rows import GROUP, JOINS, TAG, Row, event_rows, options, rows_of
from scrm.console.journeys.values import BadValue, Choices, options_of, read_value, text_of
from sop.program.vocabulary import EVENT_FACTS, PROFILE_FACTS, Fact, ValueKind

MAX_ROWS: Final = 60
MAX_SPAN: Final = 9_999
NEW_FIELD: Final = "field:order_count"
NEW_EVENT: Final = "event:link_opened"
_UNITS: Final[Mapping[str, str]] = {"days": "d", "hours": "h"}


@dataclass(frozen=True, slots=True)
class RowView:
    """A row as the template shows it, with the names of its controls."""

    row: Row
    index: int
    prefix: str
    operators: Sequence[tuple[str, str]]
    options: Sequence[tuple[str, str]]
    facts: Sequence[tuple[str, str]]
    is_root: bool

    @property
    def names(self) -> dict[str, str]:
        """Names of the controls, which are their ids as well."""
        parts = ("depth", "what", "mode", "not", "op", "value", "count", "since", "span")
        return {part: f"{self.prefix}-{self.index}-{part}" for part in parts}

    @property
    def kind(self) -> str:
        """How the value is written."""
        return "tag" if self.row.kind == TAG else self.row.fact.kind if self.row.fact else "text"


class Builder:
    """Edits one condition, or one event with its limits (`is_event`)."""

    def __init__(
        self,
        prefix: str,
        rows: Sequence[Row],
        choices: Choices,
        *,
        is_event: bool = False,
        has_entry: bool = True,
    ) -> None:
        self.prefix, self.rows, self.choices = prefix, list(rows), choices
        self.is_event, self.has_entry = is_event, has_entry
        if is_event and not self.rows:
            self.rows = [Row(0, NEW_EVENT)]
        if not is_event and (not self.rows or self.rows[0].kind != GROUP):
            for row in self.rows:
                row.depth += 1
            self.rows.insert(0, Row(0, GROUP))

    @classmethod
    def of_condition(cls, prefix: str, raw: Any, choices: Choices, **over: bool) -> "Builder":
        """Edit a stored condition."""
        return cls(prefix, list(rows_of(raw)), choices, **over)

    @classmethod
    def of_event(cls, prefix: str, raw: Any, choices: Choices) -> "Builder":
        """Edit which events count."""
        rows = list(event_rows(raw)) if isinstance(raw, Mapping) and raw.get("event") else []
        return cls(prefix, rows, choices, is_event=True)

    @classmethod
    def posted(cls, prefix: str, data: QueryDict, choices: Choices, **over: bool) -> "Builder":
        """Edit what was posted."""
        indexes = data.getlist(f"{prefix}-rows")[:MAX_ROWS]
        rows: list[Row] = []
        for index in indexes:
            rows.append(_posted_row(f"{prefix}-{index}", data, rows))
        return cls(prefix, rows, choices, **over)

    def act(self, verb: str, index: int, what: str = "") -> None:
        """Change the rows as a button asks; one that is not there is left alone."""
        if not 0 <= index < len(self.rows):
            return
        if verb == "remove":
            del self.rows[index : self._end(index)]
            if not self.rows:
                self.rows = [Row(0, NEW_EVENT) if self.is_event else Row(0, GROUP)]
        elif verb == "add" and len(self.rows) < MAX_ROWS:
            self.rows.insert(self._end(index), self._new_row(index, what))

    def settle(self) -> None:
        """Drop what no longer fits: another fact has other operators and values."""
        for row in self.rows:
            fact = row.fact
            if fact is None:
                continue
            if row.op not in {*fact.operators, "in"}:
                row.op = next(iter(fact.operators))
            if fact.kind in {ValueKind.CHOICE, ValueKind.FLAG}:
                known = {value for value, _label in options_of(fact, self.choices)}
                row.values = [value for value in row.values if value in known]
                row.value = row.value if row.value in known else ""

    def compile(self) -> Any:
        """Return the condition as it is stored; None for none. Errors stand at their rows."""
        raw, _next = self._compile(0)
        return raw

    @property
    def has_errors(self) -> bool:
        """Whether some row could not be read."""
        return any(row.error for row in self.rows)

    @property
    def views(self) -> list[RowView]:
        """The rows for the template."""
        return [self._view(index, row) for index, row in enumerate(self.rows)]

    @property
    def field_facts(self) -> list[tuple[str, str]]:
        """What a condition may speak of, of the profile."""
        return [(f"field:{fact.name}", fact.label) for fact in PROFILE_FACTS.values()]

    @property
    def event_facts(self) -> list[tuple[str, str]]:
        """The events that it may count."""
        return [(f"event:{event.type}", event.label) for event in EVENT_FACTS.values()]

    def _new_row(self, index: int, what: str) -> Row:
        parent = self.rows[index]
        depth = parent.depth + 1
        if what == "where":
            event = EVENT_FACTS.get(parent.name)
            taken = {row.name for row in self.rows[index + 1 : self._end(index)]}
            names = [f.name for f in event.fields.values() if not f.is_technical] if event else []
            free = [name for name in names if name not in taken] or names or ["title"]
            return Row(depth, f"where:{free[0]}", event=parent.name, is_new=True)
        kinds = {"group": GROUP, "tag": TAG, "event": NEW_EVENT}
        return Row(depth, kinds.get(what, NEW_FIELD), is_new=True)

    def _end(self, index: int) -> int:
        """Return where what is in a row ends."""
        end = index + 1
        while end < len(self.rows) and self.rows[end].depth > self.rows[index].depth:
            end += 1
        return end

    def _compile(self, index: int) -> tuple[Any, int]:
        row = self.rows[index]
        inner: list[Any] = []
        at, end = index + 1, self._end(index)
        if row.kind == "event":
            return self._compile_event(row, self.rows[at:end]), end
        while at < end:
            part, at = self._compile(at)
            if part is not None:
                inner.append(part)
        if row.kind == GROUP:
            return _joined(row, inner), end
        return _leaf(row), end

    def _compile_event(self, row: Row, limits: Sequence[Row]) -> Any:
        raw: dict[str, Any] = {"event": row.name}
        where = {limit.name: _limit(limit) for limit in limits if limit.kind == "where"}
        if row.name not in EVENT_FACTS:
            row.error = _("请选择行为")
        if where:
            raw["where"] = where
        if self.is_event:
            return raw
        if row.since != "ever":
            raw["since"] = "entry" if row.since == "entry" else _span(row)
        raw["count"] = _number(row, row.count)
        return {"not": raw} if row.is_negated else raw

    def _view(self, index: int, row: Row) -> RowView:
        event = EVENT_FACTS.get(row.event)
        facts = [
            (f"where:{fact.name}", fact.label)
            for fact in (event.fields.values() if event else ())
            if not fact.is_technical or fact.name == row.name
        ]
        operators = list(row.fact.operators.items()) if row.fact else []
        if row.fact and row.op == "in" and "in" not in row.fact.operators:
            operators.append(("in", _("是其中之一")))
        return RowView(
            row, index, self.prefix, operators, options(row, self.choices), facts, index == 0
        )


def _posted_row(name: str, data: QueryDict, before: Sequence[Row]) -> Row:
    depth = data.get(f"{name}-depth", "0")
    what = text_of(data, f"{name}-what", 80)
    row = Row(
        depth=min(int(depth), 12) if depth.isdecimal() else 0,
        what=what or GROUP,
        mode=text_of(data, f"{name}-mode", 12) or "all",
        is_negated=data.get(f"{name}-not") == "1",
        op=text_of(data, f"{name}-op", 8),
        value=text_of(data, f"{name}-value"),
        values=[text[:200] for text in data.getlist(f"{name}-value")],
        count=text_of(data, f"{name}-count", 6) or "1",
        since=text_of(data, f"{name}-since", 8) or "ever",
        span=text_of(data, f"{name}-span", 6),
    )
    if row.kind == "where":
        holder = next((one for one in reversed(before) if one.depth < row.depth), None)
        row.event = holder.name if holder is not None else ""
    return row


def _joined(row: Row, parts: list[Any]) -> Any:
    join, is_negated = JOINS.get(row.mode, ("all", False))
    if not parts:
        return None
    raw = parts[0] if len(parts) == 1 else {join: parts}
    return {"not": raw} if is_negated else raw


def _leaf(row: Row) -> Any:
    raw: dict[str, Any] = {"tag": row.value}
    if row.kind == TAG:
        if not row.value:
            row.error = _("请选择标签")
    elif row.fact is None:
        row.error = _("请选择条件")
    else:
        op = row.op if row.op in {*row.fact.operators, "in"} else next(iter(row.fact.operators))
        raw = {"field": row.name, "op": op, "value": _value(row, row.fact, op)}
    return {"not": raw} if row.is_negated else raw


def _limit(row: Row) -> Any:
    if row.fact is None:
        row.error = _("请选择要限定的内容")
        return None
    op = row.op if row.op in {*row.fact.operators, "in"} else next(iter(row.fact.operators))
    value = _value(row, row.fact, op)
    return value if op in {"=", "in"} else {op: value}


def _value(row: Row, fact: Fact, op: str) -> Any:
    is_listed = fact.kind in {ValueKind.CHOICE, ValueKind.MATERIAL}
    try:
        return read_value(fact, op, row.value, row.values if is_listed else [])
    except BadValue as error:
        row.error = str(error)
        return None


def _number(row: Row, text: str, most: int = MAX_SPAN) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= most:
        row.error = _("请填 1 到 {most} 的整数").format(most=most)
        return 1
    return int(text)


def _span(row: Row) -> str:
    return f"{_number(row, row.span)}{_UNITS.get(row.since, 'd')}"
