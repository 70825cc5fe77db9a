"""Phone numbers (手机号): shown masked, and found by their last digits without being read."""

import re
from collections.abc import Iterable
from typing import Final

from common import secrets

SHORTEST_TAIL: Final = 4
_MARK_CHARACTERS: Final = 16
_SEEN_BEFORE, _SEEN_AFTER = 3, 4
_COUNTRY: Final = re.compile(r"^(?:\+|00)?86(?=1\d{10}$)")


def digits_of(mobile: str) -> str:
    """Return the digits of a number as people write it, without the country's 86."""
    plain = re.sub(r"[^\d+]", "", mobile)
    return re.sub(r"\D", "", _COUNTRY.sub("", plain))


def mark_of(tail: str) -> str:
    """Return the keyed hash under which numbers that end so are found (查找键)."""
    return secrets.keyed_hash(tail, purpose="mobile_tail")[:_MARK_CHARACTERS]


def marks_of(mobiles: Iterable[str]) -> list[str]:
    """Return the marks of these numbers: one for each number of last digits, from four up."""
    return sorted(
        {
            mark_of(digits[-length:])
            for digits in map(digits_of, mobiles)
            for length in range(SHORTEST_TAIL, len(digits) + 1)
        }
    )


def masked(mobile: str) -> str:
    """Show a number as `138****1234`; what is too short for that shows nothing of itself."""
    if len(mobile) <= _SEEN_BEFORE + _SEEN_AFTER:
        return "*" * len(mobile)
    return f"{mobile[:_SEEN_BEFORE]}****{mobile[-_SEEN_AFTER:]}"
