"""What events do to journeys (行为 → 旅程): goals, exits, waking, entering.

A reaction of the loop, in the dispatcher's transaction, on the profile as it is right after the
event. The runs of the customers are locked before they are read: a run that the executor is just
moving is seen where it will stand, so no waking is lost.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Final

from django.db import transaction

from common import bell, sql
from customers.services.ledger import LedgerEvent
from sop.models import JourneyRun
from sop.program.entering import Happening
from sop.program.reacting import OpenRun, Reaction, react
from sop.selectors.catalog import Catalog, program_of, read_catalog
from sop.services.entering import ADVANCE_BELL, Candidate, enter
from sop.services.traces import Trace, write_traces
from sop.services.withdrawing import withdraw_touches_of
from touches.failpoints import failpoint
from touches.models import Touch

SILENT_SOURCES: Final = frozenset({"import", "sync"})

_OPEN_RUNS = """
SELECT identity.customer_id, run.id, run.journey_id, run.version_id, run.identity_id, run.state,
       run.step, run.entered_at, run.entry_event_id, run.goal_at IS NOT NULL
  FROM customers_identity identity JOIN sop_journeyrun run ON run.identity_id = identity.id
 WHERE identity.customer_id = ANY(%(customers)s::bigint[])
   AND (run.state = 'active' OR (run.goal_at IS NULL AND run.goal_until >= %(earliest)s
                                 AND run.state <> 'superseded'))
 ORDER BY run.id FOR NO KEY UPDATE OF run
"""
_CHANGE = """
UPDATE sop_journeyrun run
   SET goal_name = CASE WHEN told.goal <> '' THEN told.goal ELSE run.goal_name END,
       goal_at = CASE WHEN told.goal <> '' THEN told.occurred_at ELSE run.goal_at END,
       state = CASE WHEN told.exit_reason <> '' THEN 'exited' ELSE run.state END,
       reason = CASE WHEN told.exit_reason <> '' THEN told.exit_reason ELSE run.reason END,
       ended_at = CASE WHEN told.exit_reason <> '' THEN %(now)s ELSE run.ended_at END,
       due_at = CASE WHEN told.exit_reason <> '' THEN NULL
                     WHEN told.is_due THEN %(now)s ELSE run.due_at END,
       woken_by = CASE WHEN told.is_woken THEN told.event_id ELSE run.woken_by END
  FROM jsonb_to_recordset(%(rows)s::jsonb) AS told(
       id bigint, goal text, exit_reason text, is_woken boolean, is_due boolean, event_id bigint,
       occurred_at timestamptz)
 WHERE run.id = told.id
"""


@dataclass(frozen=True, slots=True)
class _Run:
    """An open run as it was read, locked."""

    id: int
    journey_id: int
    version_id: int
    identity_id: int
    state: OpenRun


def move_journeys(events: Sequence[LedgerEvent], *, now: datetime) -> None:
    """Let events act on journeys (旅程响应): first on the runs that are open, then on entries.

    At most one event a customer; a constant number of statements for the open runs and a few for
    each journey that an event may let somebody into.
    """
    catalog = read_catalog()
    if not catalog.journeys:
        return
    heard = [e for e in events if catalog.is_curious or e.type in catalog.run_types]
    if heard:
        _act_on_runs(heard, now=now)
    _let_in([event for event in events if event.type in catalog.entry_types], catalog, now=now)
    failpoint("inside_reaction")
    transaction.on_commit(partial(failpoint, "after_reaction"))


def _act_on_runs(events: Sequence[LedgerEvent], *, now: datetime) -> None:
    runs = _open_runs(events)
    changes: list[tuple[_Run, LedgerEvent, Reaction]] = []
    for event in events:
        for run in runs.get(event.customer_id, ()):
            reaction = react(program_of(run.version_id), run.state, happening(event))
            if not reaction.is_nothing:
                changes.append((run, event, reaction))
    if not changes:
        return
    sql.execute(
        _CHANGE, {"rows": sql.json_rows([_change(*change) for change in changes]), "now": now}
    )
    write_traces([trace for change in changes for trace in _traces(*change)], now=now)
    gone = {run.id: reaction.exit_reason for run, _, reaction in changes if reaction.exit_reason}
    withdraw_touches_of(gone, now=now)
    if any(reaction.is_woken or reaction.is_to_be_looked_at for _, _, reaction in changes):
        bell.ring(ADVANCE_BELL)


def _open_runs(events: Sequence[LedgerEvent]) -> dict[int, list[_Run]]:
    rows = sql.fetch_all(
        _OPEN_RUNS,
        {
            "customers": sql.numbers(event.customer_id for event in events),
            "earliest": min(event.occurred_at for event in events),
        },
    )
    runs: dict[int, list[_Run]] = defaultdict(list)
    for customer_id, pk, journey_id, version_id, identity_id, state, *rest in rows:
        is_active = state == JourneyRun.State.ACTIVE
        runs[customer_id].append(
            _Run(pk, journey_id, version_id, identity_id, OpenRun(is_active, *rest))
        )
    return runs


def _change(run: _Run, event: LedgerEvent, reaction: Reaction) -> dict[str, Any]:
    return {
        "id": run.id,
        "goal": reaction.goal,
        "exit_reason": reaction.exit_reason,
        "is_woken": reaction.is_woken,
        "is_due": reaction.is_woken or reaction.is_to_be_looked_at,
        "event_id": event.id,
        "occurred_at": event.occurred_at.isoformat(),
    }


def _traces(run: _Run, event: LedgerEvent, reaction: Reaction) -> list[Trace]:
    """Return what people may want to know; that a run was only looked at is not among it."""
    told = {
        "goal": reaction.goal,
        "exited": reaction.exit_reason,
        "woken": "等到了要等的行为" if reaction.is_woken else "",
    }
    return [
        Trace(kind, run.journey_id, run.identity_id, run.id, event.id, reason)
        for kind, reason in told.items()
        if reason
    ]


def _let_in(events: Sequence[LedgerEvent], catalog: Catalog, *, now: datetime) -> None:
    by_journey: dict[int, list[Candidate]] = defaultdict(list)
    for event in events:
        candidate = Candidate(
            event.customer_id,
            event.identity_id,
            event.staff_id,
            happening(event),
            is_silent=event.source in SILENT_SOURCES,
        )
        for journey in catalog.entry_types[event.type]:
            if any(
                trigger.spec.matches(event.type, event.payload)
                for trigger in journey.program.entry.triggers
            ):
                by_journey[journey.id].append(candidate)
    for journey_id, candidates in sorted(by_journey.items()):
        enter(
            catalog.journeys[journey_id],
            candidates,
            priority=Touch.Priority.TRIGGERED,
            now=now,
        )


def happening(event: LedgerEvent) -> Happening:
    """Return an event as programs see it."""
    return Happening(event.id, event.type, event.occurred_at, event.payload)
