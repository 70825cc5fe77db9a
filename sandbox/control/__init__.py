"""The control API `/_sim/*`: play people, break things, move time, look behind the scenes."""

from starlette.routing import Route

from sandbox.control.machine import Machine, tell_clock_hooks
from sandbox.control.people import People
from sandbox.control.worlds import WorldMaker, Worlds
from sandbox.simulator import Simulator

__all__ = ["control_routes", "tell_clock_hooks"]


def control_routes(sim: Simulator, make_world: WorldMaker) -> list[Route]:
    """Return all routes of the control API."""
    return [*Worlds(sim, make_world).routes(), *People(sim).routes(), *Machine(sim).routes()]
