"""The door of `/cgi-bin/*`: token, address, limits, faults, latency, log; then the handler.

It is a bare ASGI application so that thousands of calls a second pass through one process, and so
that faults can break a connection the way networks do.
"""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import ExitStack
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any
from urllib.parse import parse_qsl, quote

from sandbox.api import REGISTRY
from sandbox.api.call import Call, Endpoint, RawAnswer, Upload, check_schema
from sandbox.entities import App, AppKind, JSONDict
from sandbox.errors import ApiError, error_text
from sandbox.faults import FaultRule
from sandbox.limits import Limits
from sandbox.multipart import read_upload
from sandbox.simulator import Simulator
from sandbox.state import Corp

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

PREFIX = "/cgi-bin/"
PAIR_WRITE_SECONDS = 0.003
_BAD_GATEWAY = b"<html><head><title>502 Bad Gateway</title></head><body>502</body></html>"
_REFUSALS = {
    "minus_one": -1,
    "minus_one_executed": -1,
    "busy_6000": 6000,
    "rate_45009": 45009,
    "concurrency_45033": 45033,
}
_HANG_CAP_SECONDS = 60.0
_NORMAL = NormalDist()
_LATENCY_MEDIAN, _LATENCY_SIGMA = 0.08, math.log(1.5 / 0.08) / 2.3263


@dataclass(slots=True)
class Request:
    """What came over the wire."""

    path: str
    method: str
    params: dict[str, str]
    body: bytes
    content_type: str
    client_ip: str


@dataclass(slots=True)
class Verdict:
    """The answer and what the log says of it."""

    content: bytes
    content_type: str = "application/json; charset=UTF-8"
    status: int = 200
    errcode: int = 0
    app: str = ""
    parsed: object = None
    disposition: str = ""


class Gate:
    """Answers API calls for one simulator."""

    def __init__(self, sim: Simulator) -> None:
        """Serve `sim`."""
        self.sim = sim
        self.limits = Limits(sim.world)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        request = await _read(scope, receive)
        started = self.sim.stamps.now()
        fault = self.sim.faults.for_call(request.path)
        mode = fault.mode if fault else ""
        if self.sim.latency == "real":
            await asyncio.sleep(self._latency_seconds())
        if fault and mode in ("timeout", "late_execution"):
            await self._hang(receive)
        if fault and mode == "late_execution":
            await asyncio.sleep(fault.seconds)
        is_executed = mode in ("", "half_answer", "late_execution") or mode.endswith("_executed")
        verdict = await self.execute(request) if is_executed else Verdict(b"")
        self._log(request, verdict, mode, started, is_executed=is_executed)
        if mode == "timeout_executed":
            await self._hang(receive)
        await self._answer(verdict, fault, request, send)

    def _latency_seconds(self) -> float:
        chance = min(max(self.sim.world.chance("latency"), 1e-4), 1 - 1e-4)
        return _LATENCY_MEDIAN * math.exp(_LATENCY_SIGMA * _NORMAL.inv_cdf(chance))

    async def _hang(self, receive: Receive) -> None:
        """Wait until the client gives up."""
        try:
            async with asyncio.timeout(_HANG_CAP_SECONDS):
                while (await receive())["type"] != "http.disconnect":
                    pass
        except TimeoutError:
            return

    async def _answer(
        self, verdict: Verdict, fault: FaultRule | None, request: Request, send: Send
    ) -> None:
        mode = fault.mode if fault else ""
        if mode in ("timeout", "timeout_executed", "late_execution", "reset", "reset_executed"):
            await _cut(send)
        elif mode == "half_answer":
            await _send(send, verdict, half=True)
        elif mode.startswith("http_502"):
            await _send(send, Verdict(_BAD_GATEWAY, "text/html", 502))
        elif mode in _REFUSALS:
            error = ApiError(_REFUSALS[mode])
            await _send(send, _refusal(error, request.client_ip, self._hint()))
        else:
            await _send(send, verdict)

    def _hint(self) -> str:
        return str(int(self.sim.stamps.now() * 1e9))

    async def execute(self, request: Request) -> Verdict:
        """Answer a request without faults and latency."""
        endpoint = REGISTRY.endpoints.get(request.path)
        if endpoint is None:
            self.sim.warn("unknown path", request.path)
            return Verdict(b"<html><body>404 Not Found</body></html>", "text/html", 404, 404)
        app = ""
        try:
            corp, owner = self._authenticate(request, endpoint)
            app = owner.slug if owner.secret else ""
            return await self._handle(request, endpoint, corp, owner)
        except ApiError as error:
            if error.errcode in (40014, 42001):
                error.fields |= {name: [] for name in endpoint.empty}
            return _refusal(error, request.client_ip, self._hint(), app)

    def _authenticate(self, request: Request, endpoint: Endpoint) -> tuple[Corp, App]:
        if request.method not in endpoint.methods:
            self.sim.warn("wrong verb", f"{request.method} {request.path}")
            raise ApiError(40058, "wrong verb")
        if "debug" in request.params:
            self.sim.warn("debug switch in use", request.path)
        if endpoint.right == "none":
            return next(iter(self.sim.world.corps.values())), _NOBODY
        token = self.sim.tokens.check(request.params.get("access_token", ""))
        corp = self.sim.world.corps[token.corp_id]
        app = corp.apps[token.slug]
        if app.trusted_ips and request.client_ip not in app.trusted_ips:
            raise ApiError(60020)
        if self.sim.rate_limits and endpoint.is_rated:
            self.limits.count(corp.corp_id, request.path)
        _check_right(endpoint, app)
        return corp, app

    async def _handle(self, request: Request, endpoint: Endpoint, corp: Corp, app: App) -> Verdict:
        with ExitStack() as held:
            is_capped = self.sim.rate_limits and endpoint.right != "none"
            held.enter_context(
                self.limits.in_flight(corp.corp_id, request.path, is_capped=is_capped)
            )
            body, upload = self._parse(request, endpoint)
            if endpoint.is_pair_write:
                pair = (str(body.get("userid")), str(body.get("external_userid")))
                held.enter_context(self.limits.pair(corp.corp_id, *pair))
                await asyncio.sleep(PAIR_WRITE_SECONDS)
            call = Call(
                self.sim, request.path, request.params, body, corp, app, request.client_ip, upload
            )
            answer = endpoint.handler(call)
        if isinstance(answer, RawAnswer):
            return Verdict(
                answer.content, answer.content_type, app=app.slug, disposition=answer.filename
            )
        data = {"errcode": 0, "errmsg": "ok", **(answer or {})}
        return Verdict(_dumps(data), app=app.slug, parsed=body)

    def _parse(self, request: Request, endpoint: Endpoint) -> tuple[JSONDict, Upload | None]:
        if request.content_type.startswith("multipart/form-data"):
            return {}, read_upload(request.content_type, request.body)
        if request.method == "GET" or not request.body:
            return {}, None
        try:
            body = json.loads(request.body)
        except ValueError as error:
            self.sim.warn("broken JSON", request.path)
            raise ApiError(40058, "Warning: wrong json format. body is not JSON") from error
        unknown: list[str] = []
        schema = endpoint.fields if endpoint.fields is not None else object
        if not isinstance(body, dict) or not check_schema(body, schema, "", unknown):
            self.sim.warn("wrong JSON type", request.path)
            raise ApiError(40058, "invalid Request Parameter. Warning: wrong json format.")
        for name in unknown:
            self.sim.unknown_fields[f"{request.path} {name}"] += 1
        if b"\\u" in request.body:
            self.sim.warn("escaped text in JSON", request.path)
        return body, None

    def _log(  # one column each
        self,
        request: Request,
        verdict: Verdict,
        fault: str,
        started: float,
        *,
        is_executed: bool,
    ) -> None:
        self.sim.request_counts[request.path] += 1
        self.sim.requests.append(
            {
                "at": started,
                "seconds": self.sim.stamps.now() - started,
                "method": request.method,
                "path": request.path,
                "app": verdict.app,
                "errcode": verdict.errcode,
                "fault": fault,
                "executed": is_executed,
                "params": {k: v for k, v in request.params.items() if k not in _SECRET_PARAMS},
                "body": verdict.parsed if len(request.body) <= 8192 else "(long)",
            }
        )


