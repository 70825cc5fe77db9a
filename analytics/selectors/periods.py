"""Periods (期间): whole days of Asia/Shanghai, and the one before for comparison."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from common.clock import SHANGHAI

# Days that end with today, or before it.
PRESETS: Final = {"today": (0, 1), "yesterday": (1, 1), "7d": (0, 7), "30d": (0, 30)}


@dataclass(frozen=True, slots=True)
class Period:
    """Some days in a row (期间), both ends included."""

    first: date
    last: date

    @property
    def start(self) -> datetime:
        """The moment at which it begins."""
        return day_start(self.first)

    @property
    def end(self) -> datetime:
        """The moment at which it is over."""
        return day_start(self.last + timedelta(days=1))

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.last - self.first).days + 1

    @property
    def before(self) -> "Period":
        """As many days just before it (上期)."""
        span = timedelta(days=self.days)
        return Period(self.first - span, self.last - span)

    def __iter__(self) -> "DayIterator":
        return DayIterator(self.first, self.last)


class DayIterator:
    """The days of a period in order."""

    def __init__(self, first: date, last: date) -> None:
        self._next = first
        self._last = last

    def __iter__(self) -> "DayIterator":
        return self

    def __next__(self) -> date:
        if self._next > self._last:
            raise StopIteration
        day = self._next
        self._next = day + timedelta(days=1)
        return day


def day_start(day: date) -> datetime:
    """Return the moment at which a local day begins, aware UTC."""
    return datetime.combine(day, time.min, tzinfo=SHANGHAI).astimezone(UTC)


def preset(name: str, *, today: date) -> Period:
    """Return the period of a preset (今日, 昨日, 近7日, 近30日).

    Raises:
        KeyError: there is no such preset.
    """
    back, days = PRESETS[name]
    last = today - timedelta(days=back)
    return Period(last - timedelta(days=days - 1), last)


def last_days(count: int, *, until: date) -> Period:
    """Return so many days that end with a day."""
    return Period(until - timedelta(days=count - 1), until)
