"""The pump (发送泵): rolling slots, so that one slow answer never holds up the others.

0. Where there is planning to be done first (welcomes), that runs in a thread of its own all along.
1. Claim as many due dispatches as there are free slots; the claim is committed.
2. Each call runs in a thread of its own, outside any transaction. Where an earlier try may have
   been executed and WeCom can be asked what it has, that comes first.
3. Whatever has come back is settled in one transaction, in a thread of its own: a settlement that
   waits for a customer's lock does not keep the next welcome waiting, and one that fails is
   divided, so that it keeps no other from being settled.
4. Go on until nothing is due and nothing is under way, or the budget is used, or a stop is asked
   for; then claim no more, and wait for the calls under way.

A process may die at any point of this: the lease runs out and the reaper takes over.
"""

import logging
import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Final, TypeAlias

from django.conf import settings
from django.db import close_old_connections

from touches.failpoints import failpoint
from touches.services.claiming import claim_due
from touches.services.outcomes import Claimed, Outcome, Reply, Verdict
from touches.services.policies import POLICIES, KindPolicy
from touches.services.settling import Settled, settle_apart
from touches.services.trying import Ask, Clock, hold, one_try
from touches.services.workers import worker_name
from wecom.errors import WeComError

logger = logging.getLogger(__name__)

SLOTS: Final = 16
POLL_SECONDS: Final = 0.04
LEASE_MARGIN_SECONDS: Final = 5.0
# One call may be: ask for a token, call, renew the token, call again.
REQUESTS_A_CALL: Final = 3

Caller: TypeAlias = Callable[[Claimed], Reply]
LookUp: TypeAlias = Callable[[Claimed, datetime], Reply | None]
Feed: TypeAlias = Callable[[datetime], int]

_stop = threading.Event()


def request_stop() -> None:
    """Ask every pump of this process to claim no more (SIGTERM); calls under way are finished."""
    _stop.set()


@dataclass(frozen=True, slots=True)
class Threads:
    """Where calls and settlements run. Each thread keeps a database connection of its own.

    `freshen` runs before each piece of work: it drops a connection that has died since the last.
    """

    callers: Executor
    settler: Executor
    planner: Executor
    slots: int
    freshen: Callable[[], object] = close_old_connections


@lru_cache(maxsize=8)
def _threads_of(pid: int, thread: int) -> Threads:
    return Threads(
        callers=ThreadPoolExecutor(SLOTS, thread_name_prefix="call"),
        settler=ThreadPoolExecutor(1, thread_name_prefix="settle"),
        planner=ThreadPoolExecutor(1, thread_name_prefix="plan"),
        slots=SLOTS,
    )


def process_threads() -> Threads:
    """Return the threads of the caller, made at first use and kept.

    A fork has its own, and so has each lane of a process: slow calls to staff hold up no welcome.
    """
    return _threads_of(os.getpid(), threading.get_ident())


@dataclass(slots=True)
class PumpReport:
    """What one run did: tries by what became of them, and how many were no longer ours."""

    claimed: int = 0
    overtaken: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)


