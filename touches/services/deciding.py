"""What people say of a call whose fate nobody knows (人工判定): the way out of `unknown`."""

from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from django.db import transaction

from common import sql
from customers.events import TouchSent
from customers.services.ledger import NewEvent, lock_customers_of, record_events
from touches.errors import MessageIsHeld, NotUnknown
from touches.models import Dispatch, MassTask, Touch
from touches.services.cancelling import withdraw_again
from touches.services.mass_tasks import open_tasks
from touches.services.places import release_places, spend_places
from touches.services.plan import ring_for


class Decision(StrEnum):
    """What a person found out, or decided."""

    SENT = "sent"
    NOT_SENT = "not_sent"
    GIVE_UP = "give_up"


_DISPATCH_STATES: Final = {
    Decision.SENT: Dispatch.State.DONE,
    Decision.NOT_SENT: Dispatch.State.PENDING,
    Decision.GIVE_UP: Dispatch.State.CANCELLED,
}
_REASONS: Final = {
    Decision.SENT: "人工确认已发送",
    Decision.NOT_SENT: "人工确认未发送, 重新发送",
    Decision.GIVE_UP: "人工放弃",
}

_IDENTITIES: Final = "SELECT identity_id FROM touches_touch WHERE dispatch_id = %s"
# A call that was not sent is a fresh one: as if it had never been tried. The token moves on, so a
# worker that wakes from a long sleep writes nothing.
_DECIDE: Final = """
WITH decided AS (
    UPDATE touches_dispatch d
       SET state = %(state)s,
           token = d.token + 1,
           wecom_ref = CASE WHEN %(ref)s <> '' THEN %(ref)s ELSE d.wecom_ref END,
           available_at = CASE WHEN %(is_fresh)s THEN %(now)s ELSE d.available_at END,
           attempts = CASE WHEN %(is_fresh)s THEN 0 ELSE d.attempts END,
           ambiguous_rounds = CASE WHEN %(is_fresh)s THEN 0 ELSE d.ambiguous_rounds END,
           first_sent_at = CASE WHEN NOT %(is_fresh)s THEN d.first_sent_at END,
           is_cancel_wanted = d.is_cancel_wanted AND NOT %(is_fresh)s,
           settle_until = NULL,
           done_at = CASE WHEN NOT %(is_fresh)s THEN %(now)s END
     WHERE d.id = %(id)s AND d.state = 'unknown'
    RETURNING d.id, d.kind, d.state, d.token, (d.context->>'first_tried_at')::timestamptz AS tried
), logged AS (
    INSERT INTO touches_effectlog (dispatch_id, from_state, to_state, actor, token, detail)
    SELECT id, 'unknown', state, %(actor)s, token, %(reason)s FROM decided
)
SELECT kind, coalesce(tried, %(now)s) FROM decided
"""
_FOLLOW: Final = """
WITH followed AS (
    UPDATE touches_touch t
       SET state = CASE
               WHEN %(state)s = 'pending' THEN 'queued'
               WHEN %(state)s = 'cancelled' THEN 'cancelled'
               WHEN t.lane = 'T' OR (t.lane = 'M' AND %(is_watched)s) THEN 'dispatched'
               ELSE 'delivered' END,
           reason = CASE WHEN t.withdrawn_at IS NULL THEN %(reason)s ELSE t.reason END,
           finished_at = CASE
               WHEN %(state)s = 'cancelled' THEN %(now)s
               WHEN %(state)s = 'done' AND t.lane <> 'T' AND NOT (t.lane = 'M' AND %(is_watched)s)
               THEN %(now)s END
     WHERE t.dispatch_id = %(id)s AND t.state = 'unknown'
    RETURNING t.id, t.state, t.lane, t.uid, t.title, t.identity_id, t.staff_id, t.withdrawn_at,
              t.reason
), logged AS (
    INSERT INTO touches_effectlog (touch_id, from_state, to_state, actor, token, detail)
    SELECT id, 'unknown', state, %(actor)s, 0, %(reason)s FROM followed
)
SELECT id, state, lane, uid, title, identity_id, staff_id, withdrawn_at, reason
  FROM followed ORDER BY id
"""


def decide_unknown(
    dispatch_id: UUID,
    *,
    verdict: Decision,
    actor: str,
    now: datetime,
    wecom_ref: str = "",
) -> None:
    """End the doubt about a call (人工判定) as somebody who has looked says.

    `sent`: it is done; a mass message whose number is given is watched like any other, without it
    its touches count as delivered. `not_sent`: it is pending again as a fresh call. `give_up`: it
    is cancelled. One transaction; logged under the actor.

    Args:
        actor: Who decides, for the effect log.
        wecom_ref: WeCom's number of the mass message (msgid), where it is known.

    Raises:
        NotUnknown: the call is not of unknown fate (any more).
        MessageIsHeld: another call holds the message of that number.
    """
    params: dict[str, Any] = {
        "id": dispatch_id,
        "state": _DISPATCH_STATES[verdict],
        "is_fresh": verdict == Decision.NOT_SENT,
        "ref": wecom_ref[:128],
        "reason": _REASONS[verdict],
        "actor": actor[:80],
        "now": now,
    }
    with transaction.atomic():
        lock_customers_of(row[0] for row in sql.fetch_all(_IDENTITIES, [dispatch_id]))
        if wecom_ref and MassTask.objects.filter(msgid=wecom_ref).exists():
            raise MessageIsHeld(wecom_ref)
        rows = sql.fetch_all(_DECIDE, params)
        if not rows:
            raise NotUnknown(str(dispatch_id))
        [(kind, tried_at)] = rows
        is_watched = bool(wecom_ref) and kind == Dispatch.Kind.MASS_MESSAGE
        touches = sql.fetch_all(_FOLLOW, params | {"is_watched": is_watched})
        _settle_places(touches, sent_at=tried_at, now=now)
        if verdict == Decision.SENT and is_watched:
            open_tasks([dispatch_id], now=now)
        withdraw_again(_withdrawn(touches, verdict), actor=actor, now=now)
        if verdict == Decision.NOT_SENT:
            ring_for({kind})


def _withdrawn(touches: list[tuple[Any, ...]], verdict: Decision) -> dict[Any, Any]:
    """Return who was withdrawn meanwhile and can still be spared, with the reason."""
    return {
        row[0]: row[8]
        for row in touches
        if row[7] is not None and (verdict == Decision.NOT_SENT or row[2] == Touch.Lane.TASK)
    }


def _settle_places(touches: list[tuple[Any, ...]], *, sent_at: datetime, now: datetime) -> None:
    """Spend or give back places, and tell the ledger what went out."""
    delivered = [row for row in touches if row[1] == Touch.State.DELIVERED]
    spend_places([row[0] for row in delivered], [sent_at] * len(delivered))
    release_places([row[0] for row in touches if row[1] == Touch.State.CANCELLED])
    out = [*delivered, *(r for r in touches if r[1] == Touch.State.DISPATCHED and r[2] == "T")]
    record_events(
        [
            NewEvent(
                payload=TouchSent(touch_uid=str(uid), lane=lane, title=title),
                key=f"touch_sent:{uid}",
                identity_id=identity_id,
                occurred_at=sent_at,
                staff_id=staff_id,
                source="touch",
            )
            for _id, _state, lane, uid, title, identity_id, staff_id, *_rest in out
            if lane != Touch.Lane.INTERNAL
        ],
        now=now,
    )
