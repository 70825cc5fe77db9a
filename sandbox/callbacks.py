"""Callbacks out: encrypted events, sent to receivers with WeCom's tries, bounded per receiver.

Every try has a new nonce, timestamp and ciphertext around the same plain text. Nothing here blocks
an API answer: events wait in a queue per URL, a few lanes per URL empty it.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import secrets
from collections import Counter, deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from sandbox import crypto
from sandbox.entities import App, JSONDict
from sandbox.http_post import BadAnswerError, Lane

if TYPE_CHECKING:
    from sandbox.faults import Faults
    from sandbox.stamps import Stamps
    from sandbox.state import World

LOG = logging.getLogger("sandbox.callbacks")
BROKEN = (
    OSError,
    BadAnswerError,
    asyncio.IncompleteReadError,
    asyncio.LimitOverrunError,
    ValueError,
)


@dataclass(slots=True)
class Delivery:
    """One event on its way to one app."""

    id: int
    corp_id: str
    app: App
    event: str
    change_type: str
    plain: str
    queued_at: float
    url: str = ""
    state: str = "queued"
    tries: list[JSONDict] = field(default_factory=list)
    done_at: float = 0.0

    def as_json(self, *, plain: bool = False) -> JSONDict:
        """Return the delivery as the control API shows it."""
        data: JSONDict = {
            name: getattr(self, name)
            for name in ("id", "corp_id", "event", "change_type", "url", "state", "tries")
        }
        data |= {"queued_at": self.queued_at, "done_at": self.done_at, "app": self.app.slug}
        data["digest"] = hashlib.sha256(self.plain.encode()).hexdigest()
        if plain:
            data["plain"] = self.plain
        return data


@dataclass(slots=True)
class _Receiver:
    waiting: deque[Delivery] = field(default_factory=deque)
    lanes: int = 0
    idle: list[Lane] = field(default_factory=list)


class CallbackSender:
    """Sends events to the apps that want them and keeps the delivery log."""

    def __init__(self, world: World, faults: Faults, stamps: Stamps) -> None:
        """Start with empty queues; lanes start with the first event."""
        self._world = world
        self._faults = faults
        self._stamps = stamps
        self._receivers: dict[str, _Receiver] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._pending = 0
        self._next_id = 0
        self.log: deque[Delivery] = deque(maxlen=20_000)
        self.counts: Counter[str] = Counter()
        self.paused = False

    @property
    def pending(self) -> int:
        """Number of events neither delivered nor given up."""
        return self._pending

    def put(self, corp_id: str, app: App, event: str, change_type: str, plain: str) -> None:
        """Queue one event for one app; faults may drop, double, delay or shuffle it."""
        self.counts["emitted"] += 1
        delivery = self._new(corp_id, app, event, change_type, plain)
        if not app.callback_url:
            self._finish(delivery, "no_receiver")
            return
        fault = self._faults.for_callback(change_type or event)
        if fault is None:
            self._enqueue(delivery)
        elif fault.mode == "drop":
            self._finish(delivery, "dropped")
        elif fault.mode == "duplicate":
            self._enqueue(delivery)
            self.counts["duplicated"] += 1
            self._enqueue(self._new(corp_id, app, event, change_type, plain))
        else:
            share = self._world.chance("reorder") if fault.mode == "reorder" else 1.0
            self.counts["held_back"] += 1
            self._later(delivery, fault.seconds * share)

    def _new(self, corp_id: str, app: App, event: str, change_type: str, plain: str) -> Delivery:
        self._next_id += 1
        self._pending += 1
        now = self._stamps.now()
        delivery = Delivery(self._next_id, corp_id, app, event, change_type, plain, now)
        delivery.url = app.callback_url
        self.log.append(delivery)
        return delivery

    def _finish(self, delivery: Delivery, state: str) -> None:
        delivery.state = state
        delivery.done_at = self._stamps.now()
        self._pending -= 1
        self.counts[state] += 1

    def _later(self, delivery: Delivery, seconds: float) -> None:
        async def wait() -> None:
            await asyncio.sleep(seconds)
            self._enqueue(delivery)

        self._spawn(wait())

    def _spawn(self, work: object) -> None:
        task: asyncio.Task[None] = asyncio.get_running_loop().create_task(work)  # type: ignore[arg-type]  # a coroutine of ours
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _enqueue(self, delivery: Delivery) -> None:
        receiver = self._receivers.setdefault(delivery.url, _Receiver())
        receiver.waiting.append(delivery)
        self._start_lanes(receiver)

    def _start_lanes(self, receiver: _Receiver) -> None:
        cap = self._world.settings.callback_concurrency
        if not self.paused and receiver.lanes < min(cap, len(receiver.waiting)):
            receiver.lanes += 1
            self._spawn(self._run_lane(receiver))

    def resume(self) -> None:
        """Send again after a pause."""
        self.paused = False
        for receiver in self._receivers.values():
            for _ in range(self._world.settings.callback_concurrency):
                self._start_lanes(receiver)

    async def _run_lane(self, receiver: _Receiver) -> None:
        lane = receiver.idle.pop() if receiver.idle else None
        try:
            while receiver.waiting and not self.paused:
                delivery = receiver.waiting.popleft()
                lane = lane or Lane(delivery.url)
                await self._deliver(lane, delivery)
        finally:
            receiver.lanes -= 1
            if lane is not None:
                receiver.idle.append(lane)

    async def _deliver(self, lane: Lane, delivery: Delivery) -> None:
        settings = self._world.settings
        for number in range(1, settings.callback_tries + 1):
            if number > 1:
                await asyncio.sleep(settings.callback_retry_seconds)
            self.counts["tries"] += 1
            verdict = await self._try(lane, delivery)
            delivery.tries.append({"at": self._stamps.now(), "verdict": verdict})
            if verdict == "200":
                self._finish(delivery, "delivered")
                return
        LOG.warning("gave up %s %s to %s", delivery.event, delivery.change_type, delivery.url)
        self._finish(delivery, "given_up")

    async def _try(self, lane: Lane, delivery: Delivery) -> str:
        target, body = envelope(delivery, self._world.clock.seconds())
        try:
            async with asyncio.timeout(self._world.settings.callback_timeout_seconds):
                status, _ = await lane.request(
                    "POST", target, body, {"Content-Type": "text/xml; charset=utf-8"}
                )
        except TimeoutError:
            lane.close()
            return "timeout"
        except BROKEN as error:
            lane.close()
            return f"error:{type(error).__name__}"
        return str(status)

    async def drain(self, timeout_seconds: float) -> bool:
        """Wait until every queued event is delivered or given up; False when time ran out."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout_seconds
        while self._pending:
            if loop.time() >= deadline:
                return False
            await asyncio.sleep(0.005)
        return True

    async def close(self) -> None:
        """Stop all lanes."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for receiver in self._receivers.values():
            for lane in receiver.idle:
                lane.close()


def envelope(delivery: Delivery, timestamp: int) -> tuple[str, bytes]:
    """Return (request target, XML body) of one try: fresh nonce, timestamp and ciphertext."""
    app = delivery.app
    encrypted = crypto.encrypt(app.aes_key, delivery.plain, delivery.corp_id)
    nonce = str(secrets.randbelow(10**10))
    signed = crypto.signature(app.token, str(timestamp), nonce, encrypted)
    parts = urlsplit(delivery.url)
    query = f"msg_signature={signed}&timestamp={timestamp}&nonce={nonce}"
    if parts.query:
        query = f"{parts.query}&{query}"
    target = f"{quote(parts.path or '/', safe='/%')}?{query}"
    agent = str(app.agent_id) if app.agent_id else ""
    body = (
        f"<xml><ToUserName><![CDATA[{delivery.corp_id}]]></ToUserName>"
        f"<AgentID><![CDATA[{agent}]]></AgentID><Encrypt><![CDATA[{encrypted}]]></Encrypt></xml>"
    )
    return target, body.encode()
