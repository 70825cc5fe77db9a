"""Writing down what became of each customer of a mass message (群发结果), in any order.

A message that left has left: `delivered` wins over every other end, and its place is spent on the
day it was sent. Lock order: customers, touches, mass tasks.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import transaction

from common import sql
from customers.events import TouchSent
from customers.services.ledger import NewEvent, lock_customers_of, record_events
from touches.models import Touch
from touches.selectors.rules import sending_rules
from touches.services.mass_schedule import task_end
from touches.services.mass_steps import Close, Sight, Step, Watched, after_look
from touches.services.mass_tasks import namespace_of, stop_twins
from touches.services.places import release_places, spend_places
from touches.services.workers import worker_name
from wecom.api.mass import MassResult

BATCH_ROWS: Final = 1_000
LEFT_AFTER_EXIT: Final = "退出后仍发出"
LEFT_AFTER_EXPIRY: Final = "过期后仍发出"

_RESULTS: Final = """
SELECT DISTINCT ON (value) * FROM jsonb_to_recordset(%(rows)s::jsonb) AS row(
       value text, status smallint, sent_at timestamptz) ORDER BY value
"""
_LEFT: Final = f"""
SELECT t.identity_id
  FROM ({_RESULTS}) r
  JOIN customers_identity i ON i.namespace = %(namespace)s AND i.value = r.value
  JOIN touches_touch t ON t.identity_id = i.id AND t.dispatch_id = %(dispatch)s
 WHERE r.status = 1 AND t.state NOT IN ('delivered', 'confirmed')
"""  # noqa: S608 - constants
# A refusal does not undo a withdrawal: who was to be spared was spared.
_APPLY: Final = f"""
WITH result AS ({_RESULTS}), changed AS (
    UPDATE touches_touch t
       SET state = CASE WHEN r.status = 1 THEN 'delivered' ELSE 'refused' END,
           reason = CASE
               WHEN r.status = 2 THEN '不再是好友'
               WHEN r.status = 3 THEN '接收额度已用完'
               WHEN t.withdrawn_at < r.sent_at THEN %(after_exit)s
               WHEN t.state = 'expired' AND least(t.valid_until, t.finished_at) < r.sent_at
               THEN %(after_expiry)s
               ELSE '' END,
           finished_at = CASE WHEN r.status = 1 THEN r.sent_at ELSE %(now)s END
      FROM result r
      JOIN customers_identity i ON i.namespace = %(namespace)s AND i.value = r.value
     WHERE t.dispatch_id = %(dispatch)s AND t.identity_id = i.id
       AND ((r.status = 1 AND t.state NOT IN ('delivered', 'confirmed'))
            OR (r.status IN (2, 3) AND t.state IN ('queued', 'dispatched', 'expired', 'unknown')))
    RETURNING t.id, old.state AS from_state, new.state, new.reason, t.uid, t.title, t.identity_id,
              t.staff_id, r.sent_at
), logged AS (
    INSERT INTO touches_effectlog (touch_id, from_state, to_state, actor, token, detail)
    SELECT id, from_state, state, %(actor)s, 0, reason FROM changed
)
SELECT id, state, uid, title, identity_id, staff_id, sent_at FROM changed
"""  # noqa: S608 - constants
_COUNT: Final = """
SELECT count(*) FILTER (WHERE state IN ('queued', 'dispatched')),
       count(*) FILTER (WHERE state IN ('expired', 'cancelled', 'unknown'))
  FROM touches_touch WHERE dispatch_id = %s
"""
# What left nobody knows of a task that could not be read: who was to be spared may not have been.
_CLOSE: Final = """
WITH closed AS (
    UPDATE touches_touch t
       SET state = CASE
               WHEN t.withdrawn_at IS NOT NULL AND %(state)s <> 'unknown' THEN 'cancelled'
               WHEN %(refuses)s AND told.value IS NULL THEN 'refused'
               ELSE %(state)s END,
           reason = CASE
               WHEN t.withdrawn_at IS NOT NULL AND %(state)s <> 'unknown' THEN t.reason
               WHEN %(refuses)s AND told.value IS NULL THEN '不是好友或不在可见范围'
               ELSE %(reason)s END,
           finished_at = %(now)s
      FROM touches_touch own
      JOIN customers_identity i ON i.id = own.identity_id
      LEFT JOIN unnest(%(told)s::text[]) AS told(value) ON told.value = i.value
     WHERE own.dispatch_id = %(dispatch)s AND own.state IN ('queued', 'dispatched')
       AND t.id = own.id
    RETURNING t.id, old.state AS from_state, new.state, new.reason
), logged AS (
    INSERT INTO touches_effectlog (touch_id, from_state, to_state, actor, token, detail)
    SELECT id, from_state, state, %(actor)s, 0, reason FROM closed
)
SELECT id FROM closed WHERE state <> 'unknown'
"""
# Who claimed an older look, or saw the task in a state that it has left, decides nothing.
_ADVANCE: Final = """
UPDATE touches_masstask
   SET state = %(state)s,
       confirmed_at = coalesce(confirmed_at, %(confirmed_at)s),
       final_at = CASE WHEN %(state)s = 'final' THEN coalesce(final_at, %(now)s) END,
       remind_at = CASE WHEN %(state)s = 'open' THEN remind_at END,
       poll_at = CASE WHEN poll_count = %(look)s THEN %(poll_at)s ELSE poll_at END,
       last_error = left(%(error)s, 300),
       failing_since = CASE WHEN %(error)s <> '' THEN coalesce(failing_since, %(now)s) END
 WHERE id = %(id)s AND state = %(seen)s
