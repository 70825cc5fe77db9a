"""The world in the control API: journals, reports, snapshots, truth."""

from __future__ import annotations

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response

from sandbox.control.base import Part, Table, journal, read_body
from sandbox.entities import JSONDict
from sandbox.errors import ActionError
from sandbox.simulator import Simulator
from sandbox.state import World
from sandbox.truth import truth

WorldMaker = Callable[[str, int, int], World]


class Worlds(Part):
    """Journals, reports, snapshots, truth."""

    def __init__(self, sim: Simulator, make_world: WorldMaker) -> None:
        """Serve `sim`; `make_world(name, seed, customers)` seeds it anew."""
        super().__init__(sim)
        self._make_world = make_world
        self._kept: dict[str, JSONDict] = {}

    def table(self) -> Table:
        """Return the routes."""
        return [
            ("GET", "health", self.health),
            ("GET", "outbox", self.outbox),
            ("GET", "requests", self.requests),
            ("GET", "report", self.report),
            ("DELETE", "report", self.clear_report),
            ("GET", "snapshot", self.snapshot),
            ("POST", "snapshot", self.keep_snapshot),
            ("POST", "restore", self.restore),
            ("POST", "seed", self.seed),
            ("GET", "truth", self.truth),
        ]

    async def health(self, request: Request) -> JSONDict:
        """Say that the simulator runs, and how much is in it."""
        corp = self.corp(request)
        return {
            "ok": True,
            "corp_id": corp.corp_id,
            "members": len(corp.members),
            "customers": len(corp.customers),
            "requests": self.sim.requests.last_id,
            "callbacks": dict(self.sim.callbacks.counts),
        }

    async def outbox(self, request: Request) -> JSONDict:
        """Show what devices received: filters `since`, `kind`, `to_kind`, `to`, `from`, `limit`."""
        return journal(request, self.sim.outbox.since, ("kind", "to_kind", "to", "from"))

    async def requests(self, request: Request) -> JSONDict:
        """Show the log of API calls: filters `since`, `path`, `app`, `errcode`, `limit`."""
        shown = journal(request, self.sim.requests.since, ("path", "app", "errcode", "fault"))
        return {**shown, "counts": dict(self.sim.request_counts)}

    async def report(self, request: Request) -> JSONDict:
        """Show unknown fields and other misuse, counted."""
        return {
            "unknown_fields": dict(self.sim.unknown_fields),
            "warning_counts": dict(self.sim.warning_counts),
            "warnings": list(self.sim.warnings),
        }

    async def clear_report(self, request: Request) -> JSONDict:
        """Start the report anew."""
        self.sim.unknown_fields.clear()
        self.sim.warning_counts.clear()
        self.sim.warnings.clear()
        return await self.report(request)

    async def snapshot(self, request: Request) -> Response:
        """Return the world as JSON."""
        return Response(self.sim.world.dumps(), media_type="application/json")

    async def keep_snapshot(self, request: Request) -> JSONDict:
        """Keep a snapshot under a name inside the process."""
        name = str((await read_body(request)).get("name", "default"))
        self._kept[name] = self.sim.world.snapshot()
        return {"name": name}

    async def restore(self, request: Request) -> JSONDict:
        """Restore a kept snapshot (`name`) or a given one (`snapshot`)."""
        body = await read_body(request)
        data = body.get("snapshot") or self._kept.get(str(body.get("name", "default")))
        if data is None:
            raise ActionError("no such snapshot")
        self.sim.become(World.restore(data))
        return await self.health(request)

    async def seed(self, request: Request) -> JSONDict:
        """Begin again with another world: `world`, `seed`, `customers`, `frozen_at`."""
        body, config = await read_body(request), self.sim.config
        world = self._make_world(
            str(body.get("world", config.world)),
            int(body.get("seed", config.seed)),
            int(body.get("customers", config.customers)),
        )
        world.clock.frozen_at = body.get("frozen_at")
        self.sim.start_over(world)
        return await self.health(request)

    async def truth(self, request: Request) -> JSONDict:
        """Return everything the APIs could reveal, with the true kind of each relation."""
        return truth(self.corp(request))
