"""Withdrawing touches (取消触达), honest about what could not be recalled.

What has not left is cancelled. A task card that staff have not done is closed and says so. Nobody
can be taken out of a mass message that WeCom holds already: that is marked, the whole task is
stopped when nobody in it is wanted any more, and if it leaves all the same, that is told.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from common import sql
from customers.services.ledger import lock_customers_of
from touches.models import Dispatch
from touches.selectors.apps import senders_of
from touches.services.cards import card_update
from touches.services.mass_tasks import stop_unwanted
from touches.services.places import release_places
from touches.services.plan import DispatchDraft, plan_calls
from touches.services.policies import RECONCILED_KINDS

_CONCERNED: Final = """
SELECT id, identity_id, dispatch_id, lane, state FROM touches_touch
 WHERE id = ANY(%s)
   AND (state IN ('planned', 'queued') OR (state = 'dispatched' AND lane IN ('T', 'M'))
        OR (state = 'unknown' AND lane IN ('T', 'M')))
 ORDER BY id
"""
# A call under way cannot be recalled: it is marked, so that it is at least not tried again. One
# that may have been executed and can be looked up is looked up first.
_WITHDRAW: Final = """
WITH withdrawn AS (
    UPDATE touches_dispatch d
       SET is_cancel_wanted = true,
           state = CASE WHEN d.state = 'sending' THEN d.state
                        WHEN d.ambiguous_rounds = 0 THEN 'cancelled'
                        WHEN d.state = 'pending' AND d.kind = ANY(%(reconciled)s) THEN d.state
                        ELSE 'unknown' END,
           done_at = CASE WHEN d.state = 'sending' THEN NULL
                          WHEN d.state = 'pending' AND d.ambiguous_rounds > 0
                               AND d.kind = ANY(%(reconciled)s) THEN NULL
                          ELSE %(now)s END
     WHERE d.id = ANY(%(ids)s) AND d.state IN ('pending', 'sending', 'dead')
       AND NOT EXISTS (SELECT 1 FROM touches_touch t
                        WHERE t.dispatch_id = d.id AND t.id <> ALL(%(touches)s)
                          AND t.state IN ('planned', 'queued') AND t.withdrawn_at IS NULL)
    RETURNING d.id, old.state AS from_state, new.state, d.token
), logged AS (
    INSERT INTO touches_effectlog (dispatch_id, from_state, to_state, actor, token, detail)
    SELECT id, from_state, state, %(actor)s, token,
           CASE WHEN state IN ('sending', 'pending') THEN 'cancel wanted' ELSE 'cancelled' END
      FROM withdrawn
)
SELECT id, state FROM withdrawn
"""
# As long as no try of a mass message can have been executed, single customers are taken out of its
# body; the lock on the row keeps a claim away meanwhile.
_SPARE: Final = """
UPDATE touches_dispatch d
   SET payload = jsonb_set(d.payload::jsonb, '{external_userid}', (
           SELECT coalesce(jsonb_agg(kept.value ORDER BY kept.n), '[]')
             FROM jsonb_array_elements_text(d.payload::jsonb->'external_userid')
                  WITH ORDINALITY AS kept(value, n)
            WHERE kept.value NOT IN (
                  SELECT i.value FROM touches_touch t
                    JOIN customers_identity i ON i.id = t.identity_id
                   WHERE t.dispatch_id = d.id
                     AND (t.id = ANY(%(touches)s) OR t.withdrawn_at IS NOT NULL))))::text
 WHERE d.id = ANY(%(ids)s) AND d.kind = 'mass_message' AND d.ambiguous_rounds = 0
   AND d.state IN ('pending', 'dead')
RETURNING d.id
"""
# Also those that were withdrawn earlier, when the call was under way and others were wanted.
_CLOSE: Final = """
WITH wanted AS (
    SELECT unnest(%(touches)s::bigint[]) AS id
     UNION
    SELECT t.id FROM touches_touch t
     WHERE t.dispatch_id = ANY(%(ids)s) AND t.withdrawn_at IS NOT NULL
), closed AS (
    UPDATE touches_touch t
       SET state = CASE WHEN d.state = 'unknown' THEN 'unknown' ELSE 'cancelled' END,
           reason = CASE WHEN t.withdrawn_at IS NULL THEN %(reason)s ELSE t.reason END,
           finished_at = %(now)s
      FROM wanted
      LEFT JOIN touches_touch self ON self.id = wanted.id
      LEFT JOIN touches_dispatch d ON d.id = self.dispatch_id
     WHERE t.id = wanted.id
       AND ((t.state IN ('planned', 'queued')
             AND (d.id IS NULL OR d.state IN ('cancelled', 'unknown') OR d.id = ANY(%(spared)s)))
            OR (t.state = 'dispatched' AND t.lane = 'T'))
    RETURNING t.id, old.state AS from_state, new.state, new.reason
), logged AS (
    INSERT INTO touches_effectlog (touch_id, from_state, to_state, actor, token, detail)
    SELECT id, from_state, state, %(actor)s, 0, reason FROM closed
)
SELECT id, state FROM closed
"""
_MARK: Final = """
WITH marked AS (
    UPDATE touches_touch SET withdrawn_at = %(now)s, reason = %(reason)s
     WHERE id = ANY(%(touches)s) AND lane IN ('T', 'M')
       AND state IN ('queued', 'dispatched', 'unknown')
       AND withdrawn_at IS NULL
    RETURNING id, state, lane, dispatch_id
), logged AS (
    INSERT INTO touches_effectlog (touch_id, from_state, to_state, actor, token, detail)
    SELECT id, state, state, %(actor)s, 0, left('withdrawn: ' || %(reason)s, 300) FROM marked
)
SELECT DISTINCT dispatch_id FROM marked WHERE state = 'dispatched' AND lane = 'M'
"""
_CARDS: Final = """
SELECT t.uid, s.userid, d.corp_id, d.response_code
  FROM touches_touch t
  JOIN touches_dispatch d ON d.id = t.dispatch_id
  JOIN org_staff s ON s.id = t.staff_id
 WHERE t.id = ANY(%s) AND d.response_code <> ''
