"""What a live stream says (实时消息), and how it is written on the wire."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from django.template.loader import render_to_string
from django.utils import translation

from customers.models import Event
from org.models import Alert
from scrm.web.alert_words import alert_words
from scrm.web.event_words import channels_of, event_words
from scrm.web.positions import Position
from scrm.web.templatetags.people import event_line

HEAD: Final = b"retry: 1000\n\n"


class Feed(Enum):
    """Which numbered table a message is a row of."""

    EVENTS = "timeline"
    ALERTS = "alert"


@dataclass(frozen=True, slots=True)
class Message:
    """One row for whoever follows its subject, a customer or a staff member.

    `data` is JSON by language. In it `key` is the row's own, and `event` the key of the event that
    it is about: what is told twice, by the recorder and by the dispatcher, is shown once.
    """

    feed: Feed
    number: int
    subject: int
    data: Mapping[str, str]


def event_message(event: Event, languages: Iterable[str]) -> Message:
    """Return the message of one event of a customer."""
    data = {language: _event_data(event, language) for language in languages}
    return Message(Feed.EVENTS, event.id, event.customer_id, data)


def alert_message(alert: Alert, customer_uid: str, languages: Iterable[str]) -> Message:
    """Return the message of one alert of a staff member."""
    data = {language: _alert_data(alert, customer_uid, language) for language in languages}
    return Message(Feed.ALERTS, alert.pk, alert.staff_id, data)


def told(position: Position, message: Message) -> Position:
    """Return where somebody stands who has got this message too."""
    if message.feed is Feed.EVENTS:
        return Position(position.events.plus([message.number]), position.alerts)
    return Position(position.events, position.alerts.plus([message.number]))


def written(message: Message, language: str, position: Position) -> bytes:
    """Write a message; whoever has got it stands at `position`."""
    data = message.data.get(language) or next(iter(message.data.values()))
    return f"id: {position}\nevent: {message.feed.value}\ndata: {data}\n\n".encode()


def heartbeat(position: Position) -> bytes:
    """Write a sign of life; it moves the reader's position and is no message to the page."""
    return f": alive\nid: {position}\n\n".encode()


def order(name: str) -> bytes:
    """Write an order to the page: `reload` what is shown, or say goodbye (`bye`)."""
    return f"event: {name}\ndata: {{}}\n\n".encode()


def _event_data(event: Event, language: str) -> str:
    with translation.override(language):
        words = event_words(event.type, event.payload, channels_of([event.payload]))
        html = event_line(event, words)
    return _json(
        key=event.key,
        event=event.key,
        type=event.type,
        title=str(words.title),
        detail=str(words.detail),
        html=html,
    )


def _alert_data(alert: Alert, customer_uid: str, language: str) -> str:
    with translation.override(language):
        words = alert_words(alert)
        html = render_to_string("live/_alert.html", {"alert": alert, "customer_uid": customer_uid})
    return _json(
        key=alert.key,
        event=alert.key.partition(":")[2],
        kind=alert.kind,
        customer=customer_uid,
        title=words.title,
        detail=words.body,
        html=html,
    )


def _json(**values: Any) -> str:
    """One line: line ends inside strings are escaped by JSON itself."""
    return json.dumps(values, ensure_ascii=False)
