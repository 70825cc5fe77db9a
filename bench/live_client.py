"""Open sidebars and readers: `python -m bench.live_client <port>`, then JSON lines.

The first line is `{"sidebars": […]}`: a stream is opened for each, and `prepared` is said when all
have begun. Each further line `{"reads", "rate", "first"}` has their customers read: a beacon leaves
by the timetable, and its time is from then to the line that brings it to the sidebar. The answer:
times, and how many readings never came or came twice.
"""

import asyncio
import json
import re
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, cast

import uvloop

_KEY = re.compile(rb'"key": "([^"]+)"')
_ID = re.compile(rb"^id: (.+)$", re.MULTILINE)
RETRY_SECONDS = 0.5
CONNECTIONS = 32
LAST_SECONDS = 10.0
OPEN_AT_ONCE = 20


@dataclass(slots=True)
class Watch:
    """When each reading was due, and when it came."""

    due: dict[bytes, float] = field(default_factory=dict)
    seen: dict[bytes, float] = field(default_factory=dict)
    count: Counter[bytes] = field(default_factory=Counter)
    begun: int = 0
    cut: int = 0
    is_open: bool = True

    def take(self, data: bytes) -> None:
        """Note what has come."""
        now = time.perf_counter()
        for key in _KEY.findall(data):
            self.count[key] += 1
            self.seen.setdefault(key, now)


class Stream(asyncio.Protocol):
    """One open sidebar; a line that is cut is opened again where it stood, as browsers do."""

    def __init__(self, watch: Watch, port: int, sidebar: dict[str, str], last_id: str = "") -> None:
        self._watch = watch
        self._port = port
        self._sidebar = sidebar
        self._last_id = last_id
        self._rest = b""
        self._has_begun = bool(last_id)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the stream."""
        resumed = f"Last-Event-ID: {self._last_id}\r\n" if self._last_id else ""
        request = (
            f"GET {self._sidebar['stream']} HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\n{resumed}"
            f"Cookie: {self._sidebar['cookie']}\r\nAccept: text/event-stream\r\n\r\n"
        )
        cast(asyncio.WriteTransport, transport).write(request.encode())

    def data_received(self, data: bytes) -> None:
        """Take whole lines."""
        *lines, self._rest = (self._rest + data).split(b"\n\n")
        for line in lines:
            if place := _ID.search(line):
                self._last_id = place[1].decode()
                self._watch.begun += not self._has_begun
                self._has_begun = True
            self._watch.take(line)

    def connection_lost(self, _error: Exception | None) -> None:
        """Come back, as long as anybody reads."""
        if self._watch.is_open:
            self._watch.cut += 1
            asyncio.get_running_loop().create_task(self._come_back())

    async def _come_back(self) -> None:
        await asyncio.sleep(RETRY_SECONDS)
        again = Stream(self._watch, self._port, self._sidebar, self._last_id)
        await asyncio.get_running_loop().create_connection(lambda: again, "127.0.0.1", self._port)


class Poster(asyncio.Protocol):
    """One kept connection that sends one beacon at a time."""

    transport: asyncio.WriteTransport

    def __init__(self) -> None:
        self._answer: asyncio.Future[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self.transport = cast(asyncio.WriteTransport, transport)

    def data_received(self, data: bytes) -> None:
        """A 204 has no body: its head is all."""
        if not data.startswith(b"HTTP/1.1 204"):
            raise RuntimeError(data[:200])
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(None)

    async def post(self, request: bytes) -> None:
        """Send one and wait for its answer."""
        self._answer = asyncio.get_running_loop().create_future()
        self.transport.write(request)
        await self._answer


async def open_all(port: int, sidebars: list[dict[str, str]], watch: Watch) -> None:
    """Open every stream, some at a time, and wait until all have begun."""
    loop, gate = asyncio.get_running_loop(), asyncio.Semaphore(OPEN_AT_ONCE)

    async def open_one(sidebar: dict[str, str]) -> None:
        async with gate:
            await loop.create_connection(lambda: Stream(watch, port, sidebar), "127.0.0.1", port)
            await asyncio.sleep(0.02)

    await asyncio.gather(*(open_one(sidebar) for sidebar in sidebars))
    deadline = time.monotonic() + 60
    while watch.begun < len(sidebars):
        if time.monotonic() > deadline:
            raise RuntimeError(f"only {watch.begun} of {len(sidebars)} streams began")
        await asyncio.sleep(0.05)


async def read(
    port: int, order: dict[str, Any], sidebars: list[dict[str, str]], watch: Watch
) -> dict[str, Any]:
    """Send the beacons by the timetable; wait for the last of them to arrive."""
    loop = asyncio.get_running_loop()
    posters = [
        (await loop.create_connection(Poster, "127.0.0.1", port))[1] for _ in range(CONNECTIONS)
    ]
    free: asyncio.Queue[Poster] = asyncio.Queue()
    for poster in posters:
        free.put_nowait(poster)
    keys: list[bytes] = []
    answered: list[float] = []
    # What one page says arrives in its order: what it said before is old news to the product.
    turns = [asyncio.Lock() for _ in sidebars]

    async def send(place: int, request: bytes, due: float) -> None:
        async with turns[place]:
            poster = await free.get()
            await poster.post(request)
            answered.append(round(time.perf_counter() - due, 6))
            free.put_nowait(poster)

    begun = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for number in range(order["reads"]):
            due = begun + number / order["rate"]
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            place = number % len(sidebars)
            sidebar = sidebars[place]
            turn = order["first"] + number // len(sidebars)
            key = f"link_dwelled:{sidebar['visit']}:{turn}".encode()
            watch.due[key] = due
            keys.append(key)
            group.create_task(send(place, _beacon(port, sidebar, turn, key.decode()), due))
    deadline = time.monotonic() + LAST_SECONDS
    while any(key not in watch.seen for key in keys) and time.monotonic() < deadline:
        await asyncio.sleep(0.05)
    seconds = time.perf_counter() - begun
    for poster in posters:
        poster.transport.close()
    came = [key for key in keys if key in watch.seen]
    return {
        "seconds": seconds,
        "times": [round(watch.seen[key] - watch.due[key], 6) for key in came],
        "answered": answered,
        "missing": len(keys) - len(came),
        "doubled": sum(1 for key in came if watch.count[key] > 1),
        "cut": watch.cut,
    }


def _beacon(port: int, sidebar: dict[str, str], turn: int, key: str) -> bytes:
    """Return what the page of a reader posts: one second more, and the page is being left."""
    body = json.dumps(
        {
            "token": sidebar["token"],
            "seq": turn,
            "seconds": turn,
            "depth": 40,
            "final": True,
            "key": key,
            "stream": sidebar["stream"],
        }
    )
    return (
        f"POST {sidebar['beacon']} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}"
    ).encode()


async def main() -> None:
    """Open the sidebars, then carry out each order."""
    port, loop, watch = int(sys.argv[1]), asyncio.get_running_loop(), Watch()
    sidebars = json.loads(await loop.run_in_executor(None, sys.stdin.readline))["sidebars"]
    await open_all(port, sidebars, watch)
    print("prepared", flush=True)
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        print(json.dumps(await read(port, json.loads(line), sidebars, watch)), flush=True)
    watch.is_open = False


if __name__ == "__main__":
    uvloop.run(main())
