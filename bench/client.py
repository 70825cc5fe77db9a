"""A load client as a process of its own: `python -m bench.client <port> <path>`, then JSON lines.

Each line is an order: `{"mode": "closed", "count", "connections", "seed"}` sends the next request
when the last one is answered; `{"mode": "open", …, "rate"}` sends on a timetable whatever the
answers do, and measures from the time that the table says. It encrypts the requests, says
`prepared`, and begins at the next line. The answer: seconds, the time of each request, how many
were not answered `success`.
"""

import asyncio
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import uvloop

from bench.callback_bodies import http_requests


@dataclass(slots=True)
class Tally:
    """What the connections have seen."""

    times: list[float]
    failed: int = 0


class Connection(asyncio.Protocol):
    """One kept connection that sends one request at a time."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._buffer = b""
        self._answer: asyncio.Future[bool] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = transport  # type: ignore[assignment] # TCP transports write

    def data_received(self, data: bytes) -> None:
        """Wake the sender when the answer is whole."""
        self._buffer += data
        head, separator, body = self._buffer.partition(b"\r\n\r\n")
        if not separator or not _is_whole(head, body):
            return
        is_fine = head.startswith(b"HTTP/1.1 200") and b"success" in body
        self._buffer = b""
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(is_fine)

    def connection_lost(self, exc: Exception | None) -> None:
        """A lost connection is a failed request."""
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(False)

    async def send(self, request: bytes) -> bool:
        """Send one request; true when it was answered 200 `success`."""
        assert self._transport is not None  # noqa: S101 - made by create_connection
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._answer

    def close(self) -> None:
        """Close the connection."""
        if self._transport is not None:
            self._transport.close()


async def closed_loop(connections: list[Connection], requests: Iterator[bytes]) -> Tally:
    """Every connection sends as fast as it is answered."""
    tally = Tally([])

    async def go_on(connection: Connection) -> None:
        for request in requests:
            begun = time.perf_counter()
            is_fine = await connection.send(request)
            tally.times.append(time.perf_counter() - begun)
            tally.failed += not is_fine

    await asyncio.gather(*(go_on(connection) for connection in connections))
    return tally


async def open_loop(connections: list[Connection], requests: Iterator[bytes], rate: float) -> Tally:
    """Requests leave by the timetable; one that finds no free connection waits, and it counts."""
    tally, free = Tally([]), asyncio.Queue[Connection]()
    for connection in connections:
        free.put_nowait(connection)

    async def send(request: bytes, due: float) -> None:
        connection = await free.get()
        is_fine = await connection.send(request)
        tally.times.append(time.perf_counter() - due)
        tally.failed += not is_fine
        free.put_nowait(connection)

    begun = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for number, request in enumerate(requests):
            due = begun + number / rate
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            group.create_task(send(request, due))
    return tally


async def obey(port: int, path: str, order: dict[str, Any]) -> dict[str, Any]:
    """Carry out one order."""
    requests = http_requests(port, path, count=order["count"], seed=order["seed"])
    loop = asyncio.get_running_loop()
    connections = [
        (await loop.create_connection(Connection, "127.0.0.1", port))[1]
        for _ in range(order["connections"])
    ]
    print("prepared", flush=True)
    sys.stdin.readline()
    begun = time.perf_counter()
    if order["mode"] == "open":
        tally = await open_loop(connections, iter(requests), order["rate"])
    else:
        tally = await closed_loop(connections, iter(requests))
    seconds = time.perf_counter() - begun
    for connection in connections:
        connection.close()
    times = [round(one, 6) for one in tally.times]
    return {"seconds": seconds, "times": times, "failed": tally.failed}


def _is_whole(head: bytes, body: bytes) -> bool:
    """True when the answer has ended, whichever way the server marks its end."""
    for line in head.lower().split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name == b"content-length":
            return len(body) >= int(value)
        if name == b"transfer-encoding":
            return body.endswith(b"0\r\n\r\n")
    return True


def main() -> None:
    """Answer each line."""
    port, path = int(sys.argv[1]), sys.argv[2]
    while line := sys.stdin.readline():
        print(json.dumps(uvloop.run(obey(port, path, json.loads(line)))), flush=True)


if __name__ == "__main__":
    main()
