"""What goes wrong in a storm: processes killed, Redis and PostgreSQL broken, in seeded order."""

import random
import signal
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Final

import psutil

from scrm.management import programs
from tests.chaos.storm import revive
from tests.chaos.town import SECOND_BEAT, Town
from tests.system import AWAY

# A kill waits so long for its victim to have a call in its hands.
AIM_SECONDS: Final = 1.5
REDIS_STOP_SECONDS: Final = 3.0
POSTGRES_AWAY_SECONDS: Final = 0.5
RECOVERY_SECONDS: Final = 8.0
_HELD: Final = """
SELECT id, token, kind, clock_timestamp() AS at FROM touches_dispatch
 WHERE state = 'sending' AND worker = ANY(%s)
"""
_DROP: Final = """
SELECT count(pg_terminate_backend(pid)) AS n FROM pg_stat_activity
 WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


@dataclass(frozen=True, slots=True)
class Orphan:
    """A call that its worker had in its hands when it was killed (孤儿发送)."""

    dispatch_id: str
    token: int
    kind: str
    killed_at: datetime


@dataclass
class Hazards:
    """Faults in turn: all kinds in random order, then all of them again."""

    town: Town
    say: Callable[[str], None]
    counts: Counter[str] = field(default_factory=Counter)
    orphans: list[Orphan] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._random = random.Random(f"hazards {self.town.seed}")
        self._order = self._shuffled()

    @property
    def kinds(self) -> dict[str, Callable[[], None]]:
        """Every kind of fault by its name."""
        hits: dict[str, Callable[[], None]] = {
            "redis flushed": self.town.flush_redis,
            "redis killed": self._kill_redis,
            "redis stopped": self._stop_redis,
            "postgres restarted": self._restart_postgres,
            "postgres connections dropped": self._drop_connections,
        }
        for name in ("web", "beat", SECOND_BEAT):
            hits[f"{name} killed"] = partial(self.town.restart, name)
        for name in ("pump", *(f"worker-{queue}" for queue in programs.WORKERS)):
            hits[f"{name} killed"] = partial(self._kill, name)
        for queue in programs.WORKERS:
            name = f"worker-{queue}"
            hits[f"{name} child killed"] = partial(self._kill_child, name)
        return hits

    def hit(self) -> None:
        """Let the next fault happen, and start again what has died."""
        name = next(self._order)
        self.say(name)
        self.kinds[name]()
        self.counts[name] += 1
        revive(self.town)
        if self._random.random() < self.town.scale.recovery_ratio:
            self._wait_for_signs_of_life()

    def _wait_for_signs_of_life(self) -> None:
        """Wait until all programs have written a heartbeat since they were started, or a while."""
        deadline = time.monotonic() + RECOVERY_SECONDS
        while time.monotonic() < deadline and not self._are_all_alive():
            time.sleep(0.2)

    def _are_all_alive(self) -> bool:
        with suppress(*AWAY):
            beaten = {
                row["process"]: row["at"]
                for row in self.town.query(
                    "SELECT process, extract(epoch FROM max(beaten_at))::float8 AS at"
                    "  FROM common_heartbeat GROUP BY process"
                )
            }
            started = self.town.started_at.items()
            return all(
                beaten.get(name, 0.0) > at for name, at in started if name not in {"sandbox", "web"}
            )
        return False

    def _shuffled(self) -> Iterator[str]:
        while True:
            names = sorted(self.kinds)
            self._random.shuffle(names)
            yield from names

    # Processes

    def _kill(self, name: str) -> None:
        """Kill -9 a program with all its children, with calls in its hands if it has any."""
        pids = self._family(name)
        self._wait_for_prey(pids)
        self.town.kill(name)
        self._note_orphans(pids)
        self.town.start(name)

    def _kill_child(self, name: str) -> None:
        """Kill -9 one of the processes of a Celery pool; its parent makes another."""
        children = self._family(name)[1:]
        if not children:
            return
        child = self._prey(children) or self._random.choice(children)
        with suppress(ProcessLookupError, psutil.NoSuchProcess):
            psutil.Process(child).kill()
        self._note_orphans([child])

    def _family(self, name: str) -> list[int]:
        try:
            head = psutil.Process(self.town.running[name].pid)
            return [head.pid, *(child.pid for child in head.children(recursive=True))]
        except psutil.NoSuchProcess:
            return [self.town.running[name].pid]

    def _wait_for_prey(self, pids: list[int]) -> None:
        deadline = time.monotonic() + AIM_SECONDS
        while time.monotonic() < deadline and not self._held(pids):
            time.sleep(0.03)

    def _prey(self, pids: list[int]) -> int | None:
        """Return the one that has a call in its hands, if one comes to have it soon."""
        deadline = time.monotonic() + AIM_SECONDS
        while time.monotonic() < deadline:
            for pid in pids:
                if self._held([pid]):
                    return pid
            time.sleep(0.03)
        return None

    def _held(self, pids: list[int]) -> list[Orphan]:
        names = [f"{socket.gethostname()[:60]}:{pid}" for pid in pids]
        with suppress(*AWAY):
            rows = self.town.query(_HELD, [names])
            return [Orphan(str(r["id"]), r["token"], r["kind"], r["at"]) for r in rows]
        return []

    def _note_orphans(self, pids: list[int]) -> None:
        self.orphans += self._held(pids)

    # Redis and PostgreSQL

    def _kill_redis(self) -> None:
        server = self.town.cluster.redis.running()
        if server is not None:
            server.kill()
            with suppress(psutil.TimeoutExpired):
                server.wait(5)
        time.sleep(POSTGRES_AWAY_SECONDS)
        self.town.cluster.redis.start()

    def _stop_redis(self) -> None:
        server = self.town.cluster.redis.running()
        if server is None:
            return
        server.send_signal(signal.SIGSTOP)
        time.sleep(REDIS_STOP_SECONDS)
        server.send_signal(signal.SIGCONT)

    def _restart_postgres(self) -> None:
        self.town.stop_postgres()
        time.sleep(POSTGRES_AWAY_SECONDS)
        self.town.start_postgres()

    def _drop_connections(self) -> None:
        self.town.query(_DROP)
