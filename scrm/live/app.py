"""The live door as an ASGI application: `/live/me` and `/live/customers/<uid>` are event streams.

`/live/me` brings the alerts of the staff member who is signed in; the other one, the timeline of a
customer as well. A stream resumes after `Last-Event-ID` (or `?since=`, as the page was rendered):
first what was missed, out of the rows, then live, each message once.
"""

import asyncio
import logging
import random
import re
from collections.abc import Coroutine, Iterator
from functools import partial
from http.cookies import CookieError, SimpleCookie
from typing import Any, Final
from urllib.parse import parse_qs
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError, InterfaceError

from scrm.live import reading
from scrm.live.door import Door, Refusal, Ticket, Wish, admit, no_longer_admitted
from scrm.live.hub import Hub
from scrm.live.messages import HEAD, heartbeat, order, told, written
from scrm.live.subscribers import Subscriber
from scrm.web.asgi import Receive, Scope, Send
from scrm.web.positions import Position, read_position

logger = logging.getLogger(__name__)

HEARTBEAT_SECONDS: Final = 15.0
# A connection that takes nothing for this long is given up.
SEND_SECONDS: Final = 10.0
# Every stream is asked again whether it may go on; a leaver is out after two of these at most.
INSPECT_SECONDS: Final = 20.0
INSPECTED_AT_ONCE: Final = 50
MOST_STREAMS: Final = 5_000
_PATH: Final = re.compile(r"/live/(?:me|customers/([0-9a-f-]{36}))", re.ASCII)
_HEADERS: Final = (
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
    (b"x-content-type-options", b"nosniff"),
)


class LiveApp:
    """All streams of one process."""

    def __init__(self) -> None:
        self._streams: dict[Subscriber, Ticket] = {}
        self._hub: Hub | None = None
        self._door: Door | None = None
        self._inspector: asyncio.Task[None] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        path = _PATH.fullmatch(scope["path"])
        if path is None or scope["method"] != "GET":
            await _refuse(send, 404 if path is None else 405)
            return
        if len(self._streams) >= MOST_STREAMS:
            await _refuse(send, 503)
            return
        try:
            wish = _wish(scope, path[1])
            hub, door = self._begin()
            await hub.begin()
            ticket = await door.ask(lambda: admit(wish))
        except ValueError:
            await _refuse(send, 404)
            return
        except (DatabaseError, InterfaceError):
            await _refuse(send, 503)
            return
        if isinstance(ticket, Refusal):
            await _refuse(send, ticket.status)
            return
        await self._serve(hub, door, ticket, _since(scope), receive, send)

    async def close(self) -> None:
        """End everything; the next request would begin anew."""
        for subscriber in self._streams:
            subscriber.end("")
        if self._inspector is not None:
            self._inspector.cancel()
        if self._hub is not None:
            await self._hub.close()
        if self._door is not None:
            self._door.close()
        self._hub = self._door = self._inspector = None

    def _begin(self) -> tuple[Hub, Door]:
        """Make what belongs to an event loop in that loop."""
        if self._hub is None or self._door is None:
            self._hub, self._door = Hub(), Door()
            self._inspector = asyncio.create_task(self._inspect_for_ever(), name="live-inspect")
        return self._hub, self._door

    async def _serve(
        self,
        hub: Hub,
        door: Door,
        ticket: Ticket,
        since: Position | None,
        receive: Receive,
        send: Send,
    ) -> None:
        """Follow from now on, tell what was missed, then what comes."""
        subscriber = Subscriber(
            customer_id=ticket.customer_id, staff_id=ticket.staff_id, language=ticket.language
        )
        self._streams[subscriber] = ticket
        hub.add(subscriber)
        try:
            missed = await door.ask(lambda: _replay(ticket, since))
            await _run_until_gone(_speak(subscriber, missed, send), receive)
        except (DatabaseError, InterfaceError):
            await _refuse(send, 503)
        finally:
            hub.remove(subscriber)
            del self._streams[subscriber]

    async def _inspect_for_ever(self) -> None:
        while True:
            await asyncio.sleep(INSPECT_SECONDS)
            try:
                await self.inspect()
            except (DatabaseError, InterfaceError) as error:
                # Without a database there is nothing new to see either.
                logger.warning("live_not_inspected", extra={"reason": str(error)})

    async def inspect(self) -> None:
        """Ask of every stream whether it may go on, and end those that may not."""
        door = self._begin()[1]
        streams = list(self._streams.items())
        for start in range(0, len(streams), INSPECTED_AT_ONCE):
            part = streams[start : start + INSPECTED_AT_ONCE]
            tickets = [ticket for _, ticket in part]
            refused = await door.ask(partial(no_longer_admitted, tickets))
            for (subscriber, _), is_refused in zip(part, refused, strict=True):
                if is_refused:
                    subscriber.end("bye")


