"""A tiny WeCom on loopback that answers what a test tells it and remembers what it was asked."""

import json
import threading
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

PREFIX = "/cgi-bin/"


@dataclass
class Asked:
    """One request."""

    method: str
    api: str
    query: dict[str, str]
    body: bytes
    content_type: str

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Raw:
    """An answer as bytes; `cut` closes the connection after so many bytes of it."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    cut: int | None = None


Answer = dict[str, Any] | Raw | Callable[[Asked], Any]


class FakeWeCom:
    """`answers[api]` is used up in order; the last one stays."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.answers: dict[str, list[Answer]] = defaultdict(list)
        self.lock = threading.Lock()
        self.tokens = 0
        self.answers["gettoken"] = [self.give_token]
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        )

    def __enter__(self) -> "FakeWeCom":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def give_token(self, _: Asked) -> dict[str, Any]:
        with self.lock:
            self.tokens += 1
            return {"errcode": 0, "access_token": f"TOKEN-{self.tokens}", "expires_in": 7200}

    def calls(self, api: str) -> list[Asked]:
        """What was asked of one API."""
        return [asked for asked in self.asked if asked.api == api]

    def answer(self, asked: Asked) -> Answer:
        with self.lock:
            self.asked.append(asked)
            left = self.answers[asked.api]
            chosen: Answer = (left.pop(0) if len(left) > 1 else left[0]) if left else {"errcode": 0}
        return chosen(asked) if callable(chosen) else chosen


class _Handler(BaseHTTPRequestHandler):
    """One connection; `fake` is set by the class made for each server."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body in one packet, or each answer costs 40 ms
    fake: FakeWeCom

    def serve(self) -> None:
        parts = urlsplit(self.path)
        length = int(self.headers.get("Content-Length") or 0)
        answer = self.fake.answer(
            Asked(
                method=self.command,
                api=parts.path.removeprefix(PREFIX),
                query=dict(parse_qsl(parts.query, keep_blank_values=True)),
                body=self.rfile.read(length),
                content_type=self.headers.get("Content-Type", ""),
            )
        )
        self.reply(answer if isinstance(answer, Raw) else Raw(json.dumps(answer).encode()))

    def reply(self, raw: Raw) -> None:
        self.close_connection = raw.cut is not None
        if raw.cut == 0:
            return
        self.send_response(raw.status)
        for name, value in raw.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(raw.body)))
        self.end_headers()
        self.wfile.write(raw.body[: raw.cut])

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


def _handler(fake: FakeWeCom) -> type[_Handler]:
    names = {"fake": fake, "do_GET": _Handler.serve, "do_POST": _Handler.serve}
    return type("Handler", (_Handler,), names)
