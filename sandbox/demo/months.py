"""The demo company's two years, laid so that they end the day before the demo is loaded.

Story dates are written as they happened up to 2026-11-22; `Calendar` shifts them by whole days,
and the weekly rhythm is taken from the shifted date, so that weekends are real weekends.
"""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from itertools import pairwise

STORY_END = date(2026, 11, 22)
DAY = 86_400
HOUR = 3_600

_STORY_END, _EPOCH = STORY_END.toordinal(), date(1970, 1, 1).toordinal()

MONTHLY_ADDS = [
    268, 253, 188, 345, 344, 378, 544, 371, 467, 443, 459, 747,
    445, 411, 300, 541, 530, 573, 814, 548, 681, 638, 655, 1055,
]  # fmt: skip

PRICE_RISE_ON = date(2026, 3, 1)
SPAM_STORY = (date(2026, 5, 10), date(2026, 5, 20))
RING_STORY = (date(2026, 6, 9), date(2026, 6, 12))
GUIDE_LEFT_ON = date(2026, 8, 10)
OUT_OF_STOCK = (date(2026, 9, 8), date(2026, 9, 20))


@dataclass(frozen=True, slots=True)
class Promotion:
    """One promotion (大促): story days, pull on orders, whether households stock up."""

    name: str
    starts_on: date
    ends_on: date
    pull: float
    stock_up: bool = False


def promotions() -> list[Promotion]:
    """Return every promotion of the two years, oldest first."""
    found = [Promotion("12.12", date(2024, 12, 12), date(2024, 12, 13), 0.35)]
    for year in (2025, 2026):
        found += [
            Promotion("年货节", date(year, 1, 8), date(year, 1, 20), 0.3),
            Promotion("3.15 放心粮", date(year, 3, 14), date(year, 3, 17), 0.3),
            Promotion("6.18", date(year, 6, 1), date(year, 6, 19), 0.5, stock_up=True),
            Promotion("亚宠展", date(year, 8, 20), date(year, 8, 25), 0.3),
            Promotion("双 11", date(year, 11, 1), date(year, 11, 12), 0.55, stock_up=True),
            Promotion("12.12", date(year, 12, 12), date(year, 12, 13), 0.35),
        ]
    return [one for one in found if one.starts_on < STORY_END]


def month_starts() -> list[date]:
    """Return the first story day of each of the 24 months, and the end of the last."""
    return [date(2024 + (11 + i) // 12, (11 + i) % 12 + 1, 1) for i in range(24)] + [STORY_END]


@dataclass(frozen=True, slots=True)
class Calendar:
    """Turns story days into real seconds for a demo loaded on `today` (Asia/Shanghai)."""

    today: date

    def at(self, story_day: date) -> int:
        """Return the epoch second at which a story day begins."""
        days = story_day.toordinal() - _STORY_END + self.today.toordinal() - _EPOCH
        return days * DAY - 8 * HOUR

    def span(self, days: tuple[date, date]) -> tuple[int, int]:
        """Return the seconds of a half-open range of story days."""
        return self.at(days[0]), self.at(days[1])

    @property
    def starts_at(self) -> int:
        """The first second of the story."""
        return self.at(date(2024, 12, 1))

    @property
    def ends_at(self) -> int:
        """The first second after the story: local midnight of `today`."""
        return self.at(STORY_END)

    def months(self) -> Iterator[tuple[int, int]]:
        """Yield the seconds of each of the 24 months as half-open ranges."""
        starts = [self.at(day) for day in month_starts()]
        yield from pairwise(starts)


@cache
def _promotion_spans(calendar: Calendar) -> tuple[list[int], list[tuple[int, int, Promotion]]]:
    spans = [(*calendar.span((one.starts_on, one.ends_on)), one) for one in promotions()]
    return [span[0] for span in spans], spans


def promotion_at(calendar: Calendar, second: int) -> Promotion | None:
    """Return the promotion that runs at `second`, if any."""
    starts, spans = _promotion_spans(calendar)
    place = bisect_right(starts, second) - 1
    if place >= 0 and second < spans[place][1]:
        return spans[place][2]
    return None


def promotion_near(calendar: Calendar, second: int, days: int) -> tuple[int, int, Promotion] | None:
    """Return the promotion that starts within `days` after or ended within `days` before."""
    for starts_at, ends_at, one in _promotion_spans(calendar)[1]:
        if starts_at - days * DAY <= second < ends_at + days * DAY:
            return starts_at, ends_at, one
    return None


def is_weekend(second: int) -> bool:
    """Tell whether a second falls on Saturday or Sunday in Shanghai."""
    return ((second + 8 * HOUR) // DAY + 3) % 7 >= 5


def iso(second: int) -> str:
    """Write an epoch second as an aware UTC ISO 8601 time."""
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
