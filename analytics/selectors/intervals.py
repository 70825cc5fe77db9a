"""The difference of two shares with its interval (增量与区间): never a lift without one. Pure."""

from dataclasses import dataclass
from math import sqrt
from typing import Final

# Both groups need so many, or nothing is said.
ENOUGH: Final = 30
_Z: Final = 1.959964


@dataclass(frozen=True, slots=True)
class Difference:
    """How much larger the first share is (增量), and where it lies with 95 %."""

    value: float
    low: float
    high: float

    @property
    def is_clear(self) -> bool:
        """Whether the interval leaves out zero."""
        return self.low > 0 or self.high < 0


def difference(hits: int, size: int, other_hits: int, other_size: int) -> Difference | None:
    """Compare two shares by Newcombe's interval; None where a group is too small to say anything.

    Source: R. G. Newcombe, Statistics in Medicine 17 (1998), method 10.
    """
    if min(size, other_size) < ENOUGH:
        return None
    share, other = hits / size, other_hits / other_size
    low, high = _wilson(hits, size)
    other_low, other_high = _wilson(other_hits, other_size)
    gap = share - other
    return Difference(
        value=gap,
        low=gap - sqrt((share - low) ** 2 + (other_high - other) ** 2),
        high=gap + sqrt((high - share) ** 2 + (other - other_low) ** 2),
    )


def _wilson(hits: int, size: int) -> tuple[float, float]:
    share, z2 = hits / size, _Z * _Z
    middle = share + z2 / (2 * size)
    reach = _Z * sqrt(share * (1 - share) / size + z2 / (4 * size * size))
    whole = 1 + z2 / size
    return (middle - reach) / whole, (middle + reach) / whole
