"""The sending hosts: claim, call, settle, reap, as the pump does, a process a try."""

from dataclasses import dataclass, field

from tests.sim.engine import Host, Steps
from tests.sim.memory import MemoryStore
from tests.sim.wire import ReadingLine
from tests.sim.world import World
from touches.services.outcomes import Claimed, Reply, Verdict
from touches.services.pump import start_within_seconds
from touches.services.reconciling import look_up_mass_message
from touches.services.sending import MASS_KINDS, STAFF_KINDS, WELCOME_KINDS
from touches.services.settling import RETRY_SECONDS, TRIES
from touches.services.trying import Ask, one_try
from wecom.errors import Ambiguous, WeComError

SLOTS = 4
KINDS = tuple(str(kind) for kind in (*WELCOME_KINDS, *STAFF_KINDS, *MASS_KINDS))
ALL_KINDS = frozenset(KINDS)


@dataclass(eq=False, slots=True)
class Sender:
    """One pump: what is under way in it, and what waits to be settled."""

    world: World
    host: Host
    store: MemoryStore
    under_way: int = 0
    finished: list[Verdict] = field(default_factory=list)
    is_settling: bool = False
    known: int = 0

    def loop(self) -> Steps:
        """Reap, claim for the free slots, sleep until something is due."""
        engine = self.world.engine
        while True:
            yield engine.io(self.host)
            # To look when nothing can be due would change nothing, but take its time here.
            due = self.world.next_due(ALL_KINDS, self.host.skew)
            if due <= engine.t:
                yield from self._turn()
                due = self.world.next_due(ALL_KINDS, self.host.skew)
            yield self.world.nap_until(due)

    def _turn(self) -> Steps:
        """Reap what was lost, claim for the free slots."""
        engine = self.world.engine
        self.store.reap(self.world.now(self.host))
        yield engine.io(self.host)
        batch = self.store.claim(KINDS, limit=SLOTS - self.under_way, now=self.world.now(self.host))
        if not batch:
            return
        # The claim is committed; the host may die before it hears of that.
        yield engine.io(self.host)
        for claimed in batch:
            self.under_way += 1
            engine.begin("try", self.attempt(claimed), self.host)

    def attempt(self, claimed: Claimed) -> Steps:
        """Hold the product's conversation, in virtual time."""
        engine, wire = self.world.engine, self.world.wire
        conversation = one_try(
            claimed,
            self.world.clock(self.host),
            start_within_seconds=start_within_seconds(claimed.policy),
        )
        yield engine.io(self.host)
        try:
            ask = next(conversation)
            while True:
                try:
                    if ask is Ask.LOOK_UP:
                        yield engine.io(self.host, 1.0)
                        reply = self._look_up(claimed)
                        yield engine.io(self.host, 1.0)
                    else:
                        if self.world.profile.freezes_in_gap:
                            yield engine.io(self.host)
                        flight = wire.send(claimed)
                        self.world.began(self.host, claimed, flight.mode)
                        yield flight.answer_after + engine.io(self.host)
                        reply = wire.answer(claimed, flight)
                        yield engine.io(self.host)
                except WeComError as error:
                    ask = conversation.throw(error)
                else:
                    ask = conversation.send(reply)
        except StopIteration as end:
            self._finish(Verdict(claimed.id, claimed.token, end.value))

    def _look_up(self, claimed: Claimed) -> Reply | None:
        world = self.world
        if world.wire.is_bad() and world.engine.rng.random() < 0.2:
            raise Ambiguous("ReadTimeout")
        found = look_up_mass_message(
            ReadingLine(world.wecom),
            claimed,
            held=world.tables.held,
            now=world.now(self.host),
        )
        world.engine.note(self.host.label, "looks up {}: {}", claimed.id, found)
        return found

    def _finish(self, verdict: Verdict) -> None:
        self.under_way -= 1
        self.finished.append(verdict)
        if not self.is_settling:
            self.is_settling = True
            self.world.engine.begin("settle", self.settle(), self.host)

    def settle(self) -> Steps:
        """Settle what has come back; a connection may break before the commit, or after it."""
        engine = self.world.engine
        while self.finished:
            batch, self.finished = self.finished, []
            for tries_left in reversed(range(TRIES)):
                yield engine.io(self.host)
                is_broken = engine.t < engine.faults_until and engine.rng.random() < 0.03
                if not is_broken or engine.rng.random() < 0.5:
                    settled = self.store.settle(
                        batch, actor=self.host.label, now=self.world.now(self.host)
                    )
                    for verdict in batch:
                        engine.note(
                            self.host.label,
                            "settles {} token {}: {} {} ({} still ours)",
                            verdict.dispatch_id,
                            verdict.token,
                            verdict.outcome.state,
                            verdict.outcome.reason,
                            len(settled),
                        )
                if not is_broken:
                    break
                if not tries_left:
                    self.host.doomed = True
                yield RETRY_SECONDS
            self._ring(batch)
        self.is_settling = False

    def _ring(self, batch: list[Verdict]) -> None:
        """Wake who has something to do now, or must know when there will be."""
        planned = len(self.world.tables.dispatches)
        if planned > self.known or any(v.outcome.state == "pending" for v in batch):
            self.known = planned
            self.world.engine.ring()
        if any(v.outcome.state == "done" for v in batch):
            self.world.engine.ring("watch")


def sending_lane(world: World, host: Host) -> None:
    """Start a pump on a host."""
    sender = Sender(world, host, world.store(host.label))
    world.engine.begin("pump", sender.loop(), host, after=world.engine.rng.random())