class SendPump:
    """One run of the pump over some kinds of dispatch.

    Args:
        kinds: What to claim, the most urgent kind first.
        caller: Makes one call and returns what WeCom said; raises a `WeComError`.
        look_up: Asks WeCom at a business time for what it has of a call; None when it has nothing.
            Only needed for kinds that are reconciled.
        threads: Where it all runs.
        feed: Plans what has just come in, at the given business time; returns how much that was.
    """

    def __init__(
        self,
        kinds: Sequence[str],
        *,
        caller: Caller,
        threads: Threads,
        look_up: LookUp | None = None,
        feed: Feed | None = None,
    ) -> None:
        if look_up is None and any(POLICIES[kind].is_reconciled for kind in kinds):
            raise ValueError("one of these kinds can only be sent by who can look it up")
        self._kinds = kinds
        self._caller = caller
        self._look_up = look_up
        self._threads = threads
        self._feed = feed
        self._under_way: dict[Future[Outcome], Claimed] = {}
        self._finished: list[Verdict] = []
        self._settling: Future[list[Settled]] | None = None
        self._began: datetime
        self._began_ticks = 0.0
        self._look_ticks = 0.0
        self._is_more = True
        self._feeding: Future[int] | None = None
        self._feed_ticks = 0.0
        self._is_fed = feed is None
        self._report = PumpReport()

    def run(self, *, now: datetime, budget_seconds: float) -> PumpReport:
        """Send what is due; returns when nothing is left or the budget is used.

        Args:
            now: Business time at the start; it goes on by the monotonic clock.
            budget_seconds: After so long nothing more is claimed; 0 claims once.
        """
        self._began, self._began_ticks = now, time.monotonic()
        try:
            is_first = True
            while self._turn(is_first or self._elapsed() < budget_seconds):
                is_first = False
                self._wait(timeout=POLL_SECONDS)
        finally:
            self._drain()
        return self._report

    def _elapsed(self) -> float:
        return time.monotonic() - self._began_ticks

    def _now(self) -> datetime:
        return self._began + timedelta(seconds=self._elapsed())

    def _turn(self, is_in_budget: bool) -> bool:
        """Collect, settle, feed, claim; false when there is nothing more to wait for."""
        self._collect()
        if is_in_budget and not _stop.is_set():
            self._plan_more()
            self._claim()
            is_settled = not self._finished and self._settling is None
            return bool(self._under_way) or not self._is_fed or not is_settled
        return bool(self._under_way)

    def _plan_more(self) -> None:
        """Keep the planning going: until it finds nothing, and every moment while calls run."""
        if self._feed is None:
            return
        if self._feeding is not None and self._feeding.done():
            self._is_fed = not self._feeding.result()
            self._is_more = self._is_more or not self._is_fed
            self._feeding = None
        is_time = bool(self._under_way) and time.monotonic() >= self._feed_ticks
        if self._feeding is None and (not self._is_fed or is_time):
            self._is_fed = False
            self._feed_ticks = time.monotonic() + POLL_SECONDS
            self._feeding = self._threads.planner.submit(self._plan, self._feed)

    def _plan(self, feed: Feed) -> int:
        self._threads.freshen()
        return feed(self._now())

    def _claim(self) -> None:
        """Claim for the free slots; once nothing more was found, look again only after a moment."""
        free = self._threads.slots - len(self._under_way)
        if free <= 0 or (not self._is_more and time.monotonic() < self._look_ticks):
            return
        batch = claim_due(self._kinds, limit=free, now=self._now())
        for claimed in batch:
            self._under_way[self._threads.callers.submit(self._try, claimed)] = claimed
        self._report.claimed += len(batch)
        self._is_more = len(batch) == free
        self._look_ticks = time.monotonic() + POLL_SECONDS

    def _try(self, claimed: Claimed) -> Outcome:
        """Make one try in a caller's thread."""
        conversation = one_try(
            claimed,
            Clock(now=self._now, ticks=time.monotonic),
            start_within_seconds=start_within_seconds(claimed.policy),
        )
        return hold(conversation, lambda ask: self._ask(claimed, ask))

    def _ask(self, claimed: Claimed, ask: Ask) -> Reply | None:
        """Ask WeCom; what is no error of WeCom's is logged as one of ours."""
        self._threads.freshen()
        try:
            return self._send(claimed) if ask is Ask.CALL else self._reconcile(claimed)
        except Exception as error:
            if not isinstance(error, WeComError):
                logger.exception("try_failed", extra={"dispatch": str(claimed.id)})
            raise

    def _send(self, claimed: Claimed) -> Reply:
        failpoint("before_call")
        reply = self._caller(claimed)
        failpoint("after_call")
        return reply

    def _reconcile(self, claimed: Claimed) -> Reply | None:
        if self._look_up is None:
            raise AssertionError("a pump of such kinds is not made without it")
        found = self._look_up(claimed, self._now())
        failpoint("after_reconcile")
        return found

    def _collect(self) -> None:
        """Move what came back into the next settlement, and start that when none is running."""
        for future in [future for future in self._under_way if future.done()]:
            claimed = self._under_way.pop(future)
            outcome = future.result()
            self._report.outcomes[outcome.state] += 1
            self._finished.append(Verdict(claimed.id, claimed.token, outcome))
        if self._settling is not None and self._settling.done():
            self._settling.result()
            self._settling = None
            # What waited for one of these, in its series or for a repetition, may be due now.
            self._is_more = True
        if self._finished and self._settling is None:
            batch, self._finished = self._finished, []
            self._settling = self._threads.settler.submit(self._settle, batch)

    def _settle(self, batch: list[Verdict]) -> list[Settled]:
        self._threads.freshen()
        settled = settle_apart(batch, actor=worker_name(), now=self._now())
        self._report.overtaken += len(batch) - len(settled)
        return settled

    def _drain(self) -> None:
        """Wait for the calls under way and settle them; let a planning that has begun end."""
        while self._under_way or self._finished or self._settling is not None:
            self._collect()
            self._wait()
        if self._feeding is not None:
            self._feeding.result()

    def _wait(self, timeout: float | None = None) -> None:
        """Wait until something comes back, or for a moment."""
        others = (self._settling, self._feeding)
        waiting: list[Future[Any]] = [*self._under_way, *(one for one in others if one)]
        wait(waiting, timeout=timeout, return_when=FIRST_COMPLETED)


def start_within_seconds(policy: KindPolicy) -> float:
    """Return how long after its claim a call may still begin, so that it ends inside the lease.

    A deployment whose lease is shorter than the longest call keeps a quarter of it: then only the
    fence protects a slow call from a second one.
    """
    lease = policy.lease_seconds
    one_request = settings.WECOM_CONNECT_SECONDS + settings.WECOM_READ_SECONDS
    return max(lease - REQUESTS_A_CALL * one_request - LEASE_MARGIN_SECONDS, lease / 4)
