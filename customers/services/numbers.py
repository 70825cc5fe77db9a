"""Numbers from outside, brought into the range of their columns (数值收口)."""

from typing import Final

SMALL_MAX: Final = 32_767


def small(value: int) -> int:
    """Return a number that a positive smallint column holds; what it cannot hold becomes 0."""
    return value if 0 <= value <= SMALL_MAX else 0
