"""Letting customers in (进入旅程): judged in Python, written in one statement.

Whoever calls holds what keeps one customer's entries in order: the dispatcher its shard, a scan the
customers' row locks. Should two of them race nevertheless, the constraint lets one in.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from common import bell, sql
from sop.program.entering import CONTROL, Happening, PastRun, Verdict, judge_entry
from sop.program.steps import Program
from sop.selectors.catalog import CatalogEntry
from sop.selectors.facts import Asked, read_facts
from sop.services.traces import Trace, write_traces
from touches.failpoints import failpoint

ADVANCE_BELL: Final = "scrm.advance_journeys"

_PAST = """
SELECT identity.customer_id, run.entry_key, run.entered_at, run.ended_at
  FROM customers_identity identity JOIN sop_journeyrun run ON run.identity_id = identity.id
 WHERE identity.customer_id = ANY(%s::bigint[]) AND run.journey_id = %s
   AND run.state <> 'superseded'
"""
_ENTER = """
WITH coming AS (
    SELECT * FROM jsonb_to_recordset(%(rows)s::jsonb) AS row(
        identity_id bigint, staff_id bigint, entry_key text, event_id bigint,
        entered_at timestamptz, is_control boolean, goal_until timestamptz)
), entered AS (
    INSERT INTO sop_journeyrun (
        journey_id, version_id, subject_kind, identity_id, staff_id, entry_key, entry_event_id,
        entered_at, is_control, priority, state, step, due_at, attempts, reason, goal_until,
        goal_name)
    SELECT %(journey)s, %(version)s, 'customer', identity_id, staff_id, entry_key, event_id,
           entered_at, is_control, %(priority)s, 'active', '', %(now)s, 0, '', goal_until, ''
      FROM coming ORDER BY identity_id
    ON CONFLICT (journey_id, identity_id, entry_key) WHERE state IN ('active', 'parked')
    DO NOTHING
    RETURNING id, identity_id, entry_key, is_control
), remembered AS (
    INSERT INTO sop_armassignment (journey_id, identity_id, place, arm, assigned_at)
    SELECT %(journey)s, identity_id, 'control',
           CASE WHEN is_control THEN 'control' ELSE 'treated' END, %(now)s
      FROM entered WHERE %(has_control)s
    ON CONFLICT DO NOTHING
)
SELECT id, identity_id, entry_key FROM entered
"""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A customer who might enter.

    Attributes:
        identity_id: The anchor of the run.
        event: What happened; None on a scan.
    """

    customer_id: int
    identity_id: int
    staff_id: int | None
    event: Happening | None
    is_silent: bool = False


def enter(
    journey: CatalogEntry,
    candidates: Sequence[Candidate],
    *,
    priority: int,
    now: datetime,
) -> int:
    """Let in who may come in (进入), with the reason for everybody logged; returns how many came.

    In the caller's transaction; at most one candidate a customer. A candidate that is `is_silent`
    leaves no trace when refused (imported history).
    """
    program = journey.program
    verdicts = _judge(journey, program, candidates, now=now)
    coming = [(one, verdict) for one, verdict in verdicts if verdict.is_in]
    ids = _insert(journey, program, coming, priority=priority, now=now)
    failpoint("inside_entry")
    traces = [
        _trace(journey, one, verdict, ids.get((one.identity_id, verdict.entry_key)))
        for one, verdict in verdicts
        if verdict.is_in or not one.is_silent
    ]
    write_traces(traces, now=now)
    if ids:
        bell.ring(ADVANCE_BELL)
    return len(ids)


def _judge(
    journey: CatalogEntry, program: Program, candidates: Sequence[Candidate], *, now: datetime
) -> list[tuple[Candidate, Verdict]]:
    asked = [
        Asked(
            one.customer_id,
            journey.id,
            since=one.event.occurred_at if one.event else now,
            staff_id=one.staff_id,
        )
        for one in candidates
    ]
    past: dict[int, list[PastRun]] = defaultdict(list)
    customers = sql.numbers(one.customer_id for one in candidates)
    for customer_id, *run in sql.fetch_all(_PAST, [customers, journey.id]):
        past[customer_id].append(PastRun(*run))
    judged = [
        (
            one,
            judge_entry(
                program, facts, past[one.customer_id], event=one.event, salt=journey.salt, now=now
            ),
        )
        for one, facts in zip(candidates, read_facts(program, asked, now=now), strict=True)
    ]
    return [(one, verdict) for one, verdict in judged if verdict is not None]


def _insert(
    journey: CatalogEntry,
    program: Program,
    coming: Sequence[tuple[Candidate, Verdict]],
    *,
    priority: int,
    now: datetime,
) -> dict[tuple[int, str], int]:
    if not coming:
        return {}
    rows = [_row(program, one, verdict, now) for one, verdict in coming]
    params = {
        "rows": sql.json_rows(rows),
        "journey": journey.id,
        "version": journey.version_id,
        "priority": priority,
        "now": now,
        "has_control": program.control_percent > 0,
    }
    return {(identity, key): pk for pk, identity, key in sql.fetch_all(_ENTER, params)}


def _row(program: Program, one: Candidate, verdict: Verdict, now: datetime) -> dict[str, Any]:
    entered_at = one.event.occurred_at if one.event else now
    days = program.goal_days
    return {
        "identity_id": one.identity_id,
        "staff_id": one.staff_id,
        "entry_key": verdict.entry_key,
        "event_id": one.event.id if one.event else None,
        "entered_at": entered_at.isoformat(),
        "is_control": verdict.arm == CONTROL,
        "goal_until": (entered_at + timedelta(days=days)).isoformat() if days else None,
    }


def _trace(journey: CatalogEntry, one: Candidate, verdict: Verdict, run_id: int | None) -> Trace:
    is_in = verdict.is_in and run_id is not None
    reason = verdict.reason if is_in or not verdict.is_in else "已在旅程中"
    path = [{"step": "", "outcome": "refused", "why": verdict.detail}] if verdict.detail else []
    return Trace(
        kind="entered" if is_in else "refused",
        journey_id=journey.id,
        identity_id=one.identity_id,
        run_id=run_id,
        event_id=one.event.id if one.event else None,
        reason=reason,
        path=path,
    )
