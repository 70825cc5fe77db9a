"""Named places where a crash test may kill this process (故障点).

`FAILPOINT=after_claim:kill` kills at the first pass, `after_call:kill@3` at the third. Without the
variable every failpoint is one comparison with the empty string.
"""

import itertools
import os
import signal
from typing import Final

NAMES: Final = frozenset(
    {
        "after_reap",
        "after_plan",
        "after_claim",
        "before_call",
        "after_call",
        "after_reconcile",
        "after_poll",
        "inside_settle",
        "after_settle",
        # The slot planner.
        "after_slot_locks",
        "inside_slotting",
        "after_slotting",
        # Journeys: the executor, and what events do to them.
        "after_run_claim",
        "inside_move",
        "after_move",
        "inside_entry",
        "inside_reaction",
        "after_reaction",
    }
)
VARIABLE: Final = "FAILPOINT"
_passes = itertools.count(1)


class UnknownFailpoint(ValueError):
    """The variable FAILPOINT names no place or no action of ours."""


def failpoint(name: str) -> None:
    """Do what FAILPOINT asks for at this place: nothing, or die as by `kill -9`.

    Raises:
        UnknownFailpoint: FAILPOINT is not `name:kill` or `name:kill@n` with a known name.
    """
    wanted = os.environ.get(VARIABLE, "")
    if not wanted:
        return
    place, _, action = wanted.partition(":")
    verb, _, nth = action.partition("@")
    if place not in NAMES or verb != "kill" or not (nth or "1").isdigit():
        raise UnknownFailpoint(wanted)
    if place == name and next(_passes) == int(nth or 1):
        os.kill(os.getpid(), signal.SIGKILL)
