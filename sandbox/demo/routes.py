"""`/_sim/demo/*`: the past and the facts of the demo company, for whoever imports them."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.demo.facts import company_facts
from sandbox.demo.history import History, history_of
from sandbox.demo.load import demo_of
from sandbox.simulator import Simulator

PAGE_SIZE = 1_000
PAGE_CAP = 10_000


def demo_routes(sim: Simulator) -> list[Route]:
    """Return the routes; they answer 404 when the world is not a demo company.

    `GET /_sim/demo/company` gives `facts.company_facts`. `GET /_sim/demo/history?after=&limit=`
    gives `{"events": […], "next": n or null, "total": n}`: ask again with `after=next` until it is
    null; `limit` is at most 10,000.
    """

    async def history(request: Request) -> Response:
        known = demo_of(sim.world)
        if known is None:
            return _no_demo()
        query = request.query_params
        try:
            after = max(0, int(query.get("after", 0)))
            limit = min(max(1, int(query.get("limit", PAGE_SIZE))), PAGE_CAP)
        except ValueError:
            return JSONResponse({"error": "after and limit are numbers"}, status_code=400)
        return JSONResponse(_page(history_of(*known), after, limit))

    async def company(_: Request) -> Response:
        known = demo_of(sim.world)
        return _no_demo() if known is None else JSONResponse(company_facts(known[2]))

    return [Route("/_sim/demo/history", history), Route("/_sim/demo/company", company)]


def _page(history: History, after: int, limit: int) -> dict[str, object]:
    end = after + limit
    return {
        "events": history.page(after, limit),
        "next": end if end < len(history) else None,
        "total": len(history),
    }


def _no_demo() -> Response:
    return JSONResponse({"error": "this world is not a demo company"}, status_code=404)
