"""Why a condition holds or not (条件说明): each part with its actual value. Pure."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.utils.translation import gettext

from sop.program.conditions import (
    Condition,
    EventTest,
    Every,
    Facts,
    FieldTest,
    Negation,
    Some,
    TagTest,
    evaluate,
    field_value,
)
from sop.program.words import leaf_words, value_words

# What is kept of a reason in the step log.
MAX_REASON_CHARACTERS: Final = 120


@dataclass(frozen=True, slots=True)
class Finding:
    """One part of a condition as it was found; parts inside follow it, one deeper.

    Attributes:
        actual: The value that was compared; "" for a part that only joins others.
    """

    depth: int
    text: str
    is_met: bool
    actual: str = ""


def examine(condition: Condition | None, facts: Facts, now: datetime) -> tuple[Finding, ...]:
    """Return every part of a condition with whether it holds; no condition, no part."""
    return () if condition is None else tuple(_parts(condition, facts, now, 0))


def because(condition: Condition | None, facts: Facts, now: datetime) -> str:
    """Say in one line what decided a condition, with the values of this moment."""
    if condition is None:
        return gettext("无条件")
    text = _deciding(condition, facts, now)
    return text if len(text) <= MAX_REASON_CHARACTERS else f"{text[: MAX_REASON_CHARACTERS - 1]}…"


def actual_value(test: FieldTest | TagTest | EventTest, facts: Facts, now: datetime) -> str:
    """Return the value that a test compares, as people read it."""
    match test:
        case FieldTest(field, _, _):
            return value_words(field, field_value(field, facts, now))
        case TagTest(tag):
            return gettext("有") if tag in facts.tags else gettext("没有")
        case EventTest(spec, _):
            return gettext("{count} 次").format(count=(facts.counts or {}).get(spec, 0))


def _parts(condition: Condition, facts: Facts, now: datetime, depth: int) -> list[Finding]:
    is_met = evaluate(condition, facts, now)
    match condition:
        case Every(parts):
            head, inner = Finding(depth, gettext("全部成立"), is_met), parts
        case Some(parts):
            head, inner = Finding(depth, gettext("至少一项成立"), is_met), parts
        case Negation(part):
            head, inner = Finding(depth, gettext("不成立才算"), is_met), (part,)
        case _:
            actual = actual_value(condition, facts, now)
            return [Finding(depth, leaf_words(condition), is_met, actual)]
    found = [head]
    for part in inner:
        found += _parts(part, facts, now, depth + 1)
    return found


def _deciding(condition: Condition, facts: Facts, now: datetime) -> str:
    """Return what decided it: the first that fails of "all", the first that holds of "any"."""
    match condition:
        case Every(parts):
            failing = next((p for p in parts if not evaluate(p, facts, now)), None)
            chosen = parts if failing is None else (failing,)
        case Some(parts):
            holding = next((p for p in parts if evaluate(p, facts, now)), None)
            chosen = parts if holding is None else (holding,)
        case Negation(part):
            return gettext("非（{reason}）").format(reason=_deciding(part, facts, now))
        case _:
            return gettext("{test}（实际 {actual}）").format(
                test=leaf_words(condition), actual=actual_value(condition, facts, now)
            )
    return "；".join(_deciding(part, facts, now) for part in chosen)
