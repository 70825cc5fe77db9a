"""Reading rows for live streams (读取动静); everything here runs in threads, with a database."""

import logging
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final

from customers.models import Event
from customers.selectors.customers import uids_of_customers
from customers.selectors.feed import (
    events_after,
    events_of_customer_after,
    last_settled_event_id,
)
from org.models import Alert
from org.selectors.alerts import alerts_after, last_settled_alert_id
from scrm.live.messages import Message, alert_message, event_message
from scrm.web.positions import Mark, Position

logger = logging.getLogger(__name__)

PAGE_ROWS: Final = 500
# Whoever missed more than this is better served by loading the page again.
REPLAY_ROWS: Final = 200


@dataclass(frozen=True, slots=True)
class Replay:
    """What a reader has missed: where they stood, the messages, and the position after them.

    `is_whole` is false when it was too much: the page has to be loaded again.
    """

    before: Position
    messages: list[Message]
    position: Position
    is_whole: bool


def settled_now() -> tuple[int, int]:
    """Return up to which numbers events and alerts have settled."""
    return last_settled_event_id(), last_settled_alert_id()


def look(
    after: tuple[int, int],
    *,
    customer_ids: Collection[int],
    staff_ids: Collection[int],
    languages: Collection[str],
    skip: tuple[Collection[int], Collection[int]] = ((), ()),
) -> list[Message]:
    """Return what is new of those who are watched, beyond two numbers, in order.

    Args:
        skip: Numbers of events and alerts that were told already.
    """
    messages: list[Message] = []
    number = after[0]
    while customer_ids:
        events = events_after(number, customer_ids=customer_ids, limit=PAGE_ROWS)
        messages += _events([event for event in events if event.id not in skip[0]], languages)
        if len(events) < PAGE_ROWS:
            break
        number = events[-1].id
    if staff_ids:
        alerts = alerts_after(after[1], staff_ids=staff_ids, limit=PAGE_ROWS)
        messages += _alerts([one for one in alerts if one.pk not in skip[1]], languages)
    return messages


def replay(
    position: Position | None, *, customer_id: int | None, staff_id: int | None, language: str
) -> Replay:
    """Return what a reader who stands at a position has missed; without one they begin now.

    The settled numbers are read first, the rows in later statements: whatever commits in between is
    either among the rows or beyond the new position.
    """
    settled = Position(*(Mark(number) for number in settled_now()))
    if position is None:
        return Replay(settled, [], settled, is_whole=True)
    if position.events.settled > settled.events.settled:
        # Of another time: the database was put back to an earlier state.
        return Replay(settled, [], settled, is_whole=False)
    events = (
        events_of_customer_after(
            position.events.settled, customer_id=customer_id, limit=REPLAY_ROWS
        )
        if customer_id is not None
        else []
    )
    alerts = (
        alerts_after(position.alerts.settled, staff_ids=[staff_id], limit=REPLAY_ROWS)
        if staff_id is not None
        else []
    )
    after = Position(
        _reached(position.events, settled.events, [event.id for event in events]),
        _reached(position.alerts, settled.alerts, [alert.pk for alert in alerts]),
    )
    if REPLAY_ROWS in {len(events), len(alerts)}:
        return Replay(after, [], after, is_whole=False)
    missed = _events([one for one in events if not position.events.has(one.id)], [language])
    missed += _alerts([one for one in alerts if not position.alerts.has(one.pk)], [language])
    return Replay(position, missed, after, is_whole=True)


def _reached(before: Mark, settled: Mark, numbers: Collection[int]) -> Mark:
    return before.plus(numbers).settle(settled.settled)


def _events(events: Iterable[Event], languages: Collection[str]) -> list[Message]:
    return list(_readable(partial(event_message, event, languages) for event in events))


def _alerts(alerts: Collection[Alert], languages: Collection[str]) -> list[Message]:
    uids = uids_of_customers(alert.customer_id for alert in alerts)
    return list(
        _readable(
            partial(alert_message, alert, str(uids[alert.customer_id]), languages)
            for alert in alerts
            if alert.customer_id in uids
        )
    )


def _readable(makers: Iterable[Callable[[], Message]]) -> Iterator[Message]:
    """Leave out what cannot be put into words: one odd row must not stop everybody's streams."""
    for make in makers:
        try:
            yield make()
        except Exception:
            logger.exception("live_row_not_told")
