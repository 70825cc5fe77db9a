"""The server: one ASGI application around one simulator, and how to run it."""

from __future__ import annotations

import asyncio
import importlib
import importlib.util
import json
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import uvicorn
from starlette.applications import Starlette
from starlette.routing import BaseRoute
from starlette.types import Receive, Scope, Send

from sandbox.config import WORLDS, SandboxConfig
from sandbox.control import control_routes
from sandbox.due import keep_settling
from sandbox.fixture import empty_world, fixture_world
from sandbox.gate import PREFIX, Gate
from sandbox.oauth import OAuthPages
from sandbox.simulator import Simulator
from sandbox.state import World


def make_world(name: str, *, seed: int, customers: int, callback_base: str) -> World:
    """Return a fresh world: `empty`, `fixture`, or `demo` (from `sandbox.demo`).

    Raises:
        ValueError: no such world.
    """
    if name not in WORLDS:
        raise ValueError(f"world must be one of {', '.join(WORLDS)}, not {name!r}")
    if name == "empty":
        return empty_world(seed=seed, callback_base=callback_base)
    if name == "fixture":
        return fixture_world(seed=seed, callback_base=callback_base)
    world = World(seed=seed)
    today = (datetime.now(UTC) + timedelta(hours=8)).date()
    importlib.import_module("sandbox.demo").build_world(
        world, customers=customers, seed=seed, today=today, callback_base=callback_base
    )
    return world


class SandboxApp(Starlette):
    """Sends `/cgi-bin/*` straight to the gate, everything else through Starlette."""

    def __init__(self, sim: Simulator, routes: list[BaseRoute]) -> None:
        """Wire gate and routes to one simulator."""
        super().__init__(routes=routes, lifespan=_lifespan)
        self.state.sim = sim
        self.gate = Gate(sim)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection event."""
        if scope["type"] == "http" and scope["path"].startswith(PREFIX):
            await self.gate(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


@asynccontextmanager
async def _lifespan(app: Starlette) -> AsyncIterator[None]:
    ticker = asyncio.create_task(keep_settling(app.state.sim))
    yield
    ticker.cancel()
    await asyncio.gather(ticker, return_exceptions=True)
    await app.state.sim.callbacks.close()


def create_app(config: SandboxConfig | None = None) -> SandboxApp:
    """Return the application for a configuration; `.state.sim` is its simulator."""
    config = config or SandboxConfig()

    def fresh(name: str, seed: int, customers: int) -> World:
        base = config.callback_base
        return make_world(name, seed=seed, customers=customers, callback_base=base)

    sim = Simulator(config, fresh(config.world, config.seed, config.customers))
    routes: list[BaseRoute] = [*control_routes(sim, fresh), *OAuthPages(sim).routes()]
    if importlib.util.find_spec("sandbox.pages") is not None:
        pages = importlib.import_module("sandbox.pages")
        if hasattr(pages, "routes"):
            routes += pages.routes(sim)
    return SandboxApp(sim, routes)


class SandboxServer(uvicorn.Server):
    """A uvicorn server that writes a ready file once it listens."""

    def __init__(self, config: SandboxConfig) -> None:
        """Prepare the application; nothing listens yet."""
        self.sandbox_config = config
        self.app = create_app(config)
        super().__init__(
            uvicorn.Config(
                self.app,
                host=config.host,
                port=config.port,
                ws="none",
                access_log=False,
                log_level="warning",
                proxy_headers=False,
                server_header=False,
                date_header=False,
                timeout_graceful_shutdown=2,
            )
        )

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, then tell whoever waits for the ready file."""
        await super().startup(sockets)
        ready = self.sandbox_config.ready_file
        if ready is not None and self.started:
            port = self.servers[0].sockets[0].getsockname()[1]
            url = f"http://{self.sandbox_config.host}:{port}"
            ready.write_text(json.dumps({"url": url, "pid": os.getpid()}))
