"""Folding events into profiles (画像): counters, friendships, stage. Pure: a rebuild replays them.

Each function takes at most one event a customer and works in one statement, whatever the batch.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from common import sql
from customers import events as kinds
from customers.events import StageChanged
from customers.services.ledger import LedgerEvent, NewEvent, Reducer

# What each type adds to the counters. A type that is not named only counts as an event.
_CONTRIBUTIONS: Final[Mapping[str, Callable[[Mapping[str, Any]], dict[str, int]]]] = {
    kinds.LinkOpened.type: lambda _: {"opens": 1, "active": 1},
    kinds.LinkDwelled.type: lambda payload: {"seconds": payload["seconds"]},
    kinds.LinkCompleted.type: lambda _: {"completes": 1},
    kinds.CustomerMessaged.type: lambda _: {"messages": 1, "active": 1},
    kinds.OrderPaid.type: lambda payload: {
        "orders": int(payload["kind"] == "regular"),
        "amount_fen": payload["amount_fen"],
        "active": 1,
    },
    kinds.OrderRefunded.type: lambda payload: {"amount_fen": -payload["amount_fen"]},
    kinds.GroupJoined.type: lambda _: {"active": 1},
    kinds.FriendAdded.type: lambda _: {"added": 1},
}
_RELATION: Final[Mapping[str, bool]] = {
    kinds.FriendAdded.type: True,
    kinds.FriendRemovedByStaff.type: False,
    kinds.FriendRemovedByCustomer.type: False,
}
_PRESENCE: Final[Mapping[str, bool]] = {kinds.GroupJoined.type: True, kinds.GroupLeft.type: False}

_FOLD_FRIENDSHIPS = sql.Prepared("""
INSERT INTO customers_friendship AS known (identity_id, staff_id, is_friend, changed_at)
SELECT identity_id, staff_id, is_friend, changed_at
  FROM jsonb_to_recordset(%s::jsonb) AS row(
       identity_id bigint, staff_id bigint, is_friend bool, changed_at timestamptz)
ON CONFLICT (identity_id, staff_id) DO UPDATE
   SET is_friend = excluded.is_friend, changed_at = excluded.changed_at
 WHERE excluded.changed_at >= known.changed_at
""")

_FOLD_GROUP_PRESENCES = sql.Prepared("""
INSERT INTO customers_grouppresence AS known (identity_id, chat_id, is_member, changed_at)
SELECT identity_id, chat_id, is_member, changed_at
  FROM jsonb_to_recordset(%s::jsonb) AS row(
       identity_id bigint, chat_id text, is_member bool, changed_at timestamptz)
ON CONFLICT (identity_id, chat_id) DO UPDATE
   SET is_member = excluded.is_member, changed_at = excluded.changed_at
 WHERE excluded.changed_at >= known.changed_at
""")

_FOLD_PROFILES = sql.Prepared("""
WITH incoming AS (
    SELECT customer_id, identity_id, event_id, at, type, touches_relation, touches_groups, counted,
           coalesce(opens, 0) AS opens, coalesce(completes, 0) AS completes,
           coalesce(seconds, 0) AS seconds, coalesce(messages, 0) AS messages,
           coalesce(orders, 0) AS orders, coalesce(amount_fen, 0) AS amount_fen, added, active
      FROM jsonb_to_recordset(%(rows)s::jsonb) AS row(
           customer_id bigint, identity_id bigint, event_id bigint, at timestamptz, type text,
           touches_relation bool, touches_groups bool, counted int, opens int, completes int,
           seconds int, messages int, orders int, amount_fen bigint, added int, active int)
), judged AS (
    SELECT incoming.*,
           CASE WHEN touches_relation IS NULL THEN profile.relation
                WHEN EXISTS (SELECT 1 FROM customers_friendship friendship
                               JOIN customers_identity identity
                                 ON identity.id = friendship.identity_id
                              WHERE identity.customer_id = incoming.customer_id
                                AND friendship.is_friend) THEN 'friend'
                ELSE 'lost' END AS relation_now,
           CASE WHEN touches_groups
                THEN (SELECT count(DISTINCT presence.chat_id)
                        FROM customers_grouppresence presence
                        JOIN customers_identity identity ON identity.id = presence.identity_id
                       WHERE identity.customer_id = incoming.customer_id AND presence.is_member)
                ELSE profile.group_count END AS groups_now,
           profile.order_count + orders AS orders_now
      FROM incoming JOIN customers_profile profile USING (customer_id)
), staged AS (
    SELECT judged.*,
           CASE WHEN orders_now >= 2 THEN 'repurchase' WHEN orders_now = 1 THEN 'first'
                ELSE 'potential' END AS purchase_now
      FROM judged
), folded AS (
    UPDATE customers_profile profile SET
        event_count = profile.event_count + counted,
        open_count = profile.open_count + opens,
        complete_count = profile.complete_count + completes,
        read_seconds = profile.read_seconds + seconds,
        message_count = profile.message_count + messages,
        order_count = orders_now,
        order_amount_fen = profile.order_amount_fen + amount_fen,
        group_count = groups_now,
        first_added_at = least(profile.first_added_at, CASE WHEN added = 1 THEN at END),
        last_added_at = greatest(profile.last_added_at, CASE WHEN added = 1 THEN at END),
        last_open_at = greatest(profile.last_open_at, CASE WHEN opens = 1 THEN at END),
        first_order_at = least(profile.first_order_at, CASE WHEN orders = 1 THEN at END),
        last_order_at = greatest(profile.last_order_at, CASE WHEN orders = 1 THEN at END),
        last_active_at = greatest(profile.last_active_at, CASE WHEN active = 1 THEN at END),
        last_event_at = greatest(profile.last_event_at, CASE WHEN counted = 1 THEN at END),
        relation = relation_now,
        purchase = purchase_now,
        stage = CASE WHEN relation_now = 'lost' THEN 'lost'
                     WHEN profile.is_advocate THEN 'advocate'
                     WHEN profile.membership_level > 0 THEN 'member'
                     ELSE purchase_now END
      FROM staged WHERE profile.customer_id = staged.customer_id
    RETURNING old.stage AS from_stage, new.stage AS to_stage, staged.identity_id,
              staged.event_id, staged.at, staged.type
)
INSERT INTO customers_stagechange (identity_id, from_stage, to_stage, event_id, reason, changed_at)
SELECT identity_id, from_stage, to_stage, event_id, type, at
  FROM folded WHERE from_stage <> to_stage