"""


def settle_look(task: Watched, sight: Sight, *, now: datetime) -> Step:
    """Write down one look at a task: each customer's result, then what becomes of the task.

    Results are written a thousand at a time, each batch in a transaction of its own; a crash in
    between leaves the rest to the next look. Results are facts: it does not matter who brings them,
    or how late.
    """
    for batch in _batches(sight.results):
        apply_results(task.dispatch_id, batch, now=now)
    with transaction.atomic():
        stop_twins(task.dispatch_id, sight.twins, now=now)
        step = _step(task, sight, now=now)
        if step.close is not None:
            _close(task.dispatch_id, step.close, sight.results, now=now)
        advanced = sql.execute(_ADVANCE, _advance_params(task, sight, step, now=now))
        if not advanced:
            transaction.set_rollback(True)
    return step


def apply_results(
    dispatch_id: UUID, results: Sequence[MassResult], *, now: datetime
) -> dict[str, int]:
    """Move the touches of these customers to what WeCom says of them; returns how many to what.

    One transaction. Told again, or told of somebody who is not among them, changes nothing.
    """
    rows = [
        {
            "value": result.external_userid,
            "status": result.status,
            "sent_at": (result.sent_at or now).isoformat(),
        }
        for result in results
        if result.status
    ]
    if not rows:
        return {}
    params: dict[str, Any] = {
        "rows": sql.json_rows(rows),
        "dispatch": dispatch_id,
        "namespace": namespace_of(dispatch_id),
        "after_exit": LEFT_AFTER_EXIT,
        "after_expiry": LEFT_AFTER_EXPIRY,
        "actor": worker_name(),
        "now": now,
    }
    with transaction.atomic():
        lock_customers_of(row[0] for row in sql.fetch_all(_LEFT, params))
        changed = sql.fetch_all(_APPLY, params)
        sent = [row for row in changed if row[1] == Touch.State.DELIVERED]
        refused = [row[0] for row in changed if row[1] == Touch.State.REFUSED]
        spend_places([row[0] for row in sent], [row[6] for row in sent])
        release_places(refused)
        record_events([_event(row) for row in sent], now=now)
    return {"delivered": len(sent), "refused": len(refused)}


def _batches(results: Sequence[MassResult]) -> Iterator[Sequence[MassResult]]:
    known = [result for result in results if result.status]
    for start in range(0, len(known), BATCH_ROWS):
        yield known[start : start + BATCH_ROWS]


def _event(row: tuple[Any, ...]) -> NewEvent:
    _id, _state, uid, title, identity_id, staff_id, sent_at = row
    return NewEvent(
        payload=TouchSent(touch_uid=str(uid), lane=Touch.Lane.MASS.value, title=title),
        key=f"touch_sent:{uid}",
        identity_id=identity_id,
        occurred_at=sent_at,
        staff_id=staff_id,
        source="touch",
    )


def _step(task: Watched, sight: Sight, *, now: datetime) -> Step:
    rules = sending_rules()
    [(waiting, unsent)] = sql.fetch_all(_COUNT, [task.dispatch_id])
    return after_look(
        task,
        sight,
        waiting=waiting,
        unsent=unsent,
        lead_minutes=rules.slot_lead_minutes,
        ends_at=task_end(now, valid_until=task.valid_until, rules=rules),
        now=now,
    )


def _close(
    dispatch_id: UUID, close: Close, results: Sequence[MassResult], *, now: datetime
) -> None:
    rows = sql.fetch_all(
        _CLOSE,
        {
            "dispatch": dispatch_id,
            "state": close.state,
            "reason": close.reason,
            "refuses": close.refuses_unreported,
            "told": sorted({result.external_userid for result in results}),
            "actor": worker_name(),
            "now": now,
        },
    )
    release_places([row[0] for row in rows])


def _advance_params(task: Watched, sight: Sight, step: Step, *, now: datetime) -> dict[str, Any]:
    is_confirmed = sight.is_confirmed or sight.is_handed_out
    return {
        "id": task.id,
        "seen": task.state,
        "look": task.look,
        "state": step.state,
        "poll_at": step.poll_at,
        "confirmed_at": (sight.began_at or now) if is_confirmed else None,
        "error": sight.error,
        "now": now,
    }