async def _speak(subscriber: Subscriber, missed: reading.Replay, send: Send) -> None:
    """Write the stream until it ends, or its reader takes nothing any more."""
    await send({"type": "http.response.start", "status": 200, "headers": list(_HEADERS)})
    subscriber.position = missed.position
    try:
        await _write(send, b"".join(_first_words(missed, subscriber.language)))
        while not (subscriber.is_overrun or subscriber.end_with):
            # Not all at once: five hundred heartbeats would stand before somebody's news.
            await subscriber.wait(HEARTBEAT_SECONDS * random.uniform(0.7, 1.0))  # noqa: S311
            lines = [
                written(message, subscriber.language, subscriber.position)
                for message in iter(subscriber.take, None)
            ]
            await _write(send, b"".join(lines) or heartbeat(subscriber.position))
    except TimeoutError:
        logger.info("live_reader_too_slow")
        return
    last = order(subscriber.end_with) if subscriber.end_with else b""
    await send({"type": "http.response.body", "body": last, "more_body": False})


def _first_words(missed: reading.Replay, language: str) -> Iterator[bytes]:
    """Yield what was missed, each with the position it leads to, and the position after all."""
    yield HEAD
    position = missed.before
    for message in missed.messages:
        position = told(position, message)
        yield written(message, language, position)
    if not missed.is_whole:
        yield order("reload")
    yield heartbeat(missed.position)


async def _write(send: Send, body: bytes) -> None:
    async with asyncio.timeout(SEND_SECONDS):
        await send({"type": "http.response.body", "body": body, "more_body": True})


async def _run_until_gone(speaking: Coroutine[Any, Any, None], receive: Receive) -> None:
    """Speak until the stream ends or the reader has gone."""
    speaker = asyncio.create_task(speaking)
    listener = asyncio.create_task(_until_gone(receive))
    try:
        await asyncio.wait({speaker, listener}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        speaker.cancel()
        listener.cancel()
        await asyncio.gather(speaker, listener, return_exceptions=True)


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _refuse(send: Send, status: int) -> None:
    headers = [(b"content-length", b"0"), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


def _replay(ticket: Ticket, since: Position | None) -> reading.Replay:
    return reading.replay(
        since,
        customer_id=ticket.customer_id,
        staff_id=ticket.staff_id,
        language=ticket.language,
    )


def _wish(scope: Scope, uid: str | None) -> Wish:
    """Read who asks for what.

    Raises:
        ValueError: the customer's number is none.
    """
    cookies = _cookies(_header(scope, b"cookie"))
    return Wish(
        session_key=cookies.get(settings.SESSION_COOKIE_NAME, ""),
        accept_language=_header(scope, b"accept-language"),
        language_cookie=cookies.get(settings.LANGUAGE_COOKIE_NAME, ""),
        customer_uid=UUID(uid) if uid else None,
    )


def _since(scope: Scope) -> Position | None:
    """Return where the reader stands: as the browser says, else as the page was rendered."""
    asked = parse_qs(scope["query_string"].decode("latin-1")).get("since", [""])
    return read_position(_header(scope, b"last-event-id") or asked[-1])


def _header(scope: Scope, name: bytes) -> str:
    found = (value for known, value in scope["headers"] if known == name)
    return next(found, b"").decode("latin-1")


def _cookies(header: str) -> dict[str, str]:
    try:
        return {name: morsel.value for name, morsel in SimpleCookie(header).items()}
    except CookieError:
        return {}
