"""The drawing of a code's days: bars of adds above a line, of losses below it, as SVG numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from math import ceil
from typing import Final

from campaigns.selectors.code_story import CodeDay

WIDTH: Final = 960
ADDED_HEIGHT: Final = 150
LOST_HEIGHT: Final = 50
MARGIN: Final = 22
_MOST_LABELS: Final = 8


@dataclass(frozen=True, slots=True)
class Bar:
    """One day: where it lies, how high its two bars are, and where a click leads."""

    on: date
    x: float
    width: float
    added_y: float
    added_height: float
    lost_height: float
    added_count: int
    lost_count: int
    label: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """All bars with the sizes of the picture; `axis` is where the line lies."""

    bars: list[Bar]
    most_added: int
    most_lost: int
    added_total: int
    lost_total: int
    width: int = WIDTH
    axis: int = MARGIN + ADDED_HEIGHT

    @property
    def height(self) -> int:
        """Where nobody left there is no room for losses."""
        lost_height = max((bar.lost_height for bar in self.bars), default=0)
        return self.axis + ceil(lost_height) + MARGIN


def draw_series(days: Sequence[CodeDay]) -> Drawing:
    """Return the drawing of these days; both bars have one scale where that can be seen."""
    most_added = max((day.added_count for day in days), default=0)
    most_lost = max((day.lost_count for day in days), default=0)
    scale = min(
        ADDED_HEIGHT / max(most_added, 1), LOST_HEIGHT / max(most_lost, 1) if most_lost else 1e9
    )
    step = WIDTH / max(len(days), 1)
    every = max(1, -(-len(days) // _MOST_LABELS))
    return Drawing(
        bars=[_bar(day, place, step, scale, every) for place, day in enumerate(days)],
        most_added=most_added,
        most_lost=most_lost,
        added_total=sum(day.added_count for day in days),
        lost_total=sum(day.lost_count for day in days),
    )


def _bar(day: CodeDay, place: int, step: float, scale: float, every: int) -> Bar:
    height = day.added_count * scale
    return Bar(
        on=day.on,
        x=round(place * step + step * 0.12, 2),
        width=round(step * 0.76, 2),
        added_y=round(MARGIN + ADDED_HEIGHT - height, 2),
        added_height=round(height, 2),
        lost_height=round(day.lost_count * scale, 2),
        added_count=day.added_count,
        lost_count=day.lost_count,
        label=f"{day.on:%m-%d}" if place % every == 0 else "",
    )
