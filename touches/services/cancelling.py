"""Withdrawing what has not left yet (取消触达), honest about what could not be recalled."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import transaction

from common import sql
from customers.services.ledger import lock_customers_of

_CONCERNED: Final = """
SELECT id, identity_id, dispatch_id FROM touches_touch
 WHERE id = ANY(%s) AND state IN ('planned', 'queued') ORDER BY id
"""
# A call under way cannot be recalled: it is marked, so that it is at least not tried again.
_WITHDRAW: Final = """
WITH withdrawn AS (
    UPDATE touches_dispatch d
       SET is_cancel_wanted = true,
           state = CASE WHEN d.state = 'sending' THEN d.state
                        WHEN d.ambiguous_rounds = 0 THEN 'cancelled'
                        ELSE 'unknown' END,
           done_at = CASE WHEN d.state <> 'sending' THEN %(now)s END
     WHERE d.id = ANY(%(ids)s) AND d.state IN ('pending', 'sending', 'dead')
       AND NOT EXISTS (SELECT 1 FROM touches_touch t
                        WHERE t.dispatch_id = d.id AND t.id <> ALL(%(touches)s)
                          AND t.state IN ('planned', 'queued'))
    RETURNING d.id, old.state AS from_state, new.state, d.token
), logged AS (
    INSERT INTO touches_effectlog (dispatch_id, from_state, to_state, actor, token, detail)
    SELECT id, from_state, state, %(actor)s, token,
           CASE WHEN state = 'sending' THEN 'cancel wanted' ELSE 'cancelled' END
      FROM withdrawn
)
SELECT id, state FROM withdrawn
"""
_CLOSE: Final = """
WITH closed AS (
    UPDATE touches_touch t
       SET state = coalesce(d.state, 'cancelled'), reason = %(reason)s, finished_at = %(now)s
      FROM unnest(%(ids)s::bigint[]) AS wanted(id)
      LEFT JOIN touches_touch self ON self.id = wanted.id
      LEFT JOIN touches_dispatch d ON d.id = self.dispatch_id
     WHERE t.id = wanted.id AND t.state IN ('planned', 'queued')
       AND (d.id IS NULL OR d.state IN ('cancelled', 'unknown'))
    RETURNING t.id, old.state AS from_state, new.state
), logged AS (
    INSERT INTO touches_effectlog (touch_id, from_state, to_state, actor, token, detail)
    SELECT id, from_state, state, %(actor)s, 0, %(reason)s FROM closed
)
SELECT id, state FROM closed
"""


@dataclass(frozen=True, slots=True)
class CancelReport:
    """How a cancellation went: what was withdrawn, and what could not be recalled any more."""

    cancelled: int
    not_recalled: int


def cancel_touches(
    touch_ids: Sequence[int], *, reason: str, actor: str, now: datetime
) -> CancelReport:
    """Withdraw touches (取消) that have not been sent.

    One transaction (the caller's, or its own). A call that is under way is not recalled: if it
    fails it is not repeated. Touches that were sent or are over already are left alone.

    Args:
        reason: For people, in the touch.
        actor: Who withdraws, for the effect log.

    Returns:
        How many were withdrawn, and how many were under way or of unclear fate.
    """
    with transaction.atomic():
        lock_customers_of(row[1] for row in sql.fetch_all(_CONCERNED, [list(touch_ids)]))
        rows = sql.fetch_all(_CONCERNED, [list(touch_ids)])
        if not rows:
            return CancelReport(cancelled=0, not_recalled=0)
        ids = [row[0] for row in rows]
        params = {"now": now, "actor": actor[:80], "reason": reason[:280]}
        sql.fetch_all(
            _WITHDRAW,
            params | {"ids": [row[2] for row in rows if row[2]], "touches": ids},
        )
        closed = sql.fetch_all(_CLOSE, params | {"ids": ids})
    cancelled = sum(1 for _id, state in closed if state == "cancelled")
    return CancelReport(cancelled=cancelled, not_recalled=len(ids) - cancelled)
