"""Turning planned touches into calls (时段规划): the one place where a customer's budget is spent.

1. Pick the most urgent due touches of staff members whose load nobody else is counting; several
   workers so take different members, and none waits for another.
2. Lock their customers in order, then the tasks that can be joined, and last the touches, leaving
   out those that somebody else has.
3. Count, in statements of their own, what customers and staff members have taken.
4. Judge in Python, by pure functions: the better touch first, each place taken counting at once.
5. Write calls, places, touches and the effect log; commit. A crash repeats all of it or none.

Who finds a customer locked waits, and then counts what the other took: no number of workers
overruns a cap. A batch that fails is halved until the touch that cannot be worked in stands alone.

Source: design §8, operations §5.
"""

import logging
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.db import OperationalError, transaction

from common import bell, sql
from common.clock import local_date
from common.trouble import is_connection_lost
from customers.services.ledger import lock_customers_of
from touches.failpoints import failpoint
from touches.models import SendingRules, Touch
from touches.selectors.rules import cap_rules, sending_rules
from touches.services.judging import Ruling, Verdict, judge
from touches.services.plan import MASS_BELL, SEND_BELL
from touches.services.slot_calls import Placed, write_calls
from touches.services.slot_reading import (
    Pick,
    Picked,
    lock_touches,
    pick_due,
    read_books,
    read_calls,
)
from touches.services.workers import worker_name

logger = logging.getLogger(__name__)

BATCH_ROWS: Final = 1_000
# Batches in a row that others had worked in before us, after which they may do the rest.
IDLE_ROUNDS: Final = 3

_STATES: Final = {
    Ruling.QUEUE: Touch.State.QUEUED,
    Ruling.DEFER: Touch.State.PLANNED,
    Ruling.ROLL: Touch.State.PLANNED,
    Ruling.SUPPRESS: Touch.State.SUPPRESSED,
    Ruling.EXPIRE: Touch.State.EXPIRED,
    Ruling.REFUSE: Touch.State.REFUSED,
}
# Whoever is sent to is who the touch hangs on from now on: WeCom tells results by that identity.
# `winner` may have been deleted long ago: then nobody is named.
_WRITE: Final = """
WITH verdict AS (
    SELECT * FROM jsonb_to_recordset(%(rows)s::jsonb) AS row(
        id bigint, state text, reason text, winner bigint, due_at timestamptz,
        valid_until timestamptz, rolled smallint, dispatch uuid, identity bigint, corp bigint,
        counted_at timestamptz, counted_on date)
), moved AS (
    UPDATE touches_touch t
       SET state = v.state, reason = v.reason, due_at = v.due_at, valid_until = v.valid_until,
           rolled_count = t.rolled_count + v.rolled, dispatch_id = v.dispatch,
           identity_id = CASE v.state WHEN 'queued' THEN v.identity ELSE t.identity_id END,
           winner_id = (SELECT w.id FROM touches_touch w WHERE w.id = v.winner),
           finished_at = CASE WHEN v.state NOT IN ('planned', 'queued') THEN %(now)s END
      FROM verdict v
     WHERE t.id = v.id
    RETURNING t.id, t.staff_id, t.lane, t.purpose
), reserved AS (
    INSERT INTO touches_contactledger (counted_on, counted_at, identity_id, corp_id, staff_id,
                                       touch_id, lane, purpose, state)
    SELECT v.counted_on, v.counted_at, v.identity, v.corp, moved.staff_id, moved.id, moved.lane,
           moved.purpose, 'reserved'
      FROM moved JOIN verdict v ON v.id = moved.id
     WHERE v.state = 'queued' ORDER BY moved.id
)
INSERT INTO touches_effectlog (touch_id, from_state, to_state, actor, token, detail)
SELECT id, 'planned', state, %(actor)s, 0, reason FROM verdict ORDER BY id
"""
_SET_ASIDE: Final = """
WITH moved AS (
    UPDATE touches_touch SET state = 'refused', reason = %(reason)s, finished_at = %(now)s
     WHERE id = %(id)s AND state = 'planned'
    RETURNING id
)
INSERT INTO touches_effectlog (touch_id, from_state, to_state, actor, token, detail)
SELECT id, 'planned', 'refused', %(actor)s, 0, %(reason)s FROM moved
"""


@dataclass(slots=True)
class SlotReport:
    """What one run did: touches by ruling."""

    rulings: Counter[str] = field(default_factory=Counter)

    @property
    def judged(self) -> int:
        """How many touches were decided on."""
        return self.rulings.total()


