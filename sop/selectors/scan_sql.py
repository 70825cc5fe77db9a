"""A condition as SQL (条件 → SQL), for choosing whom a scan looks at.

What it lets through is a superset: event conditions are left to the decision itself, which runs on
the facts of everybody who was let through.
"""

from typing import Any, Final, TypeAlias

from sop.program.conditions import (
    DAYS_SINCE,
    Condition,
    EventTest,
    Every,
    FieldTest,
    Negation,
    Some,
    TagTest,
    parts_of,
)

Fragment: TypeAlias = tuple[str, list[Any]]
EVERYBODY: Final = "true"
_HAS_TAG: Final = """EXISTS (
    SELECT 1 FROM customers_identity tagged
      JOIN customers_tagassignment assignment ON assignment.identity_id = tagged.id
      JOIN customers_tag tag ON tag.id = assignment.tag_id
     WHERE tagged.customer_id = profile.customer_id AND tag.name = %s)"""
_DAYS: Final = "floor(extract(epoch FROM %s::timestamptz - profile.{column}) / 86400)"


def prefilter(condition: Condition | None, *, now: Any) -> Fragment:
    """Return SQL over `profile` that holds for everybody for whom the condition holds.

    Args:
        now: Business time.

    Returns:
        The SQL text with its parameters in order; every name in it is ours.
    """
    match condition:
        case None | EventTest():
            return EVERYBODY, []
        case Every(parts):
            return _joined(" AND ", parts, now)
        case Some(parts):
            return _joined(" OR ", parts, now)
        case Negation(part):
            if any(isinstance(inner, EventTest) for inner in parts_of(part)):
                return EVERYBODY, []
            text, params = prefilter(part, now=now)
            # What is not known does not hold, so its negation does.
            return f"NOT coalesce({text}, false)", params
        case TagTest(tag):
            return _HAS_TAG, [tag]
        case FieldTest():
            return _field(condition, now)


def _joined(word: str, parts: tuple[Condition, ...], now: Any) -> Fragment:
    fragments = [prefilter(part, now=now) for part in parts]
    text = word.join(f"({text})" for text, _ in fragments)
    return text, [value for _, params in fragments for value in params]


def _field(test: FieldTest, now: Any) -> Fragment:
    column, params = f"profile.{test.field}", []
    if test.field in DAYS_SINCE:
        column, params = _DAYS.format(column=DAYS_SINCE[test.field]), [now]
    if test.op == "in":
        return f"{column} = ANY(%s)", [*params, list(test.value)]
    if test.op == "!=":
        return f"{column} IS DISTINCT FROM %s", [*params, test.value]
    return f"{column} {test.op} %s", [*params, test.value]
