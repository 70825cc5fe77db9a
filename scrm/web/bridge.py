"""From the event loop to Django's threads and back (桥): a2wsgi's pool, crossed once each way.

a2wsgi crosses from thread to loop for the body and for each part of an answer, and waits each time.
Nearly all requests and answers are small: here a body that is there comes along, and an answer goes
back as one when the thread has finished. What is larger than `HELD_BYTES` goes part by part, at the
speed of whoever takes it.
"""

import asyncio
import contextvars
import io
from functools import partial
from typing import Any, Final

from a2wsgi import WSGIMiddleware
from a2wsgi.wsgi import Body, WSGIResponder, build_environ

HELD_BYTES: Final = 256 * 1024


class Bridge(WSGIMiddleware):
    """A WSGI application as an ASGI application, on a fixed pool of threads."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request."""
        if scope["type"] == "http":
            await _Responder(self.app, self.executor, self.send_queue_size)(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


class _Responder(WSGIResponder):
    """One request. `send` is called by its thread, everything else by the loop."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        first = await receive()
        if first["type"] != "http.request":
            return
        self._held: list[Any] = []
        self._held_bytes = 0
        self._send_part = send
        environ = build_environ(scope, self._body(first, receive))
        work = partial(self.wsgi, environ, self.start_response)
        await self.loop.run_in_executor(self.executor, contextvars.copy_context().run, work)
        for message in _joined(self._held):
            await send(message)
        if self.exc_info is not None:
            raise self.exc_info[0].with_traceback(self.exc_info[1], self.exc_info[2])

    def send(self, message: Any) -> None:
        """Keep a part of the answer, or wait until it has gone where they became too many."""
        self._held.append(message)
        self._held_bytes += len(message.get("body", b""))
        if self._held_bytes <= HELD_BYTES:
            return
        parts, self._held, self._held_bytes = self._held, [], 0
        for part in _joined(parts):
            asyncio.run_coroutine_threadsafe(self._send_part(part), self.loop).result()

    def _body(self, first: Any, receive: Any) -> Any:
        if not first.get("more_body", False):
            return io.BytesIO(first.get("body", b""))
        body = Body(self.loop, receive)
        body.buffer.extend(first.get("body", b""))
        return body


def _joined(parts: list[Any]) -> list[Any]:
    """Return the messages with their bodies in one."""
    begun = [part for part in parts if part["type"] == "http.response.start"]
    bodies = [part for part in parts if part["type"] == "http.response.body"]
    if not bodies:
        return begun
    whole = b"".join(part["body"] for part in bodies)
    more = bodies[-1].get("more_body", False)
    return [*begun, {"type": "http.response.body", "body": whole, "more_body": more}]
