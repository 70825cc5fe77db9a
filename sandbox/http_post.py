"""A small HTTP/1.1 client for callbacks: keep-alive, one connection per lane, no dependencies.

Callbacks are many and tiny; a general client would cost more than everything else together.
"""

from __future__ import annotations

import asyncio
import ssl
from urllib.parse import urlsplit

_MAX_HEAD = 65_536


class BadAnswerError(Exception):
    """The receiver did not answer HTTP."""


class Lane:
    """One keep-alive connection to the host of a URL."""

    def __init__(self, url: str) -> None:
        """Remember the host; the connection opens with the first request."""
        parts = urlsplit(url)
        self._secure = parts.scheme == "https"
        self._host = parts.hostname or "127.0.0.1"
        self._port = parts.port or (443 if self._secure else 80)
        self._name = parts.netloc
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def request(
        self, method: str, target: str, body: bytes = b"", headers: dict[str, str] | None = None
    ) -> tuple[int, bytes]:
        """Send one request and return (status, body); an idle connection that died is reopened.

        Raises:
            OSError: no connection, or it broke.
            BadAnswerError: the answer is not HTTP.
        """
        lines = [f"{method} {target} HTTP/1.1", f"Host: {self._name}"]
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        lines += [f"Content-Length: {len(body)}", "", ""]
        data = "\r\n".join(lines).encode() + body
        reused = self._writer is not None
        try:
            return await self._exchange(data)
        except (OSError, asyncio.IncompleteReadError):
            self.close()
            if not reused:
                raise
            return await self._exchange(data)

    async def _exchange(self, data: bytes) -> tuple[int, bytes]:
        if self._reader is None or self._writer is None:
            context = ssl.create_default_context() if self._secure else None
            self._reader, self._writer = await asyncio.open_connection(
                self._host, self._port, ssl=context, limit=_MAX_HEAD
            )
        self._writer.write(data)
        await self._writer.drain()
        return await self._read_answer(self._reader)

    async def _read_answer(self, reader: asyncio.StreamReader) -> tuple[int, bytes]:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *lines = head.split("\r\n")
        try:
            status = int(first.split(" ", 2)[1])
        except (IndexError, ValueError) as error:
            raise BadAnswerError(first[:80]) from error
        headers = {
            name.strip().lower(): value.strip()
            for name, _, value in (line.partition(":") for line in lines if line)
        }
        body = await self._read_body(reader, headers)
        if headers.get("connection", "").lower() == "close":
            self.close()
        return status, body

    async def _read_body(self, reader: asyncio.StreamReader, headers: dict[str, str]) -> bytes:
        if headers.get("transfer-encoding", "").lower() == "chunked":
            parts = []
            while size := int((await reader.readuntil(b"\r\n")).split(b";")[0], 16):
                parts.append((await reader.readexactly(size + 2))[:-2])
            await reader.readuntil(b"\r\n")
            return b"".join(parts)
        return await reader.readexactly(int(headers.get("content-length", "0")))

    def close(self) -> None:
        """Drop the connection."""
        if self._writer is not None:
            self._writer.close()
        self._reader = self._writer = None
