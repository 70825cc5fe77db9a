"""Requests and answers cross between loop and threads whole, whatever their size."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from scrm.web import bridge
from scrm.web.bridge import Bridge

OK = [("Content-Type", "text/plain")]


def ask(app: Callable[..., Any], *parts: bytes) -> list[dict[str, Any]]:
    """Send a request whose body comes in these parts; returns what was answered."""
    sent: list[dict[str, Any]] = []
    incoming = [
        {"type": "http.request", "body": part, "more_body": n + 1 < len(parts)}
        for n, part in enumerate(parts)
    ]

    async def receive() -> dict[str, Any]:
        return incoming.pop(0) if incoming else {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/a",
        "query_string": b"",
        "http_version": "1.1",
        "headers": [(b"content-length", str(sum(map(len, parts))).encode())],
    }
    asyncio.run(Bridge(app, workers=2)(scope, receive, send))
    return sent


def echo(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
    body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
    start_response("200 OK", OK)
    return [body[:3], body[3:]]


@pytest.mark.parametrize("parts", [(b"",), (b"hello",), (b"he", b"l", b"lo")])
def test_a_body_comes_whole_and_goes_back_in_one(parts: tuple[bytes, ...]):
    start, body = ask(echo, *parts)

    assert (start["status"], start["headers"]) == (200, [(b"content-type", b"text/plain")])
    assert body == {"type": "http.response.body", "body": b"".join(parts), "more_body": False}


def test_a_large_answer_goes_part_by_part(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(bridge, "HELD_BYTES", 10)
    threads = set()

    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterator[bytes]:
        start_response("200 OK", OK)
        for _ in range(7):
            threads.add(threading.current_thread())
            yield b"12345678"

    start, *bodies = ask(app, b"")

    assert start["status"] == 200
    assert [part["more_body"] for part in bodies] == [True] * (len(bodies) - 1) + [False]
    assert len(bodies) > 2
    assert b"".join(part["body"] for part in bodies) == b"12345678" * 7
    assert threads != {threading.current_thread()}


def test_what_fails_is_told_to_the_server():
    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        ask(app, b"")


def test_who_has_gone_is_answered_nothing():
    assert ask(echo) == []
