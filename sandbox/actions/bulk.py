"""Many actions at once, at once or paced: bursts for benchmarks, scripts for tests."""

from __future__ import annotations

import asyncio

from sandbox.actions.relations import add_friend, scan_contact_way
from sandbox.entities import JSONDict
from sandbox.errors import ActionError
from sandbox.simulator import Simulator
from sandbox.state import Corp

_YIELD_EVERY = 50


async def bulk_add(
    sim: Simulator,
    corp: Corp,
    *,
    count: int,
    per_second: float = 0.0,
    config_id: str = "",
    state: str = "",
    member: str = "",
    half: bool = False,
    prefix: str = "bulk",
) -> JSONDict:
    """Let `count` new people scan a contact way, or befriend the sellers in turn.

    `per_second` paces them; without it they come as fast as the process can.
    """
    sellers = [m.userid for m in corp.members.values() if m.customer_contact and not m.left_at]
    if not sellers:
        raise ActionError("the corp has no seller")
    has_way = bool(config_id) or any(way.state == state for way in corp.contact_ways.values())
    loop = asyncio.get_running_loop()
    started, rows = loop.time(), []
    for number in range(count):
        handle = f"{prefix}-{sim.world.count('bulk'):07d}"
        if has_way:
            row = scan_contact_way(
                sim,
                corp,
                customer=handle,
                config_id=config_id,
                state=state,
                member=member,
                half=half,
            )
        else:
            chosen = member or sellers[number % len(sellers)]
            row = add_friend(
                sim, corp, customer=handle, member=chosen, add_way=1, state=state, half=half
            )
        rows.append(row["external_userid"])
        if per_second:
            await asyncio.sleep(max(0.0, started + (number + 1) / per_second - loop.time()))
        elif number % _YIELD_EVERY == 0:
            await asyncio.sleep(0)
    return {"added": len(rows), "seconds": loop.time() - started, "external_userids": rows}
