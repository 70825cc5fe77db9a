"""The least a live door can do, in the product's server: insert one row, tell the open stream.

The same uvicorn, the same driver and one durable commit a read, without visits, ledger, rights,
Redis, resuming, and without a second process that works the reads in.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.conf import settings
from django.db import connection

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

_threads = ThreadPoolExecutor(settings.WEB_THREADS)
_streams: dict[str, "asyncio.Queue[str]"] = {}


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer a stream, a read, or anything."""
    if scope["type"] != "http":
        return
    if scope["path"].startswith("/live/"):
        await _stream(scope["path"], send)
    elif scope["method"] == "POST":
        told = json.loads((await receive())["body"])
        await asyncio.get_running_loop().run_in_executor(_threads, _insert, told["key"])
        _streams[told["stream"]].put_nowait(told["key"])
        await _answer(send, 204)
    else:
        await _answer(send, 204)


async def _stream(path: str, send: Send) -> None:
    queue = _streams[path] = asyncio.Queue()
    headers = [(b"content-type", b"text/event-stream")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"id: 0\n\n", "more_body": True})
    while True:
        key = await queue.get()
        body = f'event: timeline\ndata: {{"key": "{key}"}}\n\n'.encode()
        await send({"type": "http.response.body", "body": body, "more_body": True})


def _insert(key: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO bench_floor_read (key) VALUES (%s)", [key])


async def _answer(send: Send, status: int) -> None:
    await send({"type": "http.response.start", "status": status, "headers": []})
    await send({"type": "http.response.body", "body": b""})