RETURNING identity_id, from_stage, to_stage, event_id, reason, changed_at
""")


def fold_friendships(events: Sequence[LedgerEvent], *, now: datetime) -> None:
    """Fold who is friends with whom (好友状态); the latest by the time it happened wins."""
    rows = [
        {
            "identity_id": event.identity_id,
            "staff_id": event.staff_id,
            "is_friend": _RELATION[event.type],
            "changed_at": event.occurred_at.isoformat(),
        }
        for event in events
        if event.staff_id is not None
    ]
    if rows:
        sql.execute(_FOLD_FRIENDSHIPS, [json.dumps(rows)])


def fold_group_presences(events: Sequence[LedgerEvent], *, now: datetime) -> None:
    """Fold who sits in which group (在群状态); the latest by the time it happened wins."""
    rows = [
        {
            "identity_id": event.identity_id,
            "chat_id": event.payload["chat_id"],
            "is_member": _PRESENCE[event.type],
            "changed_at": event.occurred_at.isoformat(),
        }
        for event in events
    ]
    sql.execute(_FOLD_GROUP_PRESENCES, [json.dumps(rows)])


def fold_profiles(events: Sequence[LedgerEvent], *, now: datetime) -> list[NewEvent]:
    """Fold counters and stage (画像, 生命周期); returns a `stage_changed` event for each move."""
    rows = [_row(event) for event in events]
    moved = sql.fetch_all(_FOLD_PROFILES, {"rows": json.dumps(rows)})
    causes = {event.id: event for event in events}
    return [
        NewEvent(
            payload=StageChanged(from_stage=from_stage, to_stage=to_stage, reason=reason),
            key=f"stage:{event_id}",
            identity_id=identity_id,
            occurred_at=changed_at,
            staff_id=causes[event_id].staff_id,
            source="derived",
            depth=causes[event_id].depth + 1,
        )
        for identity_id, from_stage, to_stage, event_id, reason, changed_at in moved
    ]


def _row(event: LedgerEvent) -> dict[str, Any]:
    """Say what the event adds and nothing else: every name costs time to write and to read."""
    contribute = _CONTRIBUTIONS.get(event.type)
    row: dict[str, Any] = {} if contribute is None else contribute(event.payload)
    row |= {
        "customer_id": event.customer_id,
        "identity_id": event.identity_id,
        "event_id": event.id,
        "at": event.occurred_at.isoformat(),
        "type": event.type,
        "counted": int(event.depth == 0),
    }
    if event.type in _RELATION:
        row["touches_relation"] = True
    if event.type in _PRESENCE:
        row["touches_groups"] = True
    return row


# What a rebuild replays, in order: each fold with the types it takes (None: all).
FOLDS: Final[Mapping[Reducer, frozenset[str] | None]] = {
    fold_friendships: frozenset(_RELATION),
    fold_group_presences: frozenset(_PRESENCE),
    fold_profiles: None,
}
