"""Friend spans (好友期) out of the ledger: who changed gets theirs anew, then first moments."""

from collections.abc import Sequence
from typing import Any, Final

from common import sql

# One of these in a customer's history may change their spans.
RELATION_TYPES: Final = ("friend_added", "friend_removed_by_staff", "friend_removed_by_customer")
MERGED: Final = "customers_merged"
_FIRST_TYPES: Final = (
    "link_opened",
    "customer_messaged",
    "acquisition_chat_started",
    "staff_marked",
    "staff_task_done",
)

# A removal that was not a friend's, and an addition of a friend, change nothing. Whom an event of
# the same moment comes after is told by its number.
_MAKE: Final = """
WITH told AS (
    SELECT event.identity_id, identity.customer_id, event.staff_id, event.occurred_at, event.id,
           event.type, event.payload->>'state' AS state,
           lag(event.type = 'friend_added', 1, false) OVER pair AS was_friend
      FROM customers_event event
      JOIN customers_identity identity ON identity.id = event.identity_id
     WHERE {which} AND event.type = ANY(%(types)s) AND event.staff_id IS NOT NULL
    WINDOW pair AS (PARTITION BY event.identity_id, event.staff_id
                    ORDER BY event.occurred_at, event.id)
), turns AS (
    SELECT told.*, lead(occurred_at) OVER pair AS ended_at, lead(type) OVER pair AS ended_as
      FROM told WHERE (type = 'friend_added') <> was_friend
    WINDOW pair AS (PARTITION BY identity_id, staff_id ORDER BY occurred_at, id)
)
INSERT INTO analytics_friendspan (identity_id, customer_id, staff_id, state, began_at, ended_at,
                                  ended_by, is_first, is_last)
SELECT identity_id, customer_id, staff_id, coalesce(state, ''), occurred_at, ended_at,
       CASE ended_as WHEN 'friend_removed_by_customer' THEN 'customer'
                     WHEN 'friend_removed_by_staff' THEN 'staff' ELSE '' END,
       row_number() OVER (PARTITION BY customer_id ORDER BY occurred_at, id) = 1,
       row_number() OVER (PARTITION BY customer_id ORDER BY ended_at DESC NULLS FIRST, id) = 1
  FROM turns WHERE type = 'friend_added'
"""
# Least of what is known and what is told: the order in which things are told does not matter.
_FIRSTS: Final = """
WITH told AS (
    SELECT identity.customer_id, event.staff_id, event.occurred_at, event.type,
           event.type IN ('customer_messaged', 'acquisition_chat_started')
           OR event.payload->>'mark' = 'replied' AS is_reply
      FROM customers_event event
      JOIN customers_identity identity ON identity.id = event.identity_id
     WHERE {which} AND event.type = ANY(%(types)s)
), found AS (
    SELECT span.id,
           min(told.occurred_at) FILTER (WHERE told.type = 'link_opened') AS read_at,
           min(told.occurred_at) FILTER (WHERE told.is_reply) AS reply_at,
           min(told.occurred_at) FILTER (
               WHERE told.type IN ('staff_marked', 'staff_task_done')
                 AND told.staff_id = span.staff_id) AS action_at
      FROM told
      JOIN analytics_friendspan span
        ON span.customer_id = told.customer_id AND span.began_at <= told.occurred_at
     GROUP BY span.id
)
UPDATE analytics_friendspan span
   SET first_read_at = least(span.first_read_at, found.read_at),
       first_reply_at = least(span.first_reply_at, found.reply_at),
       first_action_at = least(span.first_action_at, found.action_at)
  FROM found
 WHERE span.id = found.id
   AND (found.read_at < coalesce(span.first_read_at, 'infinity')
        OR found.reply_at < coalesce(span.first_reply_at, 'infinity')
        OR found.action_at < coalesce(span.first_action_at, 'infinity'))
"""
_ALL: Final = "true"
_OF_IDENTITIES: Final = "event.identity_id = ANY(%(identities)s::bigint[])"
_IN_RANGE: Final = "event.id > %(after)s AND event.id <= %(until)s"

_CHANGED: Final = """
SELECT array_agg(id) FROM customers_identity
 WHERE customer_id IN (
       SELECT identity.customer_id FROM customers_event event
         JOIN customers_identity identity ON identity.id = event.identity_id
        WHERE event.id > %(after)s AND event.id <= %(until)s AND event.type = ANY(%(types)s))
"""


def fold_spans(bounds: dict[str, int]) -> None:
    """Fold the events of a range of numbers into spans, in the caller's transaction.

    Args:
        bounds: `after` and `until`, of which the first is folded already.
    """
    changed: Sequence[int] | None = sql.fetch_value(
        _CHANGED, bounds | {"types": [*RELATION_TYPES, MERGED]}
    )
    if changed:
        which: dict[str, Any] = {"identities": sql.numbers(changed)}
        sql.execute(
            "DELETE FROM analytics_friendspan WHERE identity_id = ANY(%(identities)s::bigint[])",
            which,
        )
        _make(_OF_IDENTITIES, which)
        _note_firsts(_OF_IDENTITIES, which)
    _note_firsts(_IN_RANGE, bounds)


def rebuild_spans() -> None:
    """Empty the spans and make all of them anew, in the caller's transaction."""
    sql.execute("DELETE FROM analytics_friendspan")
    _make(_ALL, {})
    _note_firsts(_ALL, {})


def _make(which: str, params: dict[str, Any]) -> None:
    sql.execute(_MAKE.format(which=which), params | {"types": list(RELATION_TYPES)})


def _note_firsts(which: str, params: dict[str, Any]) -> None:
    sql.execute(_FIRSTS.format(which=which), params | {"types": list(_FIRST_TYPES)})
