"""What every event has, and how a class is filled from XML."""

import dataclasses
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, ClassVar, TypeVar, get_type_hints

from wecom.events.fields import Fields, Maybe, Moment, Reader, Text

EventT = TypeVar("EventT", bound="Event")


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One event (事件) of WeCom, wecom-api §25.6. Unknown added fields are ignored."""

    KIND: ClassVar[str] = ""

    corp_id: Annotated[str, Text("ToUserName")]
    from_user: Annotated[str, Maybe("FromUserName")]
    occurred_at: Annotated[datetime, Moment("CreateTime")]

    @property
    def kind(self) -> str:
        """The event's name, as `Event` or `Event.ChangeType`."""
        return self.KIND

    @property
    def subject_id(self) -> str:
        """Whose events must be taken in order: a customer, a group, a member; '' for no one."""
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownEvent(Event):
    """An event or message that no class stands for: kept, never refused."""

    unknown_kind: str
    fields: tuple[tuple[str, str], ...]

    @property
    def kind(self) -> str:
        """The name under which WeCom sent it."""
        return self.unknown_kind


def readers_of(event_class: type[Event]) -> dict[str, Reader]:
    """Return the reader of each field, from its annotation.

    Raises:
        TypeError: a field has no reader; found at import.
    """
    hints = get_type_hints(event_class, include_extras=True)
    readers: dict[str, Reader] = {}
    for field in dataclasses.fields(event_class):
        notes = getattr(hints[field.name], "__metadata__", ())
        if not notes:
            raise TypeError(f"{event_class.__name__}.{field.name} has no reader")
        readers[field.name] = notes[0]
    return readers


def build(event_class: type[EventT], readers: dict[str, Reader], fields: Fields) -> EventT:
    """Fill an event class from XML fields.

    Raises:
        EventMalformed: a promised field is missing or not of its type.
    """
    return event_class(**{name: reader.read(fields) for name, reader in readers.items()})
