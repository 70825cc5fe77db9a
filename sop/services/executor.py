"""The executor (旅程推进): moves due runs along, a batch a transaction.

1. Claim up to `BATCH_RUNS` due runs, the most urgent first, every priority with a share, so that
   none starves; rows that somebody else holds are passed over.
2. Read the facts that their programs ask for, in sets; let `advance` decide about each run.
3. Write it all: places, arms, exposures, touches, tags, notices, the step log. Commit.
4. A batch that fails is halved until the one run that cannot be moved stands alone; that one is
   tried again later and parked with its error after three times.

A crash repeats the whole batch or none of it. No lease is needed, for nothing is called outside.
"""

import logging
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction

from common import sql
from common.trouble import is_connection_lost
from sop.program.advancing import Leg, RunState, advance
from sop.selectors.catalog import program_of
from sop.selectors.facts import Asked, read_facts
from sop.services.effects import Moved, carry_out
from sop.services.traces import Trace, write_traces
from touches.failpoints import failpoint
from touches.selectors.rules import sending_rules

logger = logging.getLogger(__name__)

BATCH_RUNS: Final = 500
LEAST_SHARE: Final = 50
PRIORITIES: Final = (10, 20, 30, 40)
PARK_AFTER_ATTEMPTS: Final = 3
RETRY_SECONDS: Final = 30

# The limit is reached inside, along the index: joined first, the planner sorts all that is due.
_CLAIM: Final = """
WITH due AS MATERIALIZED (
    SELECT run.* FROM sop_journeyrun run
     WHERE run.state = 'active' AND run.priority = %(priority)s AND run.due_at <= %(now)s
       AND run.subject_kind = 'customer'
       AND run.journey_id = ANY(ARRAY(SELECT id FROM sop_journey WHERE state = 'live')) {which}
     ORDER BY run.due_at LIMIT %(limit)s
       FOR NO KEY UPDATE OF run SKIP LOCKED
)
SELECT run.id, run.journey_id, run.version_id, run.identity_id, identity.customer_id,
       run.staff_id, run.priority, journey.salt, run.step, run.entered_at, run.is_control,
       run.due_at, run.timeout_at, run.woken_by
  FROM due run
  JOIN sop_journey journey ON journey.id = run.journey_id
  JOIN customers_identity identity ON identity.id = run.identity_id
 ORDER BY run.due_at, run.id
"""
_MOVE: Final = """
UPDATE sop_journeyrun run
   SET step = told.step, due_at = told.due_at, timeout_at = told.timeout_at,
       woken_by = told.woken_by,
       attempts = 0, state = told.state, reason = told.reason,
       ended_at = CASE WHEN told.due_at IS NULL THEN %(now)s::timestamptz END
  FROM jsonb_to_recordset(%(rows)s::jsonb) AS told(
       id bigint, step text, due_at timestamptz, timeout_at timestamptz, woken_by bigint,
       state text, reason text)
 WHERE run.id = told.id
"""
_SET_ASIDE: Final = """
UPDATE sop_journeyrun
   SET attempts = attempts + 1, reason = left(%(error)s, 300),
       state = CASE WHEN attempts + 1 >= %(most)s THEN 'parked' ELSE state END,
       due_at = %(again)s::timestamptz
 WHERE id = %(id)s AND state = 'active'
RETURNING state
"""


@dataclass(frozen=True, slots=True)
class ClaimedRun:
    """A due run in our hands: its row is locked until commit."""

    id: int
    journey_id: int
    version_id: int
    identity_id: int
    customer_id: int
    staff_id: int | None
    priority: int
    state: RunState


def advance_due(*, now: datetime, budget_seconds: float) -> int:
    """Move due runs along until none is left or the budget is used; returns how many legs.

    Args:
        now: Business time; it goes on by the monotonic clock.
        budget_seconds: After so long no more are claimed.
    """
    begun = time.monotonic()
    count = 0
    while True:
        elapsed = time.monotonic() - begun
        moved = advance_batch(now=now + timedelta(seconds=elapsed))
        count += moved
        if not moved or time.monotonic() - begun >= budget_seconds:
            return count


