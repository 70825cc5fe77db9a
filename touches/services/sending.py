"""What the doors call to get things sent (发送): the pump, the reaper, the clean-up."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction

from common import sql
from touches.models import Dispatch
from touches.services.calls import Calls
from touches.services.claiming import reap_expired
from touches.services.places import release_places
from touches.services.pump import Feed, PumpReport, SendPump, process_threads
from touches.services.workers import worker_name

WELCOME_KINDS: Final = (Dispatch.Kind.WELCOME,)
STAFF_KINDS: Final = (
    Dispatch.Kind.STAFF_MESSAGE,
    Dispatch.Kind.CARD_UPDATE,
    Dispatch.Kind.MARK_TAG,
    Dispatch.Kind.REMARK,
)
# In a lane of their own: up to 10,000 recipients a call and a look at WeCom's lists before a
# repetition take long, and messages to staff must not wait for them. Stops go first.
MASS_KINDS: Final = (
    Dispatch.Kind.MASS_CANCEL,
    Dispatch.Kind.MASS_REMIND,
    Dispatch.Kind.MASS_MESSAGE,
)
OVERDUE_ROWS: Final = 1_000

_OVERDUE: Final = """
SELECT id, dispatch_id FROM touches_touch
 WHERE (state IN ('planned', 'queued') OR (state = 'dispatched' AND lane = 'T'))
   AND valid_until <= %s
 ORDER BY valid_until LIMIT %s
"""
# A call that is under way or was unclear is left to its own end.
_EXPIRE_DISPATCHES: Final = """
WITH late AS (
    UPDATE touches_dispatch SET state = 'expired', done_at = %(now)s, last_error = 'valid_until'
     WHERE id = ANY(%(ids)s) AND state = 'pending' AND ambiguous_rounds = 0
    RETURNING id, token
)
INSERT INTO touches_effectlog (dispatch_id, from_state, to_state, actor, token, detail)
SELECT id, 'pending', 'expired', %(actor)s, token, 'valid_until' FROM late
"""
_EXPIRE_TOUCHES: Final = """
WITH late AS (
    UPDATE touches_touch t
       SET state = 'expired', finished_at = %(now)s,
           reason = CASE WHEN t.state = 'dispatched' THEN '员工未在有效期内处理'
                         ELSE '有效期内未能发出' END
     WHERE t.id = ANY(%(ids)s)
       AND (t.state = 'planned' OR (t.state = 'dispatched' AND t.lane = 'T')
            OR (t.state = 'queued' AND EXISTS (
                SELECT 1 FROM touches_dispatch d
                 WHERE d.id = t.dispatch_id AND d.state IN ('expired', 'dead'))))
    RETURNING old.id, old.state, new.reason
), logged AS (
    INSERT INTO touches_effectlog (touch_id, from_state, to_state, actor, token, detail)
    SELECT id, state, 'expired', %(actor)s, 0, reason FROM late
)
SELECT id FROM late
"""
_REPLAY: Final = """
WITH revived AS (
    UPDATE touches_dispatch
       SET state = 'pending', attempts = 0, available_at = %(now)s, done_at = NULL
     WHERE id = ANY(%(ids)s) AND state = 'dead'
    RETURNING id, token
)
INSERT INTO touches_effectlog (dispatch_id, from_state, to_state, actor, token, detail)
SELECT id, 'dead', 'pending', %(actor)s, token, 'replayed' FROM revived
"""


def send_due(
    kinds: Sequence[str],
    *,
    now: datetime,
    budget_seconds: float,
    feed: Feed | None = None,
) -> PumpReport:
    """Send everything of these kinds that is due (发送), calls outside any transaction.

    Args:
        kinds: Most urgent first; `WELCOME_KINDS`, `STAFF_KINDS` and `MASS_KINDS` are meant for it.
        now: Business time.
        budget_seconds: After so long nothing more is claimed; calls under way are finished.
        feed: Planning that is to happen between claims (the welcome lane).

    Source: reliability §3.2.
    """
    reap_expired(now)
    calls = Calls()
    pump = SendPump(
        kinds, caller=calls, look_up=calls.look_up, threads=process_threads(), feed=feed
    )
    return pump.run(now=now, budget_seconds=budget_seconds)


def expire_overdue(now: datetime) -> int:
    """End the touches whose validity (有效期) is over, and return how many.

    What was never sent is not sent any more; a task that staff did not confirm is closed. A call
    under way, or of unclear fate, is left to its own end.
    """
    late: list[int] = []
    with transaction.atomic():
        rows = sql.fetch_all(_OVERDUE, [now, OVERDUE_ROWS])
        if rows:
            params = {"now": now, "actor": worker_name()}
            dispatches = sorted({dispatch for _, dispatch in rows if dispatch}, key=str)
            sql.execute(_EXPIRE_DISPATCHES, params | {"ids": dispatches})
            ended = sql.fetch_all(
                _EXPIRE_TOUCHES, params | {"ids": [touch_id for touch_id, _ in rows]}
            )
            late = [row[0] for row in ended]
            release_places(late)
    return len(late)


def replay_dead(dispatch_ids: Sequence[UUID], *, actor: str, now: datetime) -> int:
    """Give dead dispatches another life after people mended what stopped them; returns how many."""
    return sql.execute(_REPLAY, {"ids": list(dispatch_ids), "actor": actor, "now": now})
