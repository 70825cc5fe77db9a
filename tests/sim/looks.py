"""Looks at tasks in memory: the twin of `claim_looks` and `settle_look`."""

from collections.abc import Sequence
from datetime import datetime

from tests.sim.desk import Desk
from tests.sim.rows import TaskRow, TouchRow
from tests.sim.tasks import RULES, stop_twins
from touches.services.mass_polling import CLAIM, TWIN_LOOKS
from touches.services.mass_results import LEFT_AFTER_EXIT, LEFT_AFTER_EXPIRY
from touches.services.mass_schedule import task_end
from touches.services.mass_steps import Close, Sight, Watched, after_look
from touches.services.mass_tasks import UNREACHABLE, stop_key
from wecom.api.mass import MassResult

REFUSALS = {2: "不再是好友", 3: "接收额度已用完"}


def claim_looks(desk: Desk, *, now: datetime, limit: int) -> list[Watched]:
    """Claim due looks; nobody else looks at these for two minutes."""
    due = [t for t in desk.tables.tasks.values() if t.poll_at is not None and t.poll_at <= now]
    due.sort(key=lambda t: t.poll_at or now)
    return [_claim(desk, task, now) for task in due[:limit]]


def _claim(desk: Desk, task: TaskRow, now: datetime) -> Watched:
    task.poll_at = now + CLAIM
    task.poll_count += 1
    d = desk.tables.dispatches[task.dispatch_id]
    key = stop_key(task.dispatch_id)
    stops = (one for one in desk.tables.dispatches.values() if one.key == key)
    seeks_twins = d.ambiguous_rounds > 0 and task.state == "open"
    return Watched(
        id=task.id,
        dispatch_id=d.id,
        app_id=d.app_id,
        msgid=task.msgid,
        userid=task.staff,
        state=task.state,
        created_at=task.created_at,
        valid_until=task.valid_until,
        confirmed_at=task.confirmed_at,
        final_at=task.final_at,
        look=task.poll_count,
        is_stop_decided=any(stop.state not in {"pending", "sending"} for stop in stops),
        first_tried_at=d.context.get("first_tried_at"),
        payload=d.payload if seeks_twins and task.poll_count <= TWIN_LOOKS else None,
        failing_since=task.failing_since,
    )


def settle_look(desk: Desk, task: Watched, sight: Sight, *, now: datetime) -> None:
    """Write one look down: each customer's result, then what becomes of the task."""
    touches = list(desk.tables.touches_of(task.dispatch_id))
    _apply(desk, touches, sight.results, now=now)
    row = desk.tables.tasks[task.id]
    if row.state != task.state:
        return
    stop_twins(desk, sight.twins, now=now)
    step = after_look(
        task,
        sight,
        waiting=sum(t.state in {"queued", "dispatched"} for t in touches),
        unsent=sum(t.state in {"expired", "cancelled", "unknown"} for t in touches),
        lead_minutes=RULES.slot_lead_minutes,
        ends_at=task_end(now, valid_until=task.valid_until, rules=RULES),
        now=now,
    )
    if step.close is not None:
        _close(desk, touches, step.close, sight.results, now=now)
    if (sight.is_confirmed or sight.is_handed_out) and row.confirmed_at is None:
        row.confirmed_at = sight.began_at or now
    row.state = str(step.state)
    row.final_at = (row.final_at or now) if row.state == "final" else None
    row.remind_at = row.remind_at if row.state == "open" else None
    if row.poll_count == task.look:
        row.poll_at = step.poll_at
    row.last_error = sight.error[:300]
    row.failing_since = (row.failing_since or now) if sight.error else None


def _apply(
    desk: Desk, touches: Sequence[TouchRow], results: Sequence[MassResult], *, now: datetime
) -> None:
    """A message that left has left; a refusal does not undo a withdrawal."""
    by_customer = {one.external_userid: one for one in results if one.status}
    for t in touches:
        result = by_customer.get(t.external_userid)
        if result is None:
            continue
        sent_at = result.sent_at or now
        if result.status == 1 and t.state not in {"delivered", "confirmed"}:
            reason = _reason(t, sent_at)
            desk.end(t, "delivered", reason, actor=desk.worker, now=sent_at)
        elif result.status in REFUSALS and t.state in {
            "queued",
            "dispatched",
            "expired",
            "unknown",
        }:
            desk.end(t, "refused", REFUSALS[result.status], actor=desk.worker, now=now)


def _reason(t: TouchRow, sent_at: datetime) -> str:
    if t.withdrawn_at is not None and t.withdrawn_at < sent_at:
        return LEFT_AFTER_EXIT
    if t.state == "expired" and min(t.valid_until, t.finished_at or t.valid_until) < sent_at:
        return LEFT_AFTER_EXPIRY
    return ""


def _close(
    desk: Desk,
    touches: Sequence[TouchRow],
    close: Close,
    results: Sequence[MassResult],
    *,
    now: datetime,
) -> None:
    told = {one.external_userid for one in results}
    for t in touches:
        if t.state not in {"queued", "dispatched"}:
            continue
        if t.withdrawn_at is not None and close.state != "unknown":
            desk.end(t, "cancelled", t.reason, actor=desk.worker, now=now)
        elif close.refuses_unreported and t.external_userid not in told:
            desk.end(t, "refused", UNREACHABLE, actor=desk.worker, now=now)
        else:
            desk.end(t, str(close.state), close.reason, actor=desk.worker, now=now)