def advance_batch(
    *, now: datetime, limit: int = BATCH_RUNS, only: Sequence[int] | None = None
) -> int:
    """Move one batch of due runs; returns how many. One transaction.

    Args:
        only: Claim among these runs alone.
    """
    runs: list[ClaimedRun] = []
    try:
        with transaction.atomic():
            runs = _claim(limit, now=now, only=only)
            if runs:
                failpoint("after_run_claim")
                _move(runs, now=now)
                failpoint("inside_move")
        failpoint("after_move")
        return len(runs)
    except Exception as error:
        if not runs or is_connection_lost(error):
            raise
        logger.warning("journey_batch_failed", exc_info=True, extra={"runs": len(runs)})
        if len(runs) == 1:
            return _set_aside(runs[0], error, now=now)
    ids = [run.id for run in runs]
    middle = len(ids) // 2
    halves = (ids[:middle], ids[middle:])
    return sum(advance_batch(now=now, limit=len(half), only=half) for half in halves)


def _claim(limit: int, *, now: datetime, only: Sequence[int] | None) -> list[ClaimedRun]:
    rows: list[tuple[Any, ...]] = []
    query = _CLAIM.format(which="" if only is None else "AND run.id = ANY(%(only)s)")
    for place, priority in enumerate(PRIORITIES):
        kept_back = LEAST_SHARE * (len(PRIORITIES) - 1 - place) if only is None else 0
        share = max(limit - len(rows) - kept_back, LEAST_SHARE if only is None else limit)
        params = {"priority": priority, "now": now, "limit": share, "only": list(only or ())}
        rows += sql.fetch_all(query, params)
    return [_claimed(row) for row in rows]


def _claimed(row: tuple[Any, ...]) -> ClaimedRun:
    pk, journey_id, version_id, identity_id, customer_id, staff_id, priority, *state = row
    return ClaimedRun(
        pk,
        journey_id,
        version_id,
        identity_id,
        customer_id,
        staff_id,
        priority,
        RunState(pk, *state),
    )


def _move(runs: Sequence[ClaimedRun], *, now: datetime) -> None:
    """Decide and write, in the caller's transaction."""
    by_version: dict[int, list[ClaimedRun]] = defaultdict(list)
    for run in runs:
        by_version[run.version_id].append(run)
    moved: list[Moved] = []
    for version_id, share in sorted(by_version.items()):
        moved += _decide(version_id, share, now=now)
    carry_out(moved, now=now)
    rows = [_row(one.run_id, one.leg) for one in moved]
    sql.execute(_MOVE, {"rows": sql.json_rows(rows), "now": now})
    write_traces(
        [
            Trace("moved", one.journey_id, one.identity_id, one.run_id, path=one.leg.path)
            for one in moved
            if one.leg.path
        ],
        now=now,
    )


def _decide(version_id: int, runs: Sequence[ClaimedRun], *, now: datetime) -> list[Moved]:
    program, rules = program_of(version_id), sending_rules()
    asked = [
        Asked(run.customer_id, run.journey_id, run.state.entered_at, run.staff_id, run.id)
        for run in runs
    ]
    return [
        Moved(
            run_id=run.id,
            journey_id=run.journey_id,
            identity_id=run.identity_id,
            customer_id=run.customer_id,
            staff_id=run.staff_id,
            priority=run.priority,
            facts=facts,
            leg=advance(program, run.state, facts, now=now, rules=rules),
        )
        for run, facts in zip(runs, read_facts(program, asked, now=now), strict=True)
    ]


def _row(run_id: int, leg: Leg) -> dict[str, Any]:
    return {
        "id": run_id,
        "step": leg.step,
        "due_at": leg.due_at,
        "timeout_at": leg.timeout_at,
        "woken_by": leg.woken_by,
        "state": "done" if leg.is_over else "active",
        "reason": leg.ended,
    }


def _set_aside(run: ClaimedRun, error: Exception, *, now: datetime) -> int:
    """Put the one run that fails off, or park it; that is progress of one."""
    text = f"{type(error).__name__}: {error}"
    with transaction.atomic():
        rows = sql.fetch_all(
            _SET_ASIDE,
            {
                "id": run.id,
                "error": text.replace("\x00", ""),
                "most": PARK_AFTER_ATTEMPTS,
                "again": now + timedelta(seconds=RETRY_SECONDS),
            },
        )
        if rows and rows[0][0] == "parked":
            logger.error("journey_run_parked", extra={"run": run.id, "error": text[:300]})
            parked = Trace("parked", run.journey_id, run.identity_id, run.id, reason=text)
            write_traces([parked], now=now)
    return 1
