"""Readers of the flat XML that WeCom's events are made of.

An event class annotates each field with the reader that fills it:
`userid: Annotated[str, Text("UserID")]`.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Protocol
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException

from common import xml as safe_xml
from wecom.errors import EventMalformed

MAX_NUMBER_DIGITS: Final = 18


class Fields:
    """The children of one event's root element, by name; the first of a name counts."""

    __slots__ = ("_children",)

    def __init__(self, root: Element) -> None:
        self._children: dict[str, Element] = {}
        for child in root:
            self._children.setdefault(child.tag, child)

    def text(self, name: str) -> str | None:
        """Return the stripped text of a field, None if the field is absent."""
        child = self._children.get(name)
        return None if child is None else (child.text or "").strip()

    def element(self, name: str) -> Element | None:
        """Return a field that has children of its own."""
        return self._children.get(name)

    def flat(self) -> tuple[tuple[str, str], ...]:
        """Return all fields without children, for events nobody knows yet."""
        return tuple(
            (name, (child.text or "").strip())
            for name, child in self._children.items()
            if len(child) == 0
        )


def read_xml(xml: bytes) -> Fields:
    """Parse a decrypted event.

    Raises:
        EventMalformed: not UTF-8, not well-formed, with a DTD or entities, or no `<xml>` root.
    """
    if b"\x00" in xml:
        raise EventMalformed("null bytes")  # expat would take it for UTF-16
    try:
        root = safe_xml.parse(xml.decode())
    except (ParseError, DefusedXmlException, UnicodeDecodeError) as error:
        raise EventMalformed(f"not the XML of an event: {type(error).__name__}") from error
    if root.tag != "xml":
        raise EventMalformed("the root element is not <xml>")
    return Fields(root)


class Reader(Protocol):
    """Takes one value out of an event's fields."""

    def read(self, fields: Fields) -> Any:
        """Return the value.

        Raises:
            EventMalformed: it is missing or not of its type.
        """
        ...


@dataclass(frozen=True, slots=True)
class Text:
    """A text that must be there and not be empty."""

    name: str

    def read(self, fields: Fields) -> str:
        """Return the text."""
        value = fields.text(self.name)
        if not value:
            raise EventMalformed(f"{self.name} is missing")
        return value


@dataclass(frozen=True, slots=True)
class Maybe:
    """A text that may be absent: then it is empty."""

    name: str

    def read(self, fields: Fields) -> str:
        """Return the text or ''."""
        return fields.text(self.name) or ""


@dataclass(frozen=True, slots=True)
class Number:
    """A whole number that must be there."""

    name: str

    def read(self, fields: Fields) -> int:
        """Return the number."""
        return _number(self.name, fields.text(self.name) or "")


@dataclass(frozen=True, slots=True)
class MaybeNumber:
    """A whole number that may be absent."""

    name: str

    def read(self, fields: Fields) -> int | None:
        """Return the number or None."""
        value = fields.text(self.name)
        return _number(self.name, value) if value else None


@dataclass(frozen=True, slots=True)
class Moment:
    """Unix seconds that must be there."""

    name: str

    def read(self, fields: Fields) -> datetime:
        """Return the moment, aware UTC."""
        return _moment(self.name, fields.text(self.name) or "")


@dataclass(frozen=True, slots=True)
class MaybeMoment:
    """Unix seconds that may be absent."""

    name: str

    def read(self, fields: Fields) -> datetime | None:
        """Return the moment, aware UTC, or None."""
        value = fields.text(self.name)
        return _moment(self.name, value) if value else None


@dataclass(frozen=True, slots=True)
class Words:
    """A list joined with commas; absent means empty."""

    name: str

    def read(self, fields: Fields) -> tuple[str, ...]:
        """Return the words that are not empty."""
        value = fields.text(self.name) or ""
        return tuple(word for part in value.split(",") if (word := part.strip()))


@dataclass(frozen=True, slots=True)
class Numbers:
    """A list of whole numbers joined with commas; absent means empty."""

    name: str

    def read(self, fields: Fields) -> tuple[int, ...]:
        """Return the numbers."""
        return tuple(_number(self.name, word) for word in Words(self.name).read(fields))


@dataclass(frozen=True, slots=True)
class Items:
    """The texts of the `<Item>` children; absent means empty."""

    name: str

    def read(self, fields: Fields) -> tuple[str, ...]:
        """Return the items that are not empty."""
        parent = fields.element(self.name)
        if parent is None:
            return ()
        return tuple(
            text for item in parent if item.tag == "Item" and (text := (item.text or "").strip())
        )


def _number(name: str, value: str) -> int:
    digits = value.removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= MAX_NUMBER_DIGITS):
        raise EventMalformed(f"{name} is not a number")
    return int(value)


def _moment(name: str, value: str) -> datetime:
    try:
        return datetime.fromtimestamp(_number(name, value), UTC)
    except (OverflowError, ValueError, OSError) as error:
        if isinstance(error, EventMalformed):
            raise
        raise EventMalformed(f"{name} is not a moment") from error