@dataclass(frozen=True, slots=True)
class _Batch:
    """How a batch went: how many were found, whether there were more, what was decided."""

    found: int
    has_more: bool
    rulings: Counter[str]


def slot_due(*, now: datetime, budget_seconds: float) -> SlotReport:
    """Give due touches of lanes M and T (触达) their places and calls, the most urgent first.

    One transaction a batch of up to a thousand; any number of workers may do it at once. Rings the
    bells of those who send.

    Args:
        now: Business time.
        budget_seconds: After so long no further batch is begun; 0 works in one.
    """
    report, deadline, idle = SlotReport(), time.monotonic() + budget_seconds, 0
    while True:
        batch = _slot_batch(now=now, limit=BATCH_ROWS)
        report.rulings += batch.rulings
        idle = 0 if batch.rulings else idle + 1
        is_over = not batch.has_more or idle >= IDLE_ROUNDS
        if is_over or time.monotonic() >= deadline:
            return report


def _slot_batch(*, now: datetime, limit: int) -> _Batch:
    """Work in one batch; one that fails is tried again by halves."""
    pick: Pick | None = None
    try:
        with transaction.atomic():
            rules = sending_rules()
            pick = pick_due(now=now, rules=rules, limit=limit)
            rulings = _work_in(pick, rules=rules, now=now)
            failpoint("inside_slotting")
        failpoint("after_slotting")
        return _Batch(len(pick.touches), pick.has_more, rulings)
    except Exception as error:
        if pick is None or not pick.touches or is_connection_lost(error):
            raise
        logger.warning("slot_batch_failed", exc_info=True, extra={"touches": len(pick.touches)})
        if len(pick.touches) == 1:
            return _set_aside(pick.touches[0], error, now=now)
    return _slot_batch(now=now, limit=len(pick.touches) // 2)


def _work_in(pick: Pick, *, rules: SendingRules, now: datetime) -> Counter[str]:
    picked = pick.touches
    if not picked:
        return Counter()
    caps = cap_rules()
    lock_customers_of(one.identity_id for one in picked)
    calls = read_calls(picked, now=now)
    due = lock_touches([one.touch_id for one in picked], now=now, rules=rules)
    if not due:
        return Counter()
    failpoint("after_slot_locks")
    books = read_books(due, calls, caps=caps, now=now)
    verdicts = judge(
        [touch.candidate for touch in due], books=books, rules=rules, caps=caps, now=now
    )
    by_id = {touch.candidate.touch_id: touch for touch in due}
    placed = [
        Placed(by_id[verdict.candidate.touch_id], verdict)
        for verdict in verdicts
        if verdict.ruling == Ruling.QUEUE
    ]
    dispatches = write_calls(placed, calls, continued=pick.continued, now=now)
    rows = [_row(verdict, dispatches.get(verdict.candidate.touch_id)) for verdict in verdicts]
    sql.execute(_WRITE, {"rows": sql.json_rows(rows), "now": now, "actor": worker_name()})
    _ring(placed)
    return Counter(str(verdict.ruling) for verdict in verdicts)


def _row(verdict: Verdict, dispatch_id: object) -> dict[str, Any]:
    candidate = verdict.candidate
    return {
        "id": candidate.touch_id,
        "state": _STATES[verdict.ruling],
        "reason": verdict.reason[:300],
        "winner": verdict.winner_id,
        "due_at": verdict.due_at,
        "valid_until": verdict.valid_until,
        "rolled": int(verdict.ruling == Ruling.ROLL),
        "dispatch": dispatch_id,
        "identity": candidate.identity_id,
        "corp": candidate.corp_id,
        "counted_at": verdict.moment,
        "counted_on": local_date(verdict.moment),
    }


def _ring(placed: list[Placed]) -> None:
    lanes = {one.verdict.candidate.lane for one in placed}
    if Touch.Lane.TASK in lanes:
        bell.ring(SEND_BELL)
    if Touch.Lane.MASS in lanes:
        bell.ring(MASS_BELL)


def _set_aside(picked: Picked, error: Exception, *, now: datetime) -> _Batch:
    """Refuse the touch that cannot be worked in; a time-out or a deadlock says nothing of it."""
    if isinstance(error, OperationalError):
        raise error
    params = {
        "id": picked.touch_id,
        "reason": f"无法处理：{type(error).__name__}: {error}".replace("\x00", "")[:300],
        "now": now,
        "actor": worker_name(),
    }
    count = sql.execute(_SET_ASIDE, params)
    return _Batch(1, True, Counter({str(Ruling.REFUSE): count}) if count else Counter())
