"""Withdrawing and expiring in memory: the twin of `cancelling` and of `expire_overdue`."""

import json
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from tests.sim.desk import OPEN, Desk
from tests.sim.rows import DispatchRow, TouchRow
from tests.sim.tasks import stop_unwanted
from touches.services.cancelling import CancelReport
from touches.services.policies import RECONCILED_KINDS
from touches.services.sending import OVERDUE_ROWS

RECONCILED = frozenset(map(str, RECONCILED_KINDS))


def withdraw(
    desk: Desk, touch_ids: Sequence[int], *, reason: str, actor: str, now: datetime
) -> CancelReport:
    """Withdraw touches that nobody has received yet."""
    rows = [t for t in desk.touches(touch_ids) if _concerns(t)]
    ids = {t.id for t in rows}
    was_dispatched = {t.id for t in rows if t.state == "dispatched"}
    waiting = sorted({t.dispatch_id for t in rows if t.dispatch_id and t.state in OPEN})
    spared = _recall(desk, waiting, ids, actor=actor[:80], now=now)
    earlier = [
        t
        for dispatch_id in waiting
        for t in desk.tables.touches_of(dispatch_id)
        if t.withdrawn_at is not None and t.id not in ids
    ]
    closed = [
        t for t in (*rows, *earlier) if _close(desk, t, spared, reason[:280], actor[:80], now)
    ]
    cancelled = [t for t in closed if t.state == "cancelled"]
    stop_unwanted(desk, _mark(desk, rows, reason[:280], actor[:80], now), now=now)
    _change_cards(desk, [t for t in cancelled if t.id in was_dispatched], now=now)
    count = sum(t.id in ids for t in cancelled)
    return CancelReport(cancelled=count, not_recalled=len(rows) - count)


def _concerns(t: TouchRow) -> bool:
    return (
        t.state in OPEN
        or (t.state == "dispatched" and t.lane in {"T", "M"})
        or (t.state == "unknown" and t.lane in {"T", "M"})
    )


def _recall(
    desk: Desk, dispatch_ids: Sequence[UUID], ids: set[int], *, actor: str, now: datetime
) -> set[UUID]:
    """Withdraw the calls that nobody needs; returns those from whose body customers were taken."""
    rows = [desk.tables.dispatches[i] for i in dispatch_ids]
    for d in rows:
        others = (t for t in desk.tables.touches_of(d.id) if t.id not in ids)
        is_needed = any(t.state in OPEN and t.withdrawn_at is None for t in others)
        if d.state in {"pending", "sending", "dead"} and not is_needed:
            _withdraw_call(desk, d, actor=actor, now=now)
    return {d.id for d in rows if _spare(desk, d, ids)}


def _withdraw_call(desk: Desk, d: DispatchRow, *, actor: str, now: datetime) -> None:
    before = d.state
    d.is_cancel_wanted = True
    is_looked_up = before == "pending" and d.ambiguous_rounds > 0 and d.kind in RECONCILED
    if before != "sending" and not is_looked_up:
        d.state = "unknown" if d.ambiguous_rounds else "cancelled"
        d.done_at = now
    detail = "cancel wanted" if d.state in {"sending", "pending"} else "cancelled"
    desk.log(d.id, before, d.state, actor, d.token, detail)


def _spare(desk: Desk, d: DispatchRow, ids: set[int]) -> bool:
    """Take customers out of a body that surely was not executed yet."""
    if d.kind != "mass_message" or d.ambiguous_rounds or d.state not in {"pending", "dead"}:
        return False
    touches = desk.tables.touches_of(d.id)
    gone = {t.external_userid for t in touches if t.id in ids or t.withdrawn_at is not None}
    body = json.loads(d.payload)
    body["external_userid"] = [one for one in body["external_userid"] if one not in gone]
    d.payload = json.dumps(body, ensure_ascii=False)
    return True


def _close(
    desk: Desk, t: TouchRow, spared: set[UUID], reason: str, actor: str, now: datetime
) -> bool:
    d = desk.tables.dispatches.get(t.dispatch_id) if t.dispatch_id else None
    if t.state in OPEN:
        if d is not None and d.state not in {"cancelled", "unknown"} and d.id not in spared:
            return False
    elif t.lane != "T":
        return False
    is_unknown = d is not None and d.state == "unknown"
    own = reason if t.withdrawn_at is None else t.reason
    desk.end(t, "unknown" if is_unknown else "cancelled", own, actor=actor, now=now)
    return True


def _mark(
    desk: Desk, rows: Sequence[TouchRow], reason: str, actor: str, now: datetime
) -> set[UUID]:
    """Mark what cannot be recalled; returns the calls of mass message tasks."""
    marked = set()
    for t in rows:
        is_held = t.state in {"queued", "dispatched", "unknown"}
        if t.lane in {"T", "M"} and is_held and t.withdrawn_at is None:
            t.withdrawn_at, t.reason = now, reason
            desk.log(t.id, t.state, t.state, actor, 0, f"withdrawn: {reason}"[:300])
            if t.state == "dispatched" and t.lane == "M" and t.dispatch_id:
                marked.add(t.dispatch_id)
    return marked


def _change_cards(desk: Desk, touches: Sequence[TouchRow], *, now: datetime) -> None:
    for t in touches:
        d = desk.tables.dispatches.get(t.dispatch_id) if t.dispatch_id else None
        if d is not None and d.response_code:
            body = {"userids": [t.staff], "response_code": d.response_code}
            desk.plan_call(
                DispatchRow(
                    id=desk.new_id(),
                    key=f"card_withdrawn:{t.uid}",
                    kind="card_update",
                    payload=json.dumps(body),
                    available_at=now,
                )
            )


def expire(desk: Desk, now: datetime) -> int:
    """End the touches whose validity is over."""
    late = [t for t in desk.tables.touches.values() if may_expire(t) and t.valid_until <= now]
    late = sorted(late, key=lambda t: t.valid_until)[:OVERDUE_ROWS]
    for dispatch_id in sorted({t.dispatch_id for t in late if t.dispatch_id}):
        d = desk.tables.dispatches[dispatch_id]
        if d.state == "pending" and not d.ambiguous_rounds:
            d.state, d.done_at, d.last_error = "expired", now, "valid_until"
            desk.log(d.id, "pending", "expired", desk.worker, d.token, "valid_until")
    return sum(_expire(desk, touch, now) for touch in late)


def may_expire(t: TouchRow) -> bool:
    """Whether a touch is open in a way that its validity ends."""
    return t.state in OPEN or (t.state == "dispatched" and t.lane == "T")


def _expire(desk: Desk, touch: TouchRow, now: datetime) -> bool:
    was_sent = touch.state == "dispatched"
    d = desk.tables.dispatches.get(touch.dispatch_id) if touch.dispatch_id else None
    if touch.state == "queued" and d is not None and d.state not in {"expired", "dead"}:
        return False
    reason = "员工未在有效期内处理" if was_sent else "有效期内未能发出"
    desk.end(touch, "expired", reason, actor=desk.worker, now=now)
    return True
