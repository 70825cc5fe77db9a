"""How many taps a set of programs asks of a staff member (每日确认数): pure, for the preview."""

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from touches.models import SendingRules


@dataclass(frozen=True, slots=True)
class MassStep:
    """One step of a program that sends in lane M.

    Attributes:
        slot_index: Which slot of the day, from 0; None = whichever comes next.
        customers_a_day: How many of one staff member's customers come to it on an average day;
            None = surely at least one in each of its slots.
    """

    content_key: str
    slot_index: int | None = None
    customers_a_day: float | None = None


def confirmations_a_staff_a_day(steps: Iterable[MassStep], *, rules: SendingRules) -> float:
    """Return how many mass tasks (群发确认) these steps give a staff member on an average day.

    Equal content in one slot is one task, whatever program it comes from; content that nobody comes
    to on a day is none. Customers arrive independently of each other.

    Source: operations §1.
    """
    slots = max(len(rules.slot_times), 1)
    expected: defaultdict[tuple[int, str], float] = defaultdict(float)
    for step in steps:
        at = range(slots) if step.slot_index is None else [min(step.slot_index, slots - 1)]
        come = math.inf if step.customers_a_day is None else step.customers_a_day / len(at)
        for slot in at:
            expected[slot, step.content_key] += come
    return sum(-math.expm1(-come) for come in expected.values())
