"""Where somebody stands in what they follow live (续传位置): exactly what they have got already.

Rows get their numbers before they commit, so "the last number seen" would skip those that commit
late. A mark is a settled number, below which nothing can appear any more, and the few numbers
beyond it that were seen. It travels as text: in pages, and as `Last-Event-ID` of a stream.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from customers.selectors.feed import last_settled_event_id
from org.selectors.alerts import last_settled_alert_id

MOST_BEYOND: Final = 400
_TEXT: Final = re.compile(r"(\d{1,18})((?:\.\d{1,18})*)-(\d{1,18})((?:\.\d{1,18})*)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Mark:
    """What was seen of one numbered table: all up to `settled`, and those `beyond`."""

    settled: int
    beyond: frozenset[int] = frozenset()

    def has(self, number: int) -> bool:
        """True for a row that was seen."""
        return number <= self.settled or number in self.beyond

    def plus(self, numbers: Iterable[int]) -> "Mark":
        """Return the mark of somebody who has seen these as well."""
        more = {number for number in numbers if number > self.settled}
        return Mark(self.settled, self.beyond | more)

    def settle(self, settled: int) -> "Mark":
        """Return the mark of somebody who has seen everything up to a number."""
        if settled <= self.settled:
            return self
        return Mark(settled, frozenset(number for number in self.beyond if number > settled))

    def __str__(self) -> str:
        return ".".join(str(number) for number in (self.settled, *sorted(self.beyond)))


@dataclass(frozen=True, slots=True)
class Position:
    """The marks in the ledger and in the alerts."""

    events: Mark
    alerts: Mark

    def __str__(self) -> str:
        return f"{self.events}-{self.alerts}"


def position_now() -> Position:
    """Return the position before rows that are read after this: they may be told once more.

    What a page shows beyond its position it has to add, or to know again by its key.
    """
    return Position(Mark(last_settled_event_id()), Mark(last_settled_alert_id()))


def read_position(text: str) -> Position | None:
    """Read a position back; None for what is none of ours, or has grown beyond use."""
    found = _TEXT.fullmatch(text)
    if found is None:
        return None
    events, alerts = (_mark(found[1], found[2]), _mark(found[3], found[4]))
    if max(len(events.beyond), len(alerts.beyond)) > MOST_BEYOND:
        return None
    return Position(events, alerts)


def _mark(settled: str, beyond: str) -> Mark:
    return Mark(int(settled), frozenset(int(number) for number in beyond.split(".") if number))
