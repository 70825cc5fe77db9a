"""Runs of two customers who turned out to be one (合并中的旅程): the furthest goes on.

Where both were on their way through the same journey for the same occasion, only one may go on, or
the person would be touched twice. What was sent stays sent; the run that gives way keeps its row,
so that an undone merge can bring it back.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from common import sql
from customers.services.ledger import LedgerEvent
from sop.selectors.catalog import program_of
from sop.services.traces import Trace, write_traces
from sop.services.withdrawing import withdraw_touches_of

REASON: Final = "客户合并,另一条进入走得更远"

_ACTIVE: Final = """
SELECT identity.customer_id, run.journey_id, run.entry_key, run.id, run.version_id, run.step,
       run.identity_id
  FROM customers_identity identity JOIN sop_journeyrun run ON run.identity_id = identity.id
 WHERE identity.customer_id = ANY(%s) AND run.state = 'active'
 ORDER BY run.id FOR NO KEY UPDATE OF run
"""
_GIVE_WAY: Final = """
UPDATE sop_journeyrun SET state = 'superseded', reason = %(reason)s, ended_at = %(now)s,
       due_at = NULL
 WHERE id = ANY(%(runs)s)
"""


def settle_merged_runs(events: Sequence[LedgerEvent], *, now: datetime) -> None:
    """Let all but the furthest of a merged customer's equal runs give way (合并).

    In the dispatcher's transaction. The furthest is the one whose step comes last in its program;
    of two at the same step the older one.
    """
    by_occasion: dict[tuple[int, int, str], list[tuple[Any, ...]]] = defaultdict(list)
    for customer_id, journey_id, entry_key, *run in sql.fetch_all(
        _ACTIVE, [[event.customer_id for event in events]]
    ):
        by_occasion[customer_id, journey_id, entry_key].append(tuple(run))
    gone: dict[int, str] = {}
    traces: list[Trace] = []
    for (_customer, journey_id, _key), runs in by_occasion.items():
        ranked = sorted(runs, key=lambda run: (-_place(run[1], run[2]), run[0]))
        for run_id, _version, _step, identity_id in ranked[1:]:
            gone[run_id] = REASON
            traces.append(Trace("merged", journey_id, identity_id, run_id, reason=REASON))
    if gone:
        sql.execute(_GIVE_WAY, {"runs": sorted(gone), "reason": REASON, "now": now})
        write_traces(traces, now=now)
        withdraw_touches_of(gone, now=now)


def _place(version_id: int, step: str) -> int:
    """Return how far into its program a step stands; before the first step is 0."""
    order = {key: place for place, key in enumerate(program_of(version_id).by_id, start=1)}
    return order.get(step, 0)
