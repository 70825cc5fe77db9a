"""Writing down what became of a call (结算): fenced, with touches and events, in one transaction.

Lock order here and wherever dispatches and touches change together: customers, dispatches, touches.
The dispatcher holds customers when its reactions cancel touches, so nobody may lock the other way.
"""

import json
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import InterfaceError, OperationalError, connection, transaction

from common import sql
from common.trouble import is_connection_lost
from customers.events import TouchSent
from customers.services.ledger import NewEvent, lock_customers_of, record_events
from touches.failpoints import failpoint
from touches.models import Dispatch, Touch
from touches.services.alarms import alarm_of_stopped
from touches.services.cancelling import withdraw_again
from touches.services.mass_tasks import hold_found, open_tasks, refuse_unreachable, wake_stopped
from touches.services.outcomes import Verdict
from touches.services.own_writes import take_over_remarks, take_over_tags
from touches.services.places import release_places
from touches.services.policies import RECONCILED_KINDS

logger = logging.getLogger(__name__)

MAX_REASON_CHARACTERS: Final = 280
TRIES: Final = 3
RETRY_SECONDS: Final = 0.3

_IDENTITIES: Final = """
SELECT DISTINCT identity_id FROM touches_touch WHERE dispatch_id = ANY(%s) AND lane <> 'F'
"""
# Whoever lost the lease changes nothing: state and token decide.
_SETTLE: Final = """
WITH verdict AS (
    SELECT * FROM jsonb_to_recordset(%(rows)s::jsonb) AS row(
        id uuid, token bigint, state text, reason text, ref text, code text, delay float8,
        settle float8,
        doubt smallint, uncounted smallint)
), settled AS (
    UPDATE touches_dispatch d
       SET state = CASE
               WHEN v.state <> 'pending' OR NOT d.is_cancel_wanted THEN v.state
               WHEN d.ambiguous_rounds + v.doubt > 0 AND d.kind = ANY(%(reconciled)s) THEN 'pending'
               WHEN d.ambiguous_rounds + v.doubt > 0 THEN 'unknown'
               ELSE 'cancelled' END,
           available_at = CASE
               WHEN v.state = 'pending' THEN %(now)s + make_interval(secs => v.delay)
               ELSE d.available_at END,
           settle_until = CASE
               WHEN v.settle > 0 THEN clock_timestamp() + make_interval(secs => v.settle) END,
           lease_until = NULL,
           attempts = d.attempts - v.uncounted,
           ambiguous_rounds = d.ambiguous_rounds + v.doubt,
           wecom_ref = v.ref,
           response_code = v.code,
           last_error = v.reason,
           done_at = CASE WHEN v.state <> 'pending' THEN %(now)s END
      FROM verdict v
     WHERE d.id = v.id AND d.state = 'sending' AND d.token = v.token
    RETURNING d.id, d.kind, d.state, d.token, d.last_error,
              -- What was really sent: a name may have been filled in since it was planned.
              CASE d.kind WHEN 'remark'
                   THEN d.context || jsonb_build_object(
                            'remark', d.payload::jsonb->'remark',
                            'description', d.payload::jsonb->'description')
                   ELSE d.context END AS context
), logged AS (
    INSERT INTO touches_effectlog (dispatch_id, from_state, to_state, actor, token, detail)
    SELECT id, 'sending', state, %(actor)s, token, last_error FROM settled
)
SELECT id, kind, state, last_error, context::text FROM settled
"""
# Of a mass message WeCom has only made a task: its touches are delivered when the results say so.
# A click may be here before the settlement: a touch that has gone further stays where it is.
_FOLLOW: Final = """
WITH followed AS (
    UPDATE touches_touch t
       SET state = CASE
               WHEN d.state = 'done' AND t.lane IN ('T', 'M') THEN 'dispatched'
               WHEN d.state = 'done' THEN 'delivered'
               WHEN d.state = 'dead' THEN t.state
               ELSE d.state END,
           reason = CASE
               WHEN t.withdrawn_at IS NOT NULL AND d.state IN ('done', 'cancelled') THEN t.reason
               ELSE left(d.last_error, 300) END,
           finished_at = CASE
               WHEN d.state = 'dead' OR (d.state = 'done' AND t.lane IN ('T', 'M')) THEN NULL
               ELSE %(now)s END
      FROM touches_dispatch d
     WHERE t.dispatch_id = d.id AND d.id = ANY(%(ids)s) AND t.state IN ('planned', 'queued')
    RETURNING t.id, t.state, t.reason, t.lane = 'T' AND t.withdrawn_at IS NOT NULL AS is_unwanted
), logged AS (
    INSERT INTO touches_effectlog (touch_id, from_state, to_state, actor, token, detail)
    SELECT id, 'queued', state, %(actor)s, 0, reason FROM followed WHERE state <> 'queued'
)
SELECT id, state, reason FROM followed
 WHERE state IN ('refused', 'expired', 'cancelled') OR (state = 'dispatched' AND is_unwanted)
"""
_SENT: Final = """
SELECT t.uid, t.lane, t.title, t.identity_id, t.staff_id
  FROM touches_touch t WHERE t.dispatch_id = ANY(%s) AND t.lane NOT IN ('F', 'M')
"""


@dataclass(frozen=True, slots=True)
class Settled:
    """A dispatch whose outcome was written: it was still ours."""

    dispatch_id: UUID
    kind: str
    state: str
    reason: str
    context: dict[str, Any]


