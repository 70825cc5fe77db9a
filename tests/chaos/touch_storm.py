"""Touches in a storm: journeys run for days while everything that can be killed is killed.

`python -m tests.chaos touches` runs it at length; `tests/chaos/test_touches.py` in short.
"""

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import datetime
from typing import Any, Final

from embedded import Cluster
from sandbox.client import SimClient
from tests.chaos.hazards import Hazards, Orphan
from tests.chaos.people import People
from tests.chaos.storm import revive, unfinished
from tests.chaos.time_machine import TimeMachine
from tests.chaos.touch_oracle import judge_touches
from tests.chaos.town import Scale, Town, found
from tests.chaos.verdict import TouchVerdict

Say = Callable[[str], None]
TOUCHES_A_CUSTOMER: Final = 9.5
SMALL: Final = Scale(
    customers=26,
    staff=3,
    days=2,
    lease_seconds=15,
    settle_seconds=4,
    hit_seconds=0.3,
    recovery_ratio=0.4,
    patience_seconds=2.5,
    is_cut_short=True,
)
API_FAULTS: Final = {
    "minus_one": 0.055,
    "minus_one_executed": 0.04,
    "http_502": 0.045,
    "http_502_executed": 0.035,
    "half_answer": 0.03,
    "reset_executed": 0.03,
    # Closes the API until the next leap of time.
    "rate_45009": 0.004,
    "busy_6000": 0.031,
    # These hold a slot for eight seconds each.
    "timeout": 0.01,
    "timeout_executed": 0.01,
    "late_execution": 0.01,
}
CALLS: Final = (
    "message/*",
    "externalcontact/add_msg_template",
    "externalcontact/*groupmsg*",
    "externalcontact/send_welcome_msg",
    "externalcontact/mark_tag",
    "externalcontact/remark",
)
LATE_SECONDS: Final = 2.0
LIST_LAG_SECONDS: Final = 5.0
TOKEN_STOPS: Final = 5
MOST_CALM_DAYS: Final = 15
# When only staff and validities are waited for, time may leap.
SPARSE_HOURS: Final = (12, 22)
FINAL: Final = ("done", "refused", "unknown", "expired", "cancelled", "dead")
_RESOLVED: Final = """
SELECT min(logged_at) AS at FROM touches_effectlog
 WHERE dispatch_id = %s AND logged_at > %s AND to_state = ANY(%s)
"""
_WAITING: Final = {
    "touches": ("touches_touch", "state IN ('planned', 'queued', 'dispatched')"),
    "calls": ("touches_dispatch", "state IN ('pending', 'sending')"),
    "mass tasks": ("touches_masstask", "poll_at IS NOT NULL"),
    "runs": (
        "sop_journeyrun run",
        "run.state = 'active' AND NOT EXISTS (SELECT 1 FROM touches_touch t WHERE t.origin_kind ="
        " 'journey' AND t.origin_id = run.id::text AND t.state = 'unknown')",
    ),
}


