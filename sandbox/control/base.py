"""What the parts of the control API share: bodies, answers, corps, journals."""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.entities import JSONDict
from sandbox.errors import ActionError
from sandbox.simulator import Simulator
from sandbox.state import Corp

LOG = logging.getLogger("sandbox.control")

Handler = Callable[[Request], Awaitable[Response]]
Table = list[tuple[str, str, Callable[[Request], Awaitable[Any]]]]


class Part:
    """A group of control handlers for one simulator."""

    def __init__(self, sim: Simulator) -> None:
        """Serve `sim`."""
        self.sim = sim

    def table(self) -> Table:
        """Return (verb, path below `/_sim/`, handler) rows."""
        raise NotImplementedError

    def routes(self) -> list[Route]:
        """Return the routes of this part."""
        return [
            Route(f"/_sim/{path}", _json(handler), methods=[method])
            for method, path, handler in self.table()
        ]

    def corp(self, request: Request) -> Corp:
        """Return the corp that the query names, else the first."""
        corp_id = request.query_params.get("corp_id", "")
        try:
            return self.sim.world.corp(corp_id)
        except KeyError as error:
            raise ActionError(f"no corp {corp_id!r}") from error


def journal(
    request: Request, since: Callable[[int], list[JSONDict]], filters: tuple[str, ...]
) -> JSONDict:
    """Return entries of a journal, filtered by the query words `filters`, `since` and `limit`."""
    query = request.query_params
    rows = since(int(query.get("since", 0)))
    for name in filters:
        if name in query:
            rows = [row for row in rows if str(row[name]) == query[name]]
    limit = int(query.get("limit", 1000))
    chosen = rows[:limit] if "since" in query else rows[-limit:]
    return {"entries": chosen, "total": len(rows)}


async def read_body(request: Request) -> JSONDict:
    """Return the JSON object of a request, empty without a body."""
    raw = await request.body()
    try:
        body = json.loads(raw) if raw else {}
    except ValueError as error:
        raise ActionError("the body is not JSON") from error
    if not isinstance(body, dict):
        raise ActionError("the body must be an object")
    return body


def _json(handler: Callable[[Request], Awaitable[Any]]) -> Handler:
    async def answer(request: Request) -> Response:
        try:
            result = await handler(request)
        except (ActionError, AttributeError, KeyError, TypeError, ValueError) as error:
            LOG.info("refused %s", request.url.path, exc_info=True)
            return JSONResponse({"error": str(error)}, status_code=400)
        return result if isinstance(result, Response) else JSONResponse(result)

    return answer
