"""The store of the send protocol in memory: statement for statement what PostgreSQL does.

What is decided in Python is decided by the product's functions. The rest, here and in `tasks`,
`withdrawing` and `looks`, is a twin of its SQL; `test_conformance` proves it alike.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from tests.sim import tasks, withdrawing
from tests.sim.desk import DISPATCH_STATES, OPEN, TOUCH_STATES, Desk
from tests.sim.rows import DispatchRow, TouchRow
from touches.models import Dispatch
from touches.services.cancelling import CancelReport
from touches.services.claiming import REAP_ROWS
from touches.services.mass_tasks import UNREACHABLE
from touches.services.outcomes import Claimed, Outcome, Verdict, after_lost_lease
from touches.services.policies import POLICIES
from touches.services.settling import MAX_REASON_CHARACTERS, Settled

MASS = str(Dispatch.Kind.MASS_MESSAGE)


class MemoryStore:
    """The store as one worker sees it."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self._tables = desk.tables

    def withdraw(
        self, touch_ids: Sequence[int], *, reason: str, actor: str, now: datetime
    ) -> CancelReport:
        return withdrawing.withdraw(self.desk, touch_ids, reason=reason, actor=actor, now=now)

    def expire(self, now: datetime) -> int:
        return withdrawing.expire(self.desk, now)

    # Claiming

    def claim(self, kinds: Sequence[str], *, limit: int, now: datetime) -> list[Claimed]:
        claimed: list[Claimed] = []
        for kind in kinds:
            ticks = self.desk.ticks()
            pending = (d for d in self._tables.dispatches.values() if d.state == "pending")
            due = [d for d in pending if d.kind == kind and self._is_due(d, now)]
            due.sort(key=lambda d: d.available_at)
            claimed += [self._take(d, now, ticks) for d in due[: limit - len(claimed)]]
        return claimed

    def _is_due(self, d: DispatchRow, now: datetime) -> bool:
        return (
            d.available_at <= now
            and (d.settle_until is None or d.settle_until <= self.desk.clock())
            and (not d.serial_key or not self._is_behind(d))
        )

    def _is_behind(self, d: DispatchRow) -> bool:
        """Whether another of its series is under way, or an older one waits."""
        return any(
            other.serial_key == d.serial_key
            and other is not d
            and (other.state == "sending" or (other.state == "pending" and other.id < d.id))
            for other in self._tables.dispatches.values()
        )

    def _take(self, d: DispatchRow, now: datetime, ticks: float) -> Claimed:
        policy, clock = POLICIES[d.kind], self.desk.clock()
        d.state = "sending"
        d.token += 1
        d.attempts += 1
        d.worker = self.desk.worker
        d.settle_until = None
        d.lease_until = clock + policy.lease_seconds
        if d.first_sent_at is None:
            d.first_sent_at = clock
            if policy.is_reconciled:
                d.context = d.context | {"first_tried_at": now}
        self.desk.log(d.id, "pending", "sending", self.desk.worker, d.token, "")
        return Claimed(
            id=d.id,
            kind=d.kind,
            app_id=d.app_id,
            payload=d.payload,
            token=d.token,
            attempts=d.attempts,
            ambiguous_rounds=d.ambiguous_rounds,
            age_seconds=clock - d.first_sent_at,
            deadline_at=d.deadline_at,
            claimed_ticks=ticks,
            first_tried_at=d.context.get("first_tried_at"),
            is_cancel_wanted=d.is_cancel_wanted,
        )

    def reap(self, now: datetime) -> int:
        clock = self.desk.clock()
        lost = [
            d
            for d in self._tables.dispatches.values()
            if d.state == "sending" and d.lease_until is not None and d.lease_until < clock
        ]
        lost.sort(key=lambda d: d.lease_until or 0.0)
        verdicts = [
            Verdict(
                dispatch_id=d.id,
                token=d.token,
                outcome=after_lost_lease(
                    kind=d.kind, attempts=d.attempts, ambiguous_rounds=d.ambiguous_rounds
                ),
            )
            for d in lost[:REAP_ROWS]
        ]
        return len(self.settle(verdicts, actor=f"reaper {self.desk.worker}", now=now))

    # Settling

    def settle(self, verdicts: Sequence[Verdict], *, actor: str, now: datetime) -> list[Settled]:
        verdicts = self._hold_found(verdicts)
        settled = []
        for verdict in sorted(verdicts, key=lambda v: str(v.dispatch_id)):
            d = self._tables.dispatches.get(verdict.dispatch_id)
            if d is not None and d.state == "sending" and d.token == verdict.token:
                self._write(d, verdict.outcome, actor=actor, now=now)
                settled.append(Settled(d.id, d.kind, d.state, d.last_error, d.context))
        self._follow(verdicts, settled, actor=actor, now=now)
        return settled

    def _hold_found(self, verdicts: Sequence[Verdict]) -> list[Verdict]:
        """A found message is held by one call only; the second looks again."""
        found = [v.outcome.wecom_ref for v in verdicts if v.outcome.is_found]
        held = self._tables.held(found) if found else set()
        kept = []
        for verdict in verdicts:
            msgid = verdict.outcome.wecom_ref
            if verdict.outcome.is_found and msgid in held:
                again = Outcome(
                    "pending", reason="another call holds what was found", delay_seconds=1
                )
                kept.append(replace(verdict, outcome=again))
                continue
            if verdict.outcome.is_found:
                held.add(msgid)
            kept.append(verdict)
        return kept

    def _write(self, d: DispatchRow, outcome: Outcome, *, actor: str, now: datetime) -> None:
        wanted = DISPATCH_STATES[outcome.state]
        rounds = d.ambiguous_rounds + outcome.is_ambiguous
        if wanted != "pending" or not d.is_cancel_wanted:
            d.state = wanted
        elif rounds:
            d.state = "pending" if d.kind in withdrawing.RECONCILED else "unknown"
        else:
            d.state = "cancelled"
        if wanted == "pending":
            d.available_at = now + timedelta(seconds=outcome.delay_seconds)
        d.settle_until = (
            self.desk.clock() + outcome.settle_seconds if outcome.settle_seconds > 0 else None
        )
        d.lease_until = None
        d.attempts -= not outcome.counts
        d.ambiguous_rounds = rounds
        d.wecom_ref = outcome.wecom_ref
        d.response_code = outcome.response_code
        d.last_error = outcome.reason[:MAX_REASON_CHARACTERS]
        d.done_at = None if wanted == "pending" else now
        self.desk.log(d.id, "sending", d.state, actor, d.token, d.last_error)

    def _follow(
        self, verdicts: Sequence[Verdict], settled: Sequence[Settled], *, actor: str, now: datetime
    ) -> None:
        final = [s for s in settled if s.state != "pending"]
        made = [s.dispatch_id for s in final if s.kind == MASS and s.state == "done"]
        unreachable = {
            v.dispatch_id: v.outcome.unreachable_ids for v in verdicts if v.dispatch_id in made
        }
        self._refuse(unreachable, actor=actor, now=now)
        for one in final:
            d = self._tables.dispatches[one.dispatch_id]
            for touch in self._tables.touches_of(d.id):
                if touch.state in OPEN:
                    self._move(touch, d, actor=actor, now=now)
        self._withdraw_again([s.dispatch_id for s in final], actor=actor, now=now)
        tasks.open_tasks(self.desk, made, now=now)
        contexts = [s.context for s in final if s.kind == tasks.CANCEL]
        tasks.wake(self.desk, contexts, now=now)

    def _withdraw_again(self, ids: Sequence[UUID], *, actor: str, now: datetime) -> None:
        """Close cards that arrived though they had been withdrawn on their way."""
        for touch in [touch for one in ids for touch in self._tables.touches_of(one)]:
            if touch.lane == "T" and touch.state == "dispatched" and touch.withdrawn_at is not None:
                withdrawing.withdraw(
                    self.desk, [touch.id], reason=touch.reason, actor=actor, now=now
                )

    def _refuse(
        self, unreachable: Mapping[UUID, Collection[str]], *, actor: str, now: datetime
    ) -> None:
        for dispatch_id, values in unreachable.items():
            for touch in self._tables.touches_of(dispatch_id):
                if touch.external_userid in values and touch.state in OPEN:
                    self.desk.end(touch, "refused", UNREACHABLE, actor=actor, now=now)

    def _move(self, touch: TouchRow, d: DispatchRow, *, actor: str, now: datetime) -> None:
        waits = touch.lane in {"T", "M"}
        if d.state == "done":
            touch.state = "dispatched" if waits else "delivered"
        elif d.state != "dead":
            touch.state = TOUCH_STATES[d.state]
        if touch.withdrawn_at is None or d.state not in {"done", "cancelled"}:
            touch.reason = d.last_error[:300]
        is_open = d.state == "dead" or (d.state == "done" and waits)
        touch.finished_at = None if is_open else now
        if touch.state != "queued":
            self.desk.log(touch.id, "queued", touch.state, actor, 0, touch.reason)
