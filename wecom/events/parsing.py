"""From a decrypted XML body to a typed event."""

from typing import Any, Final

from wecom.errors import EventMalformed
from wecom.events import acquisition, apps, contacts, customers, groups, tags
from wecom.events.base import Event, UnknownEvent, build, readers_of
from wecom.events.fields import Fields, Reader, read_xml

_KNOWN: Final[dict[str, tuple[type[Event], dict[str, Reader]]]] = {
    event_class.KIND: (event_class, readers_of(event_class))
    for module in (acquisition, apps, contacts, customers, groups, tags)
    for event_class in module.EVENTS
}
_COMMON: Final = readers_of(Event)


def known_kinds() -> frozenset[str]:
    """Return the kinds that have a class of their own."""
    return frozenset(_KNOWN)


def parse_event(xml: bytes) -> Event:
    """Parse one decrypted callback into its event (事件).

    Args:
        xml: The decrypted body.

    Returns:
        The event's own class, or `UnknownEvent` with the raw fields where no class stands for it.

    Raises:
        EventMalformed: not XML, or a field that the contract promises is missing or mistyped.

    Source: wecom-api §25.
    """
    fields = read_xml(xml)
    kind = _kind(fields)
    known = _KNOWN.get(kind)
    if known is None:
        return UnknownEvent(
            unknown_kind=kind,
            fields=fields.flat(),
            **_common(fields),
        )
    event_class, readers = known
    return build(event_class, readers, fields)


def _kind(fields: Fields) -> str:
    """Name what came: `Event`, `Event.ChangeType`, or `message.MsgType` for a member's message."""
    message_type = fields.text("MsgType") or ""
    if message_type != "event":
        if not message_type:
            raise EventMalformed("MsgType is missing")
        return f"message.{message_type}"
    event = fields.text("Event") or ""
    if not event:
        raise EventMalformed("Event is missing")
    change = fields.text("ChangeType")
    return f"{event}.{change}" if change else event


def _common(fields: Fields) -> dict[str, Any]:
    return {name: reader.read(fields) for name, reader in _COMMON.items()}
