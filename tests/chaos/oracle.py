"""What the sandbox's delivery log says must be true of our database afterwards."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.truth import Pair

# What WeCom's lists never tell again once the callback is lost.
TOLD_ONCE = {"add_half_external_contact", "del_external_contact", "del_follow_user"}
RELATION = TOLD_ONCE | {"add_external_contact"}
LOST = {"dropped", "given_up"}


@dataclass
class Deliveries:
    """What was sent, by the digest of its text."""

    rows: Sequence[dict[str, Any]]
    told: set[str] = field(init=False)

    def __post_init__(self) -> None:
        self.told = {row["digest"] for row in self.rows if row["state"] == "delivered"}

    @property
    def digests(self) -> set[str]:
        """All different events."""
        return {row["digest"] for row in self.rows}

    def count(self, state: str) -> int:
        """Return how many deliveries ended so."""
        return sum(row["state"] == state for row in self.rows)

    def untold(self) -> set[Pair]:
        """Return the relations whose last word never came and is told by no list."""
        last: dict[Pair, dict[str, Any]] = {}
        for row in sorted(self.rows, key=lambda row: row["id"]):
            if row["change_type"] in RELATION:
                last[pair_of(row["plain"])] = row
        return {
            pair
            for pair, row in last.items()
            if row["change_type"] in TOLD_ONCE and row["digest"] not in self.told
        }

    def adds(self) -> Counter[Pair]:
        """Return how often each two became friends."""
        plains = {
            row["digest"]: row["plain"]
            for row in self.rows
            if row["change_type"] == "add_external_contact"
        }
        return Counter(pair_of(plain) for plain in plains.values())


def pair_of(plain: str) -> Pair:
    """Return the member and the customer whom an event names."""

    def text(name: str) -> str:
        found = re.search(rf"<{name}><!\[CDATA\[(.*?)\]\]>", plain)
        return found.group(1) if found else ""

    return text("UserID"), text("ExternalUserID")
