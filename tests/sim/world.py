"""One world: the tables, WeCom, the wire, the hosts with their clocks, and who tells on them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from tests.sim.desk import Desk
from tests.sim.engine import BASE, BEAT_SECONDS, FOREVER, Engine, Host, Nap
from tests.sim.memory import MemoryStore
from tests.sim.profile import Profile
from tests.sim.rows import DispatchRow, Tables, TouchRow
from tests.sim.wecom import WeCom
from tests.sim.wire import Wire
from touches.services.outcomes import Claimed
from touches.services.pump import start_within_seconds
from touches.services.trying import Clock


@dataclass(frozen=True, slots=True)
class Try:
    """One call that was really begun, for the oracle.

    Attributes:
        spare_seconds: How much earlier than at the last moment of its lease.
    """

    t: float
    dispatch_id: UUID
    host: str
    token: int
    mode: str
    now: datetime
    skew: float
    spare_seconds: float


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """A cancellation that was committed: what was open, and which calls nobody wanted any more."""

    t: float
    reason: str
    open_touches: tuple[int, ...]
    calls: tuple[UUID, ...]


class World:
    """Everything of one history, made from its seed."""

    def __init__(self, seed: int, profile: Profile, *, is_traced: bool = False) -> None:
        self.profile = profile
        self.engine = Engine(seed, is_traced=is_traced)
        self.tables = Tables()
        self.wecom = WeCom(self.engine, profile)
        self.wire = Wire(self.engine, self.wecom, profile)
        self.hosts: list[Host] = []
        self.tries: list[Try] = []
        self.withdrawals: list[Withdrawal] = []
        self.breaches: list[str] = []
        self.given_up: set[UUID] = set()
        self._numbers = iter(range(1, 1 << 40))
        self.people = self.store("people")

    def store(self, worker: str) -> MemoryStore:
        """Return the store as one worker sees it."""
        return MemoryStore(self.desk(worker))

    def desk(self, worker: str) -> Desk:
        """Return a worker's desk."""
        return Desk(self.tables, worker, self.ticks, self.ticks, self.new_id)

    def ticks(self) -> float:
        return self.engine.t

    def new_id(self) -> UUID:
        return UUID(int=next(self._numbers))

    def now(self, host: Host) -> datetime:
        """Business time as a host believes it."""
        return self.engine.moment(host.skew)

    def clock(self, host: Host) -> Clock:
        return Clock(now=lambda: self.now(host), ticks=lambda: self.engine.t)

    def add_host(self, name: str, skew: float, *lanes: Callable[["World", Host], object]) -> Host:
        """Add a host; whenever it is started, its lanes begin anew."""

        def start(host: Host) -> None:
            for lane in lanes:
                lane(self, host)

        host = Host(name, skew=skew, start=start)
        self.hosts.append(host)
        host.start(host)
        return host

    def nap_until(self, due: float, kind: type[Nap] = Nap) -> Nap:
        """Sleep until something is due, or the bell of the lane rings.

        What is due and could not be taken is looked at again with the next beat.
        """
        t = self.engine.t
        wait = due - t if due > t else BEAT_SECONDS
        return kind(min(wait, FOREVER) + self.engine.rng.random() * 0.2)

    def next_due(self, kinds: frozenset[str], skew: float) -> float:
        """When the next of these calls may be claimed or has to be reaped."""
        return min((t for t in self._dues(kinds, skew)), default=FOREVER)

    def _dues(self, kinds: frozenset[str], skew: float) -> Iterator[float]:
        for d in self.tables.dispatches.values():
            if d.state == "pending" and d.kind in kinds:
                due = (d.available_at - BASE).total_seconds() - skew
                yield max(due, d.settle_until or 0.0)
            elif d.state == "sending" and d.lease_until is not None:
                yield d.lease_until + 0.001

    def plan(self, touches: list[TouchRow], call: DispatchRow | None) -> None:
        """Plan touches with the one call that carries them out; a repetition changes nothing."""
        fresh = [touch for touch in touches if self.people.desk.plan_touch(touch)]
        if call is not None and len(fresh) == len(touches):
            for touch in fresh:
                touch.dispatch_id, touch.state = call.id, "queued"
            self.people.desk.plan_call(call)
        self.engine.ring()
        self.engine.ring("watch")

    def withdraw(self, touch_ids: list[int], reason: str, now: datetime) -> None:
        """Withdraw touches, and remember it for the oracle."""
        still_open = [i for i in touch_ids if self.tables.touches[i].state in {"planned", "queued"}]
        report = self.people.withdraw(touch_ids, reason=reason, actor="people", now=now)
        self.engine.note("people", "withdraws {}: {}", touch_ids, report)
        calls = [d.id for d in self.tables.dispatches.values() if d.is_cancel_wanted]
        entry = Withdrawal(self.engine.t, reason, tuple(still_open), tuple(calls))
        self.withdrawals.append(entry)
        self.engine.ring()

    def began(self, host: Host, claimed: Claimed, mode: str) -> None:
        """Remember a call that was begun."""
        latest = claimed.claimed_ticks + start_within_seconds(claimed.policy)
        spare = latest - self.engine.t
        t, now = self.engine.t, self.now(host)
        self.tries.append(
            Try(t, claimed.id, host.label, claimed.token, mode, now, host.skew, spare)
        )
        self.engine.note(host.label, "calls {} token {} ({})", claimed.id, claimed.token, mode)


def after(seconds: float) -> datetime:
    """A moment of business time, as clocks without skew show it."""
    return BASE + timedelta(seconds=seconds)
