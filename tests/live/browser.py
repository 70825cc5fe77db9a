"""A browser's `EventSource` as far as the tests need it, on the ASGI application itself."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.test import Client

from org.models import User
from scrm.live.app import LiveApp

PATIENCE_SECONDS = 30.0


def session_of(user: User) -> str:
    """Sign somebody in and return the session's key."""
    client = Client()
    client.force_login(user)
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def whole(length: int) -> int:
    """All of a piece comes through."""
    return length


@dataclass(slots=True)
class Got:
    """One event that reached the page."""

    name: str
    data: dict[str, Any]

    @property
    def key(self) -> str:
        return str(self.data.get("key", ""))


@dataclass
class Browser:
    """One page; it remembers its position over connections, as browsers do."""

    app: LiveApp
    path: str
    session: str = ""
    since: str = ""
    last_id: str = ""
    got: list[Got] = field(default_factory=list)
    status: int = 0
    # A closed gate is a connection that takes nothing.
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    # Says of each piece how much of it comes through; after a part of one the line is dead.
    tears: Callable[[int], int] = whole
    _buffer: str = ""
    _something: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def keys(self) -> list[str]:
        return [got.key for got in self.got if got.key]

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[asyncio.Task[None]]:
        """Be connected; at the end the line is cut."""
        self.gate.set()
        self._buffer, self.status = "", 0
        gone = asyncio.Event()
        said = False

        async def receive() -> dict[str, Any]:
            nonlocal said
            if not said:
                said = True
                return {"type": "http.request", "body": b"", "more_body": False}
            await gone.wait()
            return {"type": "http.disconnect"}

        async def send(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                self.status = message["status"]
            elif not gone.is_set():
                await self.gate.wait()
                body = message.get("body", b"")
                whole = self.tears(len(body))
                self._take(body[:whole].decode(errors="ignore"))
                if whole < len(body):
                    gone.set()
            self._something.set()

        task = asyncio.create_task(self.app(self._scope(), receive, send))
        try:
            yield task
        finally:
            gone.set()
            await asyncio.wait({task}, timeout=PATIENCE_SECONDS)
            assert task.done()

    async def until(
        self, condition: Callable[[], bool], *, seconds: float = PATIENCE_SECONDS
    ) -> None:
        """Wait until what has come in makes something true."""
        async with asyncio.timeout(seconds):
            while not condition():
                self._something.clear()
                await self._something.wait()

    def _scope(self) -> dict[str, Any]:
        headers = [(b"cookie", f"{settings.SESSION_COOKIE_NAME}={self.session}".encode())]
        if self.last_id:
            headers.append((b"last-event-id", self.last_id.encode()))
        query = f"since={self.since}" if self.since else ""
        return {
            "type": "http",
            "method": "GET",
            "path": self.path,
            "query_string": query.encode(),
            "headers": headers,
        }

    def _take(self, text: str) -> None:
        """Only whole events count; the position moves with an event that has no data as well."""
        self._buffer += text
        while "\n\n" in self._buffer:
            block, self._buffer = self._buffer.split("\n\n", 1)
            fields = dict(_fields(block))
            self.last_id = fields.get("id", self.last_id)
            if "data" in fields:
                self.got.append(Got(fields.get("event", "message"), json.loads(fields["data"])))


def _fields(block: str) -> Iterator[tuple[str, str]]:
    for line in block.split("\n"):
        name, _, value = line.partition(":")
        if name:
            yield name, value.removeprefix(" ")