_SECRET_PARAMS = ("access_token", "corpsecret")
_NOBODY = App("", 0, "", "", "")


def _check_right(endpoint: Endpoint, app: App) -> None:
    right = endpoint.right
    if right == "any":
        return
    if right == "contacts":
        if app.kind is not AppKind.CONTACTS:
            raise ApiError(48002)
    elif app.kind is not AppKind.SELF_BUILT:
        raise ApiError(48009 if endpoint.path.startswith("user/") else 48002)
    elif right not in ("app", *app.callable_apps):
        raise ApiError(48002)


def _dumps(data: object) -> bytes:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()


def _refusal(error: ApiError, ip: str, hint: str, app: str = "") -> Verdict:
    text = error_text(error.errcode, error.detail, ip, hint)
    data = {"errcode": error.errcode, "errmsg": text, **error.fields}
    return Verdict(_dumps(data), errcode=error.errcode, app=app)


async def _read(scope: Scope, receive: Receive) -> Request:
    message = await receive()
    body: bytes = message.get("body", b"")
    while message.get("more_body"):
        message = await receive()
        body += message.get("body", b"")
    content_type = ""
    for name, value in scope["headers"]:
        if name == b"content-type":
            content_type = value.decode("latin-1")
    params = dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))
    client = scope.get("client") or ("127.0.0.1", 0)
    path = scope["path"][len(PREFIX) :]
    return Request(path, scope["method"], params, body, content_type, client[0])


async def _send(send: Send, verdict: Verdict, *, half: bool = False) -> None:
    headers = [
        (b"content-type", verdict.content_type.encode()),
        (b"content-length", str(len(verdict.content)).encode()),
    ]
    if verdict.disposition:
        name = quote(verdict.disposition)
        headers.append((b"content-disposition", f'attachment; filename="{name}"'.encode()))
    await send({"type": "http.response.start", "status": verdict.status, "headers": headers})
    if half:
        part = verdict.content[: len(verdict.content) // 2]
        await send({"type": "http.response.body", "body": part, "more_body": True})
        await _cut(send, is_flushed=True)
        return
    await send({"type": "http.response.body", "body": verdict.content})


async def _cut(send: Send, *, is_flushed: bool = False) -> None:
    """Break the connection under the answer; without a socket (in-process tests) raise."""
    cycle: Any = getattr(send, "__self__", None)
    transport = getattr(cycle, "transport", None)
    if transport is None:
        raise ConnectionResetError("the simulator cut the connection")
    if is_flushed:
        transport.close()
    else:
        transport.abort()
    for _ in range(3):
        await asyncio.sleep(0)
