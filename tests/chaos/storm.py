"""Callbacks in a storm: doubled, shuffled, dropped, while everything that can be killed is killed.

`python -m tests.chaos` runs it at length; `tests/chaos/test_callbacks.py` in short.
"""

import itertools
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from common import clock
from customers.services.sync import start_sweep, start_sync
from org.models import Job
from tests.chaos.oracle import Deliveries
from tests.chaos.script import Script
from tests.system import System
from tests.wire import make_apps

ROUND_SECONDS = 1.1
WORK_SECONDS = 900.0
LONG = 5_000
SAY_SECONDS = 10.0
# Relations that began before us and whose end no list tells: 小周 deleted 李四.
BEFORE_US = {("lisi", "wmTESTexternal000000000000000003")}
FAULTS = (
    {"match": "callback", "mode": "duplicate", "probability": 0.10},
    {"match": "callback", "mode": "drop", "probability": 0.05 / 0.90},
    {"match": "callback", "mode": "reorder", "seconds": 2.5},
)


@dataclass
class Verdict:
    """What a storm has done, and what was wrong afterwards."""

    events: int = 0
    doubled: int = 0
    dropped: int = 0
    given_up: int = 0
    faults: int = 0
    drift: int = 0
    seconds: float = 0.0
    lost: list[str] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)
    different: list[str] = field(default_factory=list)
    unfinished: list[str] = field(default_factory=list)

    @property
    def problems(self) -> list[str]:
        """Everything that must not be."""
        return [*self.lost, *self.twice, *self.different, *self.unfinished]

    def line(self) -> str:
        """Say it in one line."""
        word = "FAILED" if self.problems else "OK"
        return (
            f"{word}: {self.events} callbacks ({self.doubled} doubled, {self.dropped} dropped, "
            f"{self.given_up} given up by WeCom), {self.faults} faults: "
            f"{len(self.lost)} lost, {len(self.twice)} twice, "
            f"{len(self.different)} differences after one sweep "
            f"(which healed {self.drift}), {len(self.unfinished)} unfinished, "
            f"{self.seconds:.0f} s"
        )


def begin(system: System) -> None:
    """Connect the fixture corp and synchronise it; the web process has heard of the apps."""
    with system.database():
        job = start_sync(corp=make_apps(), now=clock.now())
    for slug in ("scrm", "contacts"):
        assert system.sim.call("POST", f"apps/{slug}/verify")["ok"]
    system.wait(lambda: job_is_done(system, job), "the first synchronisation")


