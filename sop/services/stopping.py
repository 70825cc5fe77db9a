"""Stopping runs by hand (人工停止), and reviving those that an error stopped (恢复搁置)."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from django.db import transaction

from common import bell, sql
from org.models import AuditRow, User
from org.services.audit import record_audit
from sop.models import Journey, JourneyRun
from sop.services.entering import ADVANCE_BELL
from sop.services.traces import Trace, write_traces
from sop.services.withdrawing import withdraw_touches_of

STOP_BATCH: Final = 500

_STOP: Final = """
UPDATE sop_journeyrun SET state = 'stopped', reason = %(reason)s, ended_at = %(now)s, due_at = NULL
 WHERE id IN (SELECT id FROM sop_journeyrun
               WHERE journey_id = %(journey)s AND state IN ('active', 'parked')
                 AND (%(runs)s::bigint[] IS NULL OR id = ANY(%(runs)s))
               ORDER BY id LIMIT %(limit)s FOR NO KEY UPDATE SKIP LOCKED)
RETURNING id, identity_id
"""
_REVIVE: Final = """
UPDATE sop_journeyrun SET state = 'active', attempts = 0, reason = '', due_at = %(now)s
 WHERE id = ANY(%(runs)s) AND state = 'parked'
RETURNING journey_id
"""


def stop_runs(
    journey_id: int,
    *,
    reason: str,
    now: datetime,
    run_ids: Sequence[int] | None = None,
    most: int | None = None,
) -> int:
    """Stop runs of a journey (停止), all or these, and withdraw what they had under way.

    In batches of one transaction each, so that nobody waits long; a run that is being moved at
    this moment is taken in a later batch. Call it outside transactions.

    Args:
        most: Stop about so many at most; None = all.
    """
    count = 0
    while True:
        stopped = _stop_batch(journey_id, reason=reason, now=now, run_ids=run_ids)
        count += stopped
        if most is not None and count >= most:
            return count
        if not stopped and not _open_runs(journey_id, run_ids):
            return count


def revive_runs(
    run_ids: Sequence[int], *, now: datetime, by: User | None = None, address: str = ""
) -> int:
    """Let parked runs be moved again (恢复搁置) after what stopped them was mended.

    Returns how many were. One transaction.
    """
    with transaction.atomic():
        rows = sql.fetch_all(_REVIVE, {"runs": list(run_ids), "now": now})
        revived = Counter(journey_id for (journey_id,) in rows)
        for journey in Journey.objects.filter(pk__in=revived).order_by("id"):
            count = revived[journey.pk]
            audit_journey(journey, "revived", by=by, address=address, now=now, count=count)
        bell.ring(ADVANCE_BELL)
    return revived.total()


def audit_export(
    journey: Journey, *, count: int, by: User | None, address: str, now: datetime
) -> None:
    """Write down that somebody took a list of a journey's customers away."""
    record_audit(
        actor=by,
        action=AuditRow.Action.EXPORT,
        subject=f"journey:{journey.uid}",
        detail={"what": "journey_runs", "code": journey.code, "rows": count},
        now=now,
        address=address,
    )


def audit_journey(
    journey: Journey,
    act: str,
    *,
    by: User | None,
    address: str,
    now: datetime,
    **more: int,
) -> None:
    """Write down what somebody did to a journey, in the caller's transaction."""
    record_audit(
        actor=by,
        action=AuditRow.Action.JOURNEY_CHANGED,
        subject=f"journey:{journey.uid}",
        detail={"act": act, "code": journey.code, "name": journey.name, **more},
        now=now,
        address=address,
    )


def _stop_batch(
    journey_id: int, *, reason: str, now: datetime, run_ids: Sequence[int] | None
) -> int:
    params = {
        "journey": journey_id,
        "runs": None if run_ids is None else list(run_ids),
        "reason": reason,
        "now": now,
        "limit": STOP_BATCH,
    }
    with transaction.atomic():
        rows = sql.fetch_all(_STOP, params)
        withdraw_touches_of({run: reason for run, _ in rows}, now=now)
        write_traces(
            [Trace("stopped", journey_id, who, run, reason=reason) for run, who in rows], now=now
        )
    return len(rows)


def _open_runs(journey_id: int, run_ids: Sequence[int] | None) -> bool:
    runs = JourneyRun.objects.filter(
        journey_id=journey_id, state__in=[JourneyRun.State.ACTIVE, JourneyRun.State.PARKED]
    )
    return (runs if run_ids is None else runs.filter(id__in=run_ids)).exists()
