"""The page where a person plays a customer's phone and a member's WeCom."""

from starlette.routing import Route

from sandbox.demo.routes import demo_routes
from sandbox.pages.routes import Pages
from sandbox.simulator import Simulator

__all__ = ["routes"]


def routes(sim: Simulator) -> list[Route]:
    """Return the page's routes and those that tell what WeCom does not hold (`/_sim/demo/*`)."""
    return [*Pages(sim).routes(), *demo_routes(sim)]
