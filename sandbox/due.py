"""Things that happen because time has passed."""

from __future__ import annotations

import asyncio

from sandbox.handover import settle_transfers
from sandbox.mass_sending import settle_confirmations
from sandbox.simulator import Simulator

TICK_SECONDS = 1.0


def settle_due(sim: Simulator) -> int:
    """Do what is due by simulated time: hand-overs, confirmations; return how many."""
    return settle_transfers(sim) + settle_confirmations(sim)


async def keep_settling(sim: Simulator) -> None:
    """Look for due things every second, for ever."""
    while True:
        await asyncio.sleep(TICK_SECONDS)
        settle_due(sim)
