"""Mass message tasks (群发任务): opened when WeCom took the call, stopped when their time ends."""

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from common import sql
from customers.services.identities import wecom_namespace
from touches.models import Dispatch, MassTask
from touches.selectors.rules import sending_rules
from touches.services.mass_schedule import QUICK
from touches.services.outcomes import Outcome, Verdict
from touches.services.plan import DispatchDraft, plan_calls

logger = logging.getLogger(__name__)

UNREACHABLE: Final = "不是好友或不在可见范围"
# So long the stop itself is waited for, before the task is looked at all the same.
STOP_WAIT: Final = timedelta(seconds=60)
_FOUND_LOCK: Final = 0x70C4_0002

_REFUSE: Final = """
WITH refused AS (
    UPDATE touches_touch t
       SET state = 'refused', reason = %(reason)s, finished_at = %(now)s
      FROM unnest(%(dispatches)s::uuid[], %(namespaces)s::text[], %(customers)s::text[])
               AS told(dispatch_id, namespace, value)
      JOIN customers_identity i ON i.namespace = told.namespace AND i.value = told.value
     WHERE t.dispatch_id = told.dispatch_id AND t.identity_id = i.id
       AND t.state IN ('planned', 'queued')
    RETURNING t.id, old.state AS from_state
), logged AS (
    INSERT INTO touches_effectlog (touch_id, from_state, to_state, actor, token, detail)
    SELECT id, from_state, 'refused', %(actor)s, 0, %(reason)s FROM refused
)
SELECT id FROM refused
"""
# Valid as long as the first of its touches that is still wanted.
_OPEN: Final = """
INSERT INTO touches_masstask (
    dispatch_id, staff_id, msgid, title, state, created_at, valid_until, poll_at, poll_count,
    remind_at, reminded_count, last_error)
SELECT d.id, min(t.staff_id), d.wecom_ref, min(t.title), 'open', %(now)s,
       coalesce(min(t.valid_until) FILTER (WHERE t.state = 'dispatched' AND t.withdrawn_at IS NULL),
                min(t.valid_until)),
       %(poll_at)s, 0,
       greatest(min(t.due_at), %(now)s) + make_interval(mins => %(minutes)s::int), 0, ''
  FROM touches_dispatch d
  JOIN touches_touch t ON t.dispatch_id = d.id
 WHERE d.id = ANY(%(ids)s)
 GROUP BY d.id
 ORDER BY d.id
ON CONFLICT DO NOTHING
RETURNING dispatch_id
"""
_UNWANTED: Final = """
SELECT m.id FROM touches_masstask m
 WHERE m.dispatch_id = ANY(%s) AND m.state = 'open'
   AND NOT EXISTS (SELECT 1 FROM touches_touch t
                    WHERE t.dispatch_id = m.dispatch_id AND t.state = 'dispatched'
                      AND t.withdrawn_at IS NULL)
"""
_STOP: Final = """
UPDATE touches_masstask m
   SET state = 'stopping', poll_at = %(poll_at)s, remind_at = NULL
  FROM touches_dispatch d
 WHERE m.id = ANY(%(ids)s) AND m.state = 'open' AND d.id = m.dispatch_id
RETURNING m.id, m.msgid, d.id, d.corp_id, d.app_id
"""


def hold_found(verdicts: Sequence[Verdict]) -> list[Verdict]:
    """Let each message that was found at WeCom be held by one call only.

    Two calls with the same text may have found the same message: the second looks again. In the
    caller's transaction, which settles them one after the other.
    """
    found = [v.outcome.wecom_ref for v in verdicts if v.outcome.is_found]
    if not found:
        return list(verdicts)
    sql.execute("SELECT pg_advisory_xact_lock(%s)", [_FOUND_LOCK])
    held = set(MassTask.objects.filter(msgid__in=found).values_list("msgid", flat=True))
    kept: list[Verdict] = []
    for verdict in verdicts:
        msgid = verdict.outcome.wecom_ref
        if verdict.outcome.is_found and msgid in held:
            again = Outcome(
                Dispatch.State.PENDING, reason="another call holds what was found", delay_seconds=1
            )
            kept.append(replace(verdict, outcome=again))
            continue
        if verdict.outcome.is_found:
            held.add(msgid)
        kept.append(verdict)
    return kept


