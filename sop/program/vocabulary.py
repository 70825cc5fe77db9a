"""What conditions may speak of (条件词汇): fields, tags, events, each with its type and operators.

Forms are built from it; what it holds follows from the language itself and from the ledger's types.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Final, get_type_hints

from django.utils.translation import gettext, gettext_noop

from customers.events import EVENT_TYPES
from sop.program.conditions import DAYS_SINCE, FIELDS
from sop.program.terms import VALUE_WORDS
from sop.program.words import event_words, field_words


class ValueKind(StrEnum):
    """How a value is written."""

    CHOICE = "choice"
    FLAG = "flag"
    MATERIAL = "material"
    MONEY = "money"
    NUMBER = "number"
    TEXT = "text"


NUMBER_OPERATORS: Final[Mapping[str, str]] = {
    ">=": "≥",
    "<=": "≤",
    "=": "=",
    "!=": "≠",
    ">": ">",
    "<": "<",
}
CHOICE_OPERATORS: Final[Mapping[str, str]] = {
    "=": gettext_noop("是"),
    "!=": gettext_noop("不是"),
    "in": gettext_noop("是其中之一"),
}
_SIMPLE: Final[Mapping[str, str]] = {"=": gettext_noop("是"), "!=": gettext_noop("不是")}
OPERATORS: Final[Mapping[ValueKind, Mapping[str, str]]] = {
    ValueKind.CHOICE: CHOICE_OPERATORS,
    ValueKind.FLAG: {"=": gettext_noop("是")},
    ValueKind.MATERIAL: CHOICE_OPERATORS,
    ValueKind.MONEY: NUMBER_OPERATORS,
    ValueKind.NUMBER: NUMBER_OPERATORS,
    ValueKind.TEXT: {**_SIMPLE, "in": gettext_noop("是其中之一")},
}
# What a payload holds that no person would ask for.
_TECHNICAL: Final = frozenset(
    {
        "visit",
        "touch_uid",
        "kept_uid",
        "absorbed_uid",
        "referrer_external_userid",
        "link_code",
        "add_way",
        "join_scene",
        "rule",
        "link_id",
        "chat_id",
    }
)
# Events that people ask for first.
_FIRST: Final = (
    "link_opened",
    "link_completed",
    "link_dwelled",
    "order_paid",
    "order_refunded",
    "customer_messaged",
    "friend_added",
    "friend_removed_by_customer",
)


@dataclass(frozen=True, slots=True)
class Fact:
    """Something with a value: a field of the profile, or of an event's payload (事实).

    Attributes:
        terms: The values there are, with what they are called; empty unless its kind is CHOICE.
        is_technical: No person would ask for it; shown where a condition does so nevertheless.
    """

    name: str
    kind: ValueKind
    terms: Mapping[str, str]
    is_technical: bool = False

    @property
    def label(self) -> str:
        """What it is called."""
        return field_words(self.name)

    @property
    def choices(self) -> Mapping[str, str]:
        """The values there are, with their words."""
        return {value: gettext(term) for value, term in self.terms.items()}

    @property
    def operators(self) -> Mapping[str, str]:
        """How it may be compared, with words."""
        return {op: gettext(words) for op, words in OPERATORS[self.kind].items()}


@dataclass(frozen=True, slots=True)
class EventFact:
    """A type of event with what its payload may be asked for (行为)."""

    type: str
    fields: Mapping[str, Fact]

    @property
    def label(self) -> str:
        """What it is called."""
        return event_words(self.type)


def _kind(name: str, python_type: type) -> ValueKind:
    if python_type is bool:
        return ValueKind.FLAG
    if name == "material_id":
        return ValueKind.MATERIAL
    if name in VALUE_WORDS or name in {"from_stage", "to_stage"}:
        return ValueKind.CHOICE
    if python_type is int:
        return ValueKind.MONEY if name.endswith("_fen") else ValueKind.NUMBER
    return ValueKind.TEXT


def _fact(name: str, python_type: type) -> Fact:
    kind = _kind(name, python_type)
    values = VALUE_WORDS.get("stage" if name.endswith("_stage") else name, {})
    return Fact(name, kind, values if kind is ValueKind.CHOICE else {}, name in _TECHNICAL)


def _event(event_type: str) -> EventFact:
    payload = EVENT_TYPES[event_type]
    hints = get_type_hints(payload)
    found = {field.name: _fact(field.name, hints[field.name]) for field in fields(payload)}
    return EventFact(event_type, found)


PROFILE_FACTS: Final[Mapping[str, Fact]] = {
    name: _fact(name, kind) for name, kind in {**FIELDS, **dict.fromkeys(DAYS_SINCE, int)}.items()
}
EVENT_FACTS: Final[Mapping[str, EventFact]] = {
    event_type: _event(event_type)
    for event_type in (*_FIRST, *(name for name in EVENT_TYPES if name not in _FIRST))
}
