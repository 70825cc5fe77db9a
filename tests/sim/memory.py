"""The store of the send protocol in memory: statement for statement what PostgreSQL does.

What is decided in Python is decided by the product's functions. The rest is a twin of the SQL in
`claiming`, `settling`, `cancelling`, `sending` and `mass_tasks`; `test_conformance` proves it alike.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from tests.sim.rows import Change, DispatchRow, Tables, TouchRow
from tests.sim.tasks import CANCEL, Tasks
from touches.models import Dispatch, Touch
from touches.services.cancelling import CancelReport
from touches.services.claiming import REAP_ROWS
from touches.services.mass_tasks import UNREACHABLE
from touches.services.outcomes import Claimed, Outcome, Verdict, after_lost_lease
from touches.services.policies import POLICIES, RECONCILED_KINDS
from touches.services.sending import OVERDUE_ROWS
from touches.services.settling import MAX_REASON_CHARACTERS, Settled

MASS = str(Dispatch.Kind.MASS_MESSAGE)
RECONCILED = frozenset(map(str, RECONCILED_KINDS))
DISPATCH_STATES = {str(state): str(state) for state in Dispatch.State}
TOUCH_STATES = {str(state): str(state) for state in Touch.State}
OPEN = ("planned", "queued")


class MemoryStore:
    """One worker's view of the tables.

    Args:
        worker: Who claims, for the log.
        clock: The database's clock, in seconds.
        ticks: The worker's monotonic clock.
        new_id: Makes numbers of dispatches.
    """

    def __init__(
        self,
        tables: Tables,
        *,
        worker: str,
        clock: Callable[[], float],
        ticks: Callable[[], float],
        new_id: Callable[[], UUID],
    ) -> None:
        self._tables = tables
        self._worker = worker
        self._clock = clock
        self._ticks = ticks
        self._new_id = new_id
        self.tasks = Tasks(tables, self.plan_call, new_id)

    # Claiming

    def claim(self, kinds: Sequence[str], *, limit: int, now: datetime) -> list[Claimed]:
        claimed: list[Claimed] = []
        for kind in kinds:
            ticks = self._ticks()
            due = [d for d in self._tables.dispatches.values() if self._is_due(d, kind, now)]
            due.sort(key=lambda d: d.available_at)
            claimed += [self._take(d, now, ticks) for d in due[: limit - len(claimed)]]
        return claimed

    def _is_due(self, d: DispatchRow, kind: str, now: datetime) -> bool:
        return (
            d.state == "pending"
            and d.kind == kind
            and d.available_at <= now
            and (d.settle_until is None or d.settle_until <= self._clock())
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
        policy, clock = POLICIES[d.kind], self._clock()
        d.state = "sending"
        d.token += 1
        d.attempts += 1
        d.worker = self._worker
        d.settle_until = None
        d.lease_until = clock + policy.lease_seconds
        if d.first_sent_at is None:
            d.first_sent_at = clock
            if policy.is_reconciled:
                d.context = d.context | {"first_tried_at": now}
        self._log(d.id, "pending", "sending", self._worker, d.token, "")
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
        clock = self._clock()
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
        return len(self.settle(verdicts, actor=f"reaper {self._worker}", now=now))

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
            d.state = "pending" if d.kind in RECONCILED else "unknown"
        else:
            d.state = "cancelled"
        if wanted == "pending":
            d.available_at = now + timedelta(seconds=outcome.delay_seconds)
        d.settle_until = (
            self._clock() + outcome.settle_seconds if outcome.settle_seconds > 0 else None
        )
        d.lease_until = None
        d.attempts -= not outcome.counts
        d.ambiguous_rounds = rounds
        d.wecom_ref = outcome.wecom_ref
        d.response_code = outcome.response_code
        d.last_error = outcome.reason[:MAX_REASON_CHARACTERS]
        d.done_at = None if wanted == "pending" else now
        self._log(d.id, "sending", d.state, actor, d.token, d.last_error)

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
        self.tasks.open(made, now=now)
        self.tasks.wake([s.context for s in final if s.kind == CANCEL], now=now)

    def _refuse(
        self, unreachable: Mapping[UUID, Collection[str]], *, actor: str, now: datetime
    ) -> None:
        for dispatch_id, values in unreachable.items():
            for touch in self._tables.touches_of(dispatch_id):
                if touch.external_userid in values and touch.state in OPEN:
                    self._end(touch, "refused", UNREACHABLE, actor=actor, now=now)

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
            self._log(touch.id, "queued", touch.state, actor, 0, touch.reason)

    # Withdrawing and expiring

    def withdraw(
        self, touch_ids: Sequence[int], *, reason: str, actor: str, now: datetime
    ) -> CancelReport:
        wanted = [t for t in self._touches(touch_ids) if t.state in OPEN]
        ids = {t.id for t in wanted}
        for dispatch_id in sorted({t.dispatch_id for t in wanted if t.dispatch_id}):
            d = self._tables.dispatches[dispatch_id]
            others = (t for t in self._tables.touches_of(d.id) if t.id not in ids)
            if d.state in {"pending", "sending", "dead"}:
                if not any(t.state in OPEN for t in others):
                    self._withdraw_call(d, actor=actor, now=now)
        cancelled = 0
        for touch in wanted:
            d = self._tables.dispatches.get(touch.dispatch_id) if touch.dispatch_id else None
            if d is None or d.state in {"cancelled", "unknown"}:
                state = "cancelled" if d is None else d.state
                self._end(touch, state, reason[:280], actor=actor, now=now)
                cancelled += state == "cancelled"
        return CancelReport(cancelled=cancelled, not_recalled=len(wanted) - cancelled)

    def _withdraw_call(self, d: DispatchRow, *, actor: str, now: datetime) -> None:
        before = d.state
        d.is_cancel_wanted = True
        if before != "sending":
            d.state = "unknown" if d.ambiguous_rounds else "cancelled"
            d.done_at = now
        detail = "cancel wanted" if before == "sending" else "cancelled"
        self._log(d.id, before, d.state, actor[:80], d.token, detail)

    def expire(self, now: datetime) -> int:
        late = [t for t in self._tables.touches.values() if self._is_overdue(t, now)]
        late = sorted(late, key=lambda t: t.valid_until)[:OVERDUE_ROWS]
        for dispatch_id in sorted({t.dispatch_id for t in late if t.dispatch_id}):
            d = self._tables.dispatches[dispatch_id]
            if d.state == "pending" and not d.ambiguous_rounds:
                d.state, d.done_at, d.last_error = "expired", now, "valid_until"
                self._log(d.id, "pending", "expired", self._worker, d.token, "valid_until")
        return sum(self._expire(touch, now) for touch in late)

    def _is_overdue(self, t: TouchRow, now: datetime) -> bool:
        return t.valid_until <= now and (
            t.state in OPEN or (t.state == "dispatched" and t.lane == "T")
        )

    def _expire(self, touch: TouchRow, now: datetime) -> bool:
        if touch.state == "queued" and touch.dispatch_id is not None:
            if self._tables.dispatches[touch.dispatch_id].state not in {"expired", "dead"}:
                return False
        was_sent = touch.state == "dispatched"
        reason = "员工未在有效期内处理" if was_sent else "有效期内未能发出"
        self._end(touch, "expired", reason, actor=self._worker, now=now)
        return True

    # Planning and writing

    def plan_call(self, d: DispatchRow) -> None:
        """Plan a call; one whose key is known is left as it is."""
        if d.key and any(other.key == d.key for other in self._tables.dispatches.values()):
            return
        self._tables.dispatches[d.id] = d
        self._log(d.id, "", d.state, self._worker, 0, "")

    def plan_touch(self, touch: TouchRow) -> bool:
        """Plan a touch; false when its key is known."""
        if any(other.key == touch.key for other in self._tables.touches.values()):
            return False
        self._tables.touches[touch.id] = touch
        self._log(touch.id, "", touch.state, self._worker, 0, touch.reason[:300])
        return True

    def _touches(self, ids: Sequence[int]) -> list[TouchRow]:
        return [self._tables.touches[i] for i in sorted(ids) if i in self._tables.touches]

    def _end(self, touch: TouchRow, state: str, reason: str, *, actor: str, now: datetime) -> None:
        before = touch.state
        touch.state, touch.reason, touch.finished_at = TOUCH_STATES[state], reason, now
        self._log(touch.id, before, touch.state, actor, 0, reason)

    def _log(
        self, subject: UUID | int, before: str, after: str, actor: str, token: int, detail: str
    ) -> None:
        self._tables.log.append(Change(subject, before, after, actor, token, detail, self._clock()))
