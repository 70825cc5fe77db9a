"""A receiver of callbacks: keeps every request, decrypts it, answers as told."""

import re
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self
from urllib.parse import parse_qs, urlsplit

from sandbox import crypto
from tests.sandbox.wecom import CORP

KEYS = {
    "/scrm": ("scrmTestToken01", "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"),
    "/contacts": ("contactsToken01", "0123456789abcdefghijklmnopqrstuvwxyzABCDEFG"),
}


@dataclass
class Received:
    path: str
    query: dict[str, str]
    body: str
    plain: str

    def field(self, name: str) -> str:
        """Return one element of the decrypted XML, empty when it is absent."""
        found = re.search(rf"<{name}>(?:<!\[CDATA\[(.*?)\]\]>|([^<]*))</{name}>", self.plain)
        return "" if found is None else found.group(1) or found.group(2) or ""


@dataclass
class Receiver:
    """`statuses` are answered in order, then 200; `slow_seconds` delay each answer."""

    statuses: list[int] = field(default_factory=list)
    slow_seconds: list[float] = field(default_factory=list)
    received: list[Received] = field(default_factory=list)
    url: str = ""

    def __enter__(self) -> Self:
        owner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = 65_536

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                owner.take(self.path, body)
                time.sleep(owner.slow_seconds.pop(0) if owner.slow_seconds else 0)
                status = owner.statuses.pop(0) if owner.statuses else 200
                self._answer(status, b"success")

            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                query = {name: values[0] for name, values in parse_qs(parts.query).items()}
                plain = crypto.decrypt(KEYS[parts.path][1], query["echostr"], CORP)
                self._answer(200, plain.encode())

            def _answer(self, status: int, body: bytes) -> None:
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                """Stay silent."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def take(self, target: str, body: str) -> None:
        parts = urlsplit(target)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        found = re.search(r"<Encrypt><!\[CDATA\[(.*?)\]\]></Encrypt>", body)
        assert found is not None
        token, key = KEYS[parts.path]
        words = (query["timestamp"], query["nonce"], found.group(1))
        assert crypto.signature(token, *words) == query["msg_signature"]
        plain = crypto.decrypt(key, found.group(1), CORP)
        self.received.append(Received(parts.path, query, body, plain))
