"""Virtual time: processes are generators that yield how long they wait; nothing ever sleeps.

A process yields at each point where the real one speaks with something outside. There the engine
may kill or freeze the host it runs on. Two runs of one seed are the same to the byte: the only
randomness is `rng`, and moments that fall together go in the order they were asked for.
"""

import random
from collections import defaultdict
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from typing import TypeAlias
from uuid import UUID

BASE = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
Steps: TypeAlias = Generator[float, None, None]
FOREVER = 1e12
# A history that takes more than this goes round in a circle.
MAX_STEPS = 30_000
# A bell that was lost costs as much as the beat's period.
BEAT_SECONDS = 1.0


class Nap(float):
    """A wait that a bell cuts short: the one of its lane."""

    lane = "send"


class WatchNap(Nap):
    lane = "watch"


class JourneyNap(Nap):
    lane = "journey"


@dataclass(eq=False, slots=True)
class Process:
    """Something that goes on in virtual time; without a host nothing can happen to it."""

    name: str
    steps: Steps
    host: "Host | None" = None
    version: int = 0


@dataclass(eq=False, slots=True)
class Host:
    """One operating system process: its threads die and freeze together.

    Attributes:
        skew: How far its wall clock is ahead of the database's, in seconds.
        frozen_until: Until then nothing of it moves.
        life: Its number of lives; what belongs to an earlier one is gone.
    """

    name: str
    skew: float = 0.0
    frozen_until: float = 0.0
    life: int = 1
    processes: list[Process] = field(default_factory=list)
    start: Callable[["Host"], None] = lambda host: None
    doomed: bool = False

    @property
    def label(self) -> str:
        return f"{self.name}.{self.life}"


class Engine:
    """The clock, the processes, and the faults that befall hosts."""

    def __init__(self, seed: int, *, is_traced: bool = False) -> None:
        self.rng = random.Random(seed)
        self.t = 0.0
        self.trace: list[str] | None = [] if is_traced else None
        self.steps_left = MAX_STEPS
        self.faults_until = 0.0
        self.until_fault = 1 << 60
        self.fault_gap = 1 << 60
        self.pause_seconds = 0.0
        self.kills = self.pauses = 0
        self._heap: list[tuple[float, int, Process, int]] = []
        self._napping: defaultdict[str, list[tuple[Process, int]]] = defaultdict(list)
        self._serial = 0

    def moment(self, skew: float = 0.0) -> datetime:
        """The time that a clock shows."""
        return BASE + timedelta(seconds=self.t + skew)

    def note(self, who: str, text: str, *values: object) -> None:
        """Write a line of the trace; numbers of calls are cut to their end."""
        if self.trace is not None:
            words = [str(v)[-4:] if isinstance(v, UUID) else v for v in values]
            self.trace.append(f"{self.t:>12.3f} {who:<12} {text.format(*words)}")

    def begin(self, name: str, steps: Steps, host: Host | None = None, after: float = 0.0) -> None:
        """Start a process."""
        process = Process(name, steps, host)
        if host is not None:
            host.processes.append(process)
        self._schedule(process, after)

    def later(self, seconds: float, act: Callable[[], None]) -> None:
        """Do something at a moment, on nobody's host."""

        def once() -> Steps:
            act()
            return
            yield

        self._schedule(Process("", once()), seconds)

    def io(self, process_host: Host | None, at_most: float = 0.05) -> float:
        """Return how long this exchange takes; its host may die or freeze here."""
        if process_host is not None:
            self.until_fault -= 1
            if self.until_fault <= 0:
                self._befall(process_host)
        return self.rng.random() * at_most

    def ring(self, lane: str = "send") -> None:
        """Wake whoever naps in a lane; where the bell is lost, the next beat wakes them."""
        least = BEAT_SECONDS if self.rng.random() < 0.1 else 0.02
        napping, self._napping[lane] = self._napping[lane], []
        for process, version in napping:
            if process.version == version:
                process.version += 1
                self._schedule(process, least + self.rng.random() * 0.1)

    def kill(self, host: Host) -> None:
        """End a host at once; it is started again somewhat later."""
        self.kills += 1
        self.note(host.label, "killed")
        host.doomed = False
        processes, host.processes = host.processes, []
        for process in processes:
            process.version += 1
            process.steps.close()
        host.life += 1
        host.frozen_until = 0.0
        restart_after = self.rng.choice((0.5, 3.0, 20.0))
        self.later(restart_after, lambda: host.start(host))

    def run(self, until: float) -> None:
        """Let everything happen up to a moment, or until nothing more can."""
        heap = self._heap
        while heap and heap[0][0] <= until and self.steps_left > 0:
            self.t, _, process, version = heappop(heap)
            if process.version != version:
                continue
            self.steps_left -= 1
            host = process.host
            if host is not None and host.frozen_until > self.t:
                self._schedule(process, host.frozen_until - self.t)
                continue
            self._resume(process)
            if host is not None and host.doomed:
                self.kill(host)

    def _resume(self, process: Process) -> None:
        try:
            delay = next(process.steps)
        except StopIteration:
            if process.host is not None and process in process.host.processes:
                process.host.processes.remove(process)
            return
        if isinstance(delay, Nap):
            # A new number: what still lies in the list from an earlier nap wakes nobody.
            process.version += 1
            self._napping[delay.lane].append((process, process.version))
        self._schedule(process, delay)

    def _schedule(self, process: Process, delay: float) -> None:
        if delay >= FOREVER:
            delay = FOREVER
        self._serial += 1
        heappush(self._heap, (self.t + delay, self._serial, process, process.version))

    def _befall(self, host: Host) -> None:
        if self.t > self.faults_until:
            self.until_fault = 1 << 60
            return
        self.until_fault = self.rng.randint(1, self.fault_gap)
        if self.rng.random() < 0.6:
            host.doomed = True
            return
        seconds = self.rng.choice((0.3, 2.0, 15.0, 45.0, 70.0, 130.0, 200.0))
        self.pauses += 1
        self.note(host.label, "frozen for {} s", seconds)
        host.frozen_until = self.t + seconds