def refuse_unreachable(
    customers: Mapping[UUID, Collection[str]], *, actor: str, now: datetime
) -> list[int]:
    """End the touches of those whom WeCom will not reach (`fail_list`); returns their numbers."""
    spaces = {key: namespace_of(key) for key, values in customers.items() if values}
    told = [(key, spaces[key], value) for key in spaces for value in customers[key]]
    if not told:
        return []
    rows = sql.fetch_all(
        _REFUSE,
        {
            "dispatches": [row[0] for row in told],
            "namespaces": [row[1] for row in told],
            "customers": [row[2] for row in told],
            "reason": UNREACHABLE,
            "actor": actor,
            "now": now,
        },
    )
    return [row[0] for row in rows]


def namespace_of(dispatch_id: UUID) -> str:
    """Return the namespace of the customers whom a call addresses."""
    corps = Dispatch.objects.filter(pk=dispatch_id).values_list("corp__corp_id", flat=True)
    return wecom_namespace(corps.get())


def open_tasks(dispatch_ids: Sequence[UUID], *, now: datetime) -> None:
    """Open the tasks (建立群发任务) of mass messages that WeCom took, in the caller's transaction.

    A task that nobody wants any more, for all its touches were withdrawn meanwhile, is stopped.
    """
    if not dispatch_ids:
        return
    rules = sending_rules()
    minutes = [*rules.remind_after_minutes, rules.tell_lead_after_minutes][0]
    sql.fetch_all(
        _OPEN,
        {
            "ids": list(dispatch_ids),
            "now": now,
            "poll_at": now + QUICK,
            "minutes": minutes,
        },
    )
    stop_unwanted(dispatch_ids, now=now)


def stop_unwanted(dispatch_ids: Sequence[UUID], *, now: datetime) -> int:
    """Stop the tasks of these calls in which no touch is wanted any more; returns how many."""
    return stop_tasks([row[0] for row in sql.fetch_all(_UNWANTED, [list(dispatch_ids)])], now=now)


def stop_tasks(task_ids: Sequence[int], *, now: datetime) -> int:
    """Have open tasks stopped at WeCom (停止群发): no more is sent, what was sent stays.

    In the caller's transaction. A task is stopped once; one that is confirmed or over is left.
    """
    if not task_ids:
        return 0
    rows = sql.fetch_all(_STOP, {"ids": list(task_ids), "poll_at": now + STOP_WAIT})
    plan_calls(
        [
            (
                stop_key(dispatch_id),
                DispatchDraft(
                    kind=Dispatch.Kind.MASS_CANCEL,
                    corp_id=corp_id,
                    app_id=app_id,
                    body={"msgid": msgid},
                    context={"mass_task": task_id},
                ),
            )
            for task_id, msgid, dispatch_id, corp_id, app_id in rows
        ],
        now=now,
    )
    return len(rows)


def stop_twins(dispatch_id: UUID, msgids: Sequence[str], *, now: datetime) -> None:
    """Have second messages of a call stopped (停止重复群发), in the caller's transaction."""
    if not msgids:
        return
    logger.warning("mass_twins", extra={"dispatch": str(dispatch_id), "count": len(msgids)})
    made = Dispatch.objects.only("corp_id", "app_id").get(pk=dispatch_id)
    plan_calls(
        [
            (
                f"mass_twin:{msgid}",
                DispatchDraft(
                    kind=Dispatch.Kind.MASS_CANCEL,
                    corp_id=made.corp_id,
                    app_id=made.app_id,
                    body={"msgid": msgid},
                ),
            )
            for msgid in msgids
        ],
        now=now,
    )


def stop_key(dispatch_id: UUID) -> str:
    """Return the key of the call that stops a mass message."""
    return f"mass_cancel:{dispatch_id}"


def wake_stopped(contexts: Sequence[Mapping[str, Any]], *, now: datetime) -> None:
    """Have the tasks looked at whose stop has been decided at WeCom."""
    ids = [context["mass_task"] for context in contexts if "mass_task" in context]
    if ids:
        MassTask.objects.filter(id__in=ids, state=MassTask.State.STOPPING).update(poll_at=now)
