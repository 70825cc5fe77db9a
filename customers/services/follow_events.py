"""The events that follow from a relation that was found different (补记行为)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from common import sql
from customers.events import FriendAdded, FriendRemovedByStaff
from customers.services.ledger import NewEvent

# An add is known when the ledger has one within a minute of WeCom's creation time; a removal is
# known when the last thing the ledger says of the pair is a removal.
_KNOWN = """
WITH change AS (
    SELECT * FROM jsonb_to_recordset(%s::jsonb) AS row(
        n int, identity_id bigint, staff_id bigint, added_at timestamptz)
)
SELECT change.n
  FROM change
 WHERE CASE WHEN added_at IS NOT NULL THEN EXISTS (
           SELECT 1 FROM customers_event event
            WHERE event.identity_id = change.identity_id AND event.staff_id = change.staff_id
              AND event.type = 'friend_added'
              AND event.occurred_at BETWEEN change.added_at - interval '60 seconds' AND %s)
       ELSE coalesce((
           SELECT event.type <> 'friend_added' FROM customers_event event
            WHERE event.identity_id = change.identity_id AND event.staff_id = change.staff_id
              AND event.type IN ('friend_added', 'friend_removed_by_staff',
                                 'friend_removed_by_customer')
            ORDER BY event.occurred_at DESC, event.id DESC LIMIT 1), true) END
"""


@dataclass(frozen=True, slots=True)
class FollowChange:
    """A follow row after an answer was taken over.

    `kind` is '' when nothing was different, else `follow_missing`, `follow_changed` or
    `follow_extra` (no longer listed, then without `added_at`).
    """

    follow_id: int
    identity_id: int
    staff_id: int
    kind: str
    added_at: datetime | None = None
    state: str = ""
    add_way: int = 0
    tag_ids: tuple[str, ...] = ()


def events_of_changes(
    changes: Sequence[FollowChange], *, corp_id: str, now: datetime
) -> list[NewEvent]:
    """Return the adds and removals that the ledger has not heard of; the customers are locked."""
    different = [change for change in changes if change.kind]
    rows = [
        {
            "n": n,
            "identity_id": change.identity_id,
            "staff_id": change.staff_id,
            "added_at": change.added_at.isoformat() if change.added_at else None,
        }
        for n, change in enumerate(different)
    ]
    known = {row[0] for row in sql.fetch_all(_KNOWN, [sql.json_rows(rows), now])} if rows else set()
    return [
        _event(change, corp_id=corp_id, now=now)
        for n, change in enumerate(different)
        if n not in known
    ]


def _event(change: FollowChange, *, corp_id: str, now: datetime) -> NewEvent:
    pair = f"{corp_id}:{change.staff_id}:{change.identity_id}"
    if change.added_at is None:
        return NewEvent(
            payload=FriendRemovedByStaff(),
            key=f"sync:removed:{pair}:{int(now.timestamp())}",
            identity_id=change.identity_id,
            occurred_at=now,
            staff_id=change.staff_id,
            source="sync",
        )
    return NewEvent(
        payload=FriendAdded(state=change.state, add_way=change.add_way),
        key=f"sync:added:{pair}:{int(change.added_at.timestamp())}",
        identity_id=change.identity_id,
        occurred_at=change.added_at,
        staff_id=change.staff_id,
        source="sync",
    )