def storm(
    system: System, *, callbacks: int, say: Callable[[str], None] = lambda _: None
) -> Verdict:
    """Let a storm pass over a system that has begun, sweep once, and judge."""
    started, verdict = time.monotonic(), Verdict()
    system.sim.set_faults(*FAULTS)
    a_round = min(250, callbacks // 10)
    rounds = Script(people=callbacks // 3, a_round=a_round).rounds(callbacks)
    over = threading.Event()
    actors = threading.Thread(target=_act, args=(system, rounds, over, say))
    actors.start()
    for hit in itertools.cycle(_hits(system, say)):
        if over.wait(ROUND_SECONDS):
            break
        hit()
        verdict.faults += 1
        revive(system)
    actors.join()
    system.sim.clear_faults()
    settle(system, say, end_leases=callbacks < LONG)
    _sweep(system, verdict)
    say("judging")
    judge(system, verdict)
    verdict.seconds = time.monotonic() - started
    return verdict


def settle(
    system: System, say: Callable[[str], None] = lambda _: None, *, end_leases: bool = True
) -> None:
    """Wait until every callback that will come has come and has been worked in.

    Args:
        end_leases: What killed workers held is free after seconds, not after a minute; that this
            takes work from the living as well does no harm, for they are fenced.
    """
    say("waiting for the last callbacks")
    system.wait(lambda: system.sim.callbacks(limit=1)["pending"] == 0, "deliveries", WORK_SECONDS)
    revive(system)
    system.wait(lambda: _spool_is_empty(system), "the spool", 60)
    say("waiting for the workers")
    system.wait_ready()
    rest = threading.Event()
    thief = threading.Thread(target=_end_leases, args=(system, rest))
    if end_leases:
        thief.start()
    try:
        _wait_for_rest(system, say)
    finally:
        rest.set()
        if end_leases:
            thief.join()


def _wait_for_rest(system: System, say: Callable[[str], None]) -> None:
    said_at = time.monotonic()

    def is_at_rest() -> bool:
        nonlocal said_at
        waiting = unfinished(system)
        if waiting and time.monotonic() - said_at > SAY_SECONDS:
            say(", ".join(waiting))
            said_at = time.monotonic()
        return not waiting

    system.wait(is_at_rest, "rest", WORK_SECONDS)


def _end_leases(system: System, rest: threading.Event) -> None:
    while not rest.wait(4.0):
        system.end_leases()


def unfinished(system: System) -> list[str]:
    """Say what still waits to be worked in."""
    waiting = {
        "receipts": ("wecom_callbackreceipt", "state NOT IN ('done', 'ignored')"),
        "events": ("customers_queuedevent", "true"),
        "refreshes": ("customers_refreshrequest", "true"),
        "merges": ("customers_identityedge", "state = 'active' AND applied_at IS NULL"),
    }
    counts = {what: system.count(*where) for what, where in waiting.items()}
    return [f"{count} {what} wait" for what, count in counts.items() if count]


def judge(system: System, verdict: Verdict) -> None:
    """Compare database and sandbox."""
    sent = Deliveries(system.sim.callbacks(limit=20_000, plain=1)["deliveries"])
    rows = system.query("SELECT encode(digest, 'hex') AS digest, state FROM wecom_callbackreceipt")
    kept = {row["digest"] for row in rows if row["state"] in {"done", "ignored"}}
    verdict.events = len(sent.digests)
    verdict.doubled = len(sent.rows) - len(sent.digests)
    verdict.dropped, verdict.given_up = sent.count("dropped"), sent.count("given_up")
    verdict.lost = [f"answered, not kept: {digest}" for digest in sorted(sent.told - kept)]
    verdict.twice = _told_twice(system, sent)
    verdict.different = system.differences(sent.untold() | BEFORE_US)
    verdict.unfinished = unfinished(system)


def revive(system: System) -> None:
    """Start again what has died, as a supervisor does."""
    for name in system.died():
        system.restart(name)


def job_is_done(system: System, job: Job) -> bool:
    """Ring for a walk and say whether it has ended well."""
    system.ring("scrm.sync")
    return system.count("org_job", f"id = {job.pk} AND state = 'done'") == 1


def _act(
    system: System,
    rounds: Iterator[list[dict[str, object]]],
    over: threading.Event,
    say: Callable[[str], None],
) -> None:
    """Let people act, a round a second."""
    try:
        for number, actions in enumerate(rounds):
            system.sim.bulk_actions(actions)
            say(f"round {number}: {len(actions)} actions")
            time.sleep(ROUND_SECONDS)  # callbacks tell whole seconds
    finally:
        over.set()


def _hits(system: System, say: Callable[[str], None]) -> list[Callable[[], None]]:
    """The faults, in turn."""

    def kill(name: str) -> Callable[[], None]:
        def hit() -> None:
            say(f"kill -9 {name}")
            system.restart(name)

        return hit

    def flush() -> None:
        say("FLUSHDB")
        system.flush_redis()

    def restart_postgres() -> None:
        say("PostgreSQL: immediate shutdown")
        system.stop_postgres()
        time.sleep(0.5)
        system.start_postgres()

    return [kill("worker-fast"), kill("web"), restart_postgres, flush, kill("worker-bulk")]


def _spool_is_empty(system: System) -> bool:
    system.ring("scrm.maintain")
    return not list(system.spool.glob("*.callback"))


def _sweep(system: System, verdict: Verdict) -> None:
    with system.database():
        (job,) = start_sweep(now=clock.now())
    system.wait(lambda: job_is_done(system, job), "the sweep", WORK_SECONDS)
    system.wait(lambda: not unfinished(system), "rest after the sweep", WORK_SECONDS)
    (row,) = system.query("SELECT result FROM org_job WHERE id = %s", [job.pk])
    verdict.drift = row["result"]["drift"]


def _told_twice(system: System, sent: Deliveries) -> list[str]:
    """Friendships that the ledger tells more often than they were made."""
    rows = system.query(
        """SELECT staff.userid, identity.value, count(*) AS n FROM customers_event event
             JOIN customers_identity identity ON identity.id = event.identity_id
             JOIN org_staff staff ON staff.id = event.staff_id
            WHERE event.type = 'friend_added' AND identity.value NOT LIKE 'wmTEST%%'
            GROUP BY 1, 2"""
    )
    adds = sent.adds()
    return [
        f"{row['userid']} – {row['value']}: {row['n']} adds told"
        for row in rows
        if row["n"] > adds[row["userid"], row["value"]]
    ]
