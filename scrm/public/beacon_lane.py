"""Beacons by the hundred (信标快车道): taken in together, before Django makes a request of each.

A page that is read says so every few seconds, with no cookie, no language and no form. What comes
while one transaction is under way goes into the next, all of it: the more there is, the less each
costs, and one thread with one connection is enough.
"""

import asyncio
import logging
import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from django.db import DatabaseError, InterfaceError, close_old_connections, connection

from content.services.visits import SentBeacon
from scrm.public.beacons import MAX_BYTES, Malformed, read_beacon, take_in
from scrm.public.headers import PRIVATE
from scrm.web.asgi import Receive, Scope, Send

logger = logging.getLogger(__name__)

ADDRESS: Final = re.compile(r"/l/([^/]+)/beacon")
MOST_TOGETHER: Final = 200
# Above this the pages are told to say it again later.
MOST_WAITING: Final = 5_000
TAKEN, NO_BEACON, FAILED, NOT_NOW = 204, 400, 500, 503
_HEADERS: Final = [
    *((name.lower().encode(), value.encode()) for name, value in PRIVATE.items()),
    (b"x-content-type-options", b"nosniff"),
]


class BeaconLane:
    """Answers beacons itself and hands all else on; an ASGI application like the one behind it."""

    def __init__(self, elsewhere: Any) -> None:
        self._elsewhere = elsewhere
        self.thread = ThreadPoolExecutor(1, thread_name_prefix="beacons")
        self._waiting: list[tuple[SentBeacon, asyncio.Future[int]]] = []
        self._taking: asyncio.Task[None] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request: 204 for everything well-formed, so that nothing can be probed."""
        address = ADDRESS.fullmatch(scope["path"]) if scope["type"] == "http" else None
        if address is None or scope["method"] != "POST":
            await self._elsewhere(scope, receive, send)
            return
        try:
            status = await self._answer(read_beacon(address[1], await _body(receive)))
        except Malformed:
            status = NO_BEACON
        await send({"type": "http.response.start", "status": status, "headers": _HEADERS})
        await send({"type": "http.response.body", "body": b""})

    def close(self) -> None:
        """End its thread, and the thread's connection."""
        self.thread.submit(_disconnect).result()
        self.thread.shutdown()

    async def _answer(self, sent: SentBeacon) -> int:
        if len(self._waiting) >= MOST_WAITING:
            return NOT_NOW
        answer: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._waiting.append((sent, answer))
        if self._taking is None or self._taking.done():
            self._taking = asyncio.create_task(self._take_all(), name="beacons")
        return await answer

    async def _take_all(self) -> None:
        """Take in what waits, part by part, until nothing does."""
        loop = asyncio.get_running_loop()
        while self._waiting:
            part, self._waiting = self._waiting[:MOST_TOGETHER], self._waiting[MOST_TOGETHER:]
            sent = [one for one, _ in part]
            answers = await loop.run_in_executor(self.thread, _take_together, sent)
            for (_, answer), status in zip(part, answers, strict=True):
                if not answer.done():
                    answer.set_result(status)


def _take_together(sent: Sequence[SentBeacon]) -> list[int]:
    """Take beacons in; where they cannot be together, each by itself. Returns the answers."""
    if _fault_of(sent) is None:
        return [TAKEN] * len(sent)
    return [_status(_fault_of([one])) for one in sent]


def _fault_of(sent: Sequence[SentBeacon]) -> Exception | None:
    """Take beacons in; returns what stood against it, whatever it is: others wait behind them."""
    try:
        take_in(sent)
    except Exception as error:
        logger.exception("beacons_not_taken", extra={"count": len(sent)})
        # The connection may be dead, and outside a request nobody else would replace it.
        close_old_connections()
        return error
    return None


def _status(fault: Exception | None) -> int:
    if fault is None:
        return TAKEN
    return NOT_NOW if isinstance(fault, (DatabaseError, InterfaceError)) else FAILED


def _disconnect() -> None:
    """Close the connection of the thread that does this."""
    connection.close()


async def _body(receive: Receive) -> bytes:
    """Read a body.

    Raises:
        Malformed: it is longer than a beacon can be, or its sender has gone.
    """
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise Malformed
        body += message.get("body", b"")
        if len(body) > MAX_BYTES:
            raise Malformed
        if not message.get("more_body", False):
            return bytes(body)