"""


@dataclass(frozen=True, slots=True)
class CancelReport:
    """How a cancellation went: what was withdrawn, and what could not be recalled any more."""

    cancelled: int
    not_recalled: int


def cancel_touches(
    touch_ids: Sequence[int], *, reason: str, actor: str, now: datetime
) -> CancelReport:
    """Withdraw touches (取消) that no customer has received yet.

    One transaction (the caller's, or its own). A call that is under way is not recalled: if it
    fails it is not repeated. Task cards that were not done are closed, and show 已撤回. Touches in
    a mass message that waits for its staff member are marked, and the task is stopped when no other
    is wanted; their places stay taken until it is known that they did not leave. Cards under
    way, and all of unknown fate, are marked: a card that arrives is closed, and nothing is sent
    again. Touches that are over are left alone.

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
        waiting = sorted({r[2] for r in rows if r[2] and r[4] in ("planned", "queued")}, key=str)
        params: dict[str, Any] = {
            "now": now,
            "actor": actor[:80],
            "reason": reason[:280],
            "touches": [row[0] for row in rows],
            "ids": waiting,
            "reconciled": list(RECONCILED_KINDS),
        }
        spared = _recall(params)
        closed = sql.fetch_all(_CLOSE, params | {"spared": spared})
        cancelled = [touch_id for touch_id, state in closed if state == "cancelled"]
        release_places(cancelled)
        stop_unwanted([row[0] for row in sql.fetch_all(_MARK, params)], now=now)
        cards = {row[0] for row in rows if row[3] == "T" and row[4] == "dispatched"}
        _change_cards(sorted(cards.intersection(cancelled)), now=now)
    count = len({row[0] for row in rows}.intersection(cancelled))
    return CancelReport(cancelled=count, not_recalled=len(rows) - count)


def withdraw_again(reasons: Mapping[int, str], *, actor: str, now: datetime) -> None:
    """Withdraw anew what had been withdrawn while it was under way, or of unknown fate.

    A card that arrived all the same is closed; what would be sent again is not. In the caller's
    transaction, which holds the customers.

    Args:
        reasons: {touch: why it was withdrawn}.
    """
    by_reason: dict[str, list[int]] = defaultdict(list)
    for touch_id, reason in reasons.items():
        by_reason[reason].append(touch_id)
    for reason, touch_ids in sorted(by_reason.items()):
        cancel_touches(touch_ids, reason=reason, actor=actor, now=now)


def _recall(params: dict[str, Any]) -> list[UUID]:
    """Withdraw the calls that nobody needs; returns those from whose body customers were taken."""
    if not params["ids"]:
        return []
    sql.fetch_all(_WITHDRAW, params)
    return [row[0] for row in sql.fetch_all(_SPARE, params)]


def _change_cards(touch_ids: Sequence[int], *, now: datetime) -> None:
    """Have the buttons of withdrawn cards replaced; nobody misses it if that fails."""
    rows = sql.fetch_all(_CARDS, [list(touch_ids)]) if touch_ids else []
    senders = senders_of(corp_id for _uid, _userid, corp_id, _code in rows)
    plan_calls(
        [
            (
                f"card_withdrawn:{uid}",
                DispatchDraft(
                    kind=Dispatch.Kind.CARD_UPDATE,
                    corp_id=corp_id,
                    app_id=senders[corp_id].app_id,
                    body=card_update(
                        userid=userid,
                        agent_id=senders[corp_id].agent_id,
                        response_code=response_code,
                        replace_name=_("已撤回"),
                    ),
                ),
            )
            for uid, userid, corp_id, response_code in rows
            if corp_id in senders
        ],
        now=now,
    )