def settle(verdicts: Sequence[Verdict], *, actor: str, now: datetime) -> list[Settled]:
    """Write outcomes, move the touches along, record `TouchSent`; returns what was still ours.

    One transaction (the caller's, or its own). A verdict whose token is no longer the row's is
    dropped: another worker has the call now, and its outcome counts.

    Args:
        actor: Who settles, for the effect log.
        now: Business time; back-off counts from it.
    """
    if not verdicts:
        return []
    with transaction.atomic():
        verdicts = hold_found(verdicts)
        done = [v.dispatch_id for v in verdicts if v.outcome.state == Dispatch.State.DONE]
        if done:
            lock_customers_of(row[0] for row in sql.fetch_all(_IDENTITIES, [done]))
        settled = _write(verdicts, actor=actor, now=now)
        _follow(verdicts, settled, actor=actor, now=now)
        _record_sent([s for s in settled if s.state == Dispatch.State.DONE], now=now)
        failpoint("inside_settle")
    failpoint("after_settle")
    return settled


def _follow(
    verdicts: Sequence[Verdict], settled: Sequence[Settled], *, actor: str, now: datetime
) -> None:
    """Move the touches of what is final along, and what hangs on them."""
    final = [s for s in settled if s.state != Dispatch.State.PENDING]
    if not final:
        return
    mass = [s for s in final if s.kind == Dispatch.Kind.MASS_MESSAGE]
    made = [s.dispatch_id for s in mass if s.state == Dispatch.State.DONE]
    unreachable = {
        v.dispatch_id: v.outcome.unreachable_ids for v in verdicts if v.dispatch_id in set(made)
    }
    refused = refuse_unreachable(unreachable, actor=actor, now=now)
    ids = [s.dispatch_id for s in final]
    ended = sql.fetch_all(_FOLLOW, {"ids": ids, "actor": actor, "now": now})
    arrived = {row[0]: row[2] for row in ended if row[1] == Touch.State.DISPATCHED}
    release_places([*refused, *(row[0] for row in ended if row[0] not in arrived)])
    withdraw_again(arrived, actor=actor, now=now)
    open_tasks(made, now=now)
    alarm_of_stopped([s.reason for s in mass if s.state == Dispatch.State.DEAD], now=now)
    wake_stopped([s.context for s in final if s.kind == Dispatch.Kind.MASS_CANCEL], now=now)


def settle_apart(verdicts: Sequence[Verdict], *, actor: str, now: datetime) -> list[Settled]:
    """Settle, and divide what fails until the one verdict that cannot be settled stands alone.

    That one is logged and left: its lease runs out, and the reaper takes it back. After a lost
    connection or a deadlock the same is tried again: the fence makes that harmless. Call it outside
    transactions.

    Raises:
        OperationalError, InterfaceError: the database stays away.
    """
    try:
        return _settle_stubbornly(verdicts, actor=actor, now=now)
    except Exception as error:
        if is_connection_lost(error):
            raise
        if len(verdicts) == 1:
            logger.exception("not_settled", extra={"dispatch": str(verdicts[0].dispatch_id)})
            return []
    middle = len(verdicts) // 2
    return [
        *settle_apart(verdicts[:middle], actor=actor, now=now),
        *settle_apart(verdicts[middle:], actor=actor, now=now),
    ]


def _settle_stubbornly(verdicts: Sequence[Verdict], *, actor: str, now: datetime) -> list[Settled]:
    for _try in range(TRIES - 1):
        try:
            return settle(verdicts, actor=actor, now=now)
        except (OperationalError, InterfaceError):
            connection.close()
            time.sleep(RETRY_SECONDS)
    return settle(verdicts, actor=actor, now=now)


def _write(verdicts: Sequence[Verdict], *, actor: str, now: datetime) -> list[Settled]:
    rows = sorted((_row(verdict) for verdict in verdicts), key=lambda row: str(row["id"]))
    found = sql.fetch_all(
        _SETTLE,
        {
            "rows": json.dumps(rows, ensure_ascii=False),
            "reconciled": list(RECONCILED_KINDS),
            "actor": actor,
            "now": now,
        },
    )
    return [
        Settled(dispatch_id, kind, state, reason, json.loads(context))
        for dispatch_id, kind, state, reason, context in found
    ]


def _row(verdict: Verdict) -> dict[str, Any]:
    outcome = verdict.outcome
    return {
        "id": str(verdict.dispatch_id),
        "token": verdict.token,
        "state": outcome.state,
        "reason": outcome.reason.replace("\x00", "")[:MAX_REASON_CHARACTERS],
        "ref": outcome.wecom_ref[:128],
        "code": outcome.response_code[:128],
        "delay": outcome.delay_seconds,
        "settle": outcome.settle_seconds,
        "doubt": int(outcome.is_ambiguous),
        "uncounted": int(not outcome.counts),
    }


def _record_sent(done: Sequence[Settled], *, now: datetime) -> None:
    """Tell the ledger, and our own copy of the tags, what has certainly been done."""
    if not done:
        return
    sent = sql.fetch_all(_SENT, [[s.dispatch_id for s in done]])
    record_events(
        [
            NewEvent(
                payload=TouchSent(touch_uid=str(uid), lane=lane, title=title),
                key=f"touch_sent:{uid}",
                identity_id=identity_id,
                occurred_at=now,
                staff_id=staff_id,
                source="touch",
            )
            for uid, lane, title, identity_id, staff_id in sent
        ],
        now=now,
    )
    take_over_tags([s.context for s in done if s.kind == Dispatch.Kind.MARK_TAG], now=now)
    take_over_remarks([s.context for s in done if s.kind == Dispatch.Kind.REMARK], now=now)