def scale_of(touches: int) -> Scale:
    """Return a scale at which about so many touches come about."""
    customers = max(20, round(touches / TOUCHES_A_CUSTOMER))
    return Scale(customers=customers, staff=max(3, customers // 9), days=4)


def touch_storm(
    cluster: Cluster, *, seed: int, scale: Scale, say: Say = lambda _: None
) -> TouchVerdict:
    """Let a storm of one seed pass over a company of its own, wait for calm, and judge."""
    begun = time.monotonic()
    with Town(cluster, seed=seed, scale=scale) as town:
        say("founding the company")
        found(town)
        hazards = Hazards(town, say)
        with town.database(), closing(SimClient(town.sim.url)) as phones:
            people = People(town, phones)
            api_faults = _rage(town, hazards, people, say)
            calm_down(town, people, say)
        say("judging")
        verdict = TouchVerdict(
            seed,
            judge_touches(town),
            hazards.counts,
            api_faults,
            people.counts | people.operator.counts,
            f"{scale.lease_seconds} s + {scale.settle_seconds} s",
        )
        _measure(town, hazards.orphans, verdict)
        verdict.seconds = time.monotonic() - begun
        if verdict.problems:
            verdict.logs = town.keep_logs(verdict.problems)
    return verdict


def _rage(town: Town, hazards: Hazards, people: People, say: Say) -> int:
    """Let days pass with faults; returns how many calls went wrong."""
    over = threading.Event()
    clock = _Days(town, people, over, say)
    town.sim.set_faults(*_rules())
    people.start()
    clock.start()
    kinds = len(hazards.kinds)
    while not over.is_set() or hazards.counts.total() < kinds:
        hazards.hit()
        over.wait(town.scale.hit_seconds)
    clock.join()
    if clock.error is not None:
        raise clock.error
    people.stop()
    if town.scale.is_cut_short:
        people.operator.archive_all()
    hits = sum(rule["hits"] for rule in town.sim.call("GET", "faults")["rules"])
    town.sim.clear_faults()
    say(f"the storm is over: {hazards.counts.total()} faults, {hits} of calls")
    say(f"people: {people.counts | people.operator.counts}; doors closed: {dict(people.doors)}")
    return hits


class _Days(threading.Thread):
    """Virtual days go by; people come in the daytime of the first half of them."""

    def __init__(self, town: Town, people: People, over: threading.Event, say: Say) -> None:
        super().__init__(name="days", daemon=True)
        self._town, self._people, self._over, self._say = town, people, over, say
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            self._pass()
        except BaseException as error:
            self.error = error
            raise
        finally:
            self._over.set()

    def _pass(self) -> None:
        scale, machine = self._town.scale, TimeMachine(self._town)
        stops = list(machine.days(scale.days))
        coming = max(1, len(stops) // 2)
        for number, moment in enumerate(stops):
            is_coming = number < coming and 9 < moment.hour < 21
            self._people.coming_a_tick = scale.customers / coming / 2 if is_coming else 0.0
            machine.go_to(moment)
            self._say(f"it is {moment:%m-%d %H:%M}; {_open(self._town)}")
            if number % TOKEN_STOPS == 0:
                self._town.sim.kill_tokens()


def _rules() -> list[dict[str, Any]]:
    """Return fault rules of which each befalls its share of all calls."""
    rules: list[dict[str, Any]] = [
        {"match": CALLS[2], "mode": "list_lag", "probability": 0.3, "seconds": LIST_LAG_SECONDS}
    ]
    for match in CALLS:
        left = 1.0
        for mode, share in API_FAULTS.items():
            rules.append(
                {"match": match, "mode": mode, "probability": share / left, "seconds": LATE_SECONDS}
            )
            left -= share
    return rules


def calm_down(town: Town, people: People, say: Say) -> None:
    """Let time pass without faults until nothing is open any more.

    Leases of receipts and of readings end early, as in the storm of callbacks; those of calls do
    not: how long they take is measured.
    """
    revive(town)
    town.wait_ready()
    machine = TimeMachine(town)
    waiting = ["everything"]
    for moment in machine.days(MOST_CALM_DAYS):
        if not _is_work_left(waiting) and moment.hour not in SPARSE_HOURS:
            continue
        machine.go_to(moment)
        town.end_leases()
        people.operator.decide()
        waiting = _waiting(town)
        say(f"calm, {moment:%m-%d %H:%M}; {', '.join(waiting) or 'nothing is open'}")
        if not waiting:
            return
        revive(town)


def _is_work_left(waiting: Sequence[str]) -> bool:
    return any("touches" not in what and "mass tasks" not in what for what in waiting)


def _waiting(town: Town) -> list[str]:
    counts = {what: town.count(*where) for what, where in _WAITING.items()}
    callbacks = town.sim.callbacks(limit=1)["pending"]
    open_ones = [f"{count} {what}" for what, count in counts.items() if count]
    return [*unfinished(town), *open_ones, *([f"{callbacks} callbacks"] if callbacks else [])]


def _open(town: Town) -> str:
    try:
        return ", ".join(_waiting(town))
    except Exception as error:  # noqa: BLE001 - a storm is going on; this is only told to people
        return type(error).__name__


def _measure(town: Town, orphans: Sequence[Orphan], verdict: TouchVerdict) -> None:
    """Say how long each call waited whose worker was killed."""
    for orphan in orphans:
        params = [orphan.dispatch_id, orphan.killed_at, list(FINAL)]
        (row,) = town.query(_RESOLVED, params)
        if row["at"] is None:
            verdict.unresolved.append(f"wrong: orphan never resolved: {orphan}")
            continue
        ended: datetime = row["at"]
        verdict.orphan_seconds.append((ended - orphan.killed_at).total_seconds())
