"""Follow relations from callbacks (好友关系): facts that may arrive in any order."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from common import sql


class FollowFact(StrEnum):
    """What a callback says of a relation."""

    ADDED = "added"
    HALF_ADDED = "half_added"
    STAFF_DELETED = "staff_deleted"
    CUSTOMER_DELETED = "customer_deleted"
    EDITED = "edited"


@dataclass(frozen=True, slots=True)
class FollowNotice:
    """One callback's word on one relation."""

    staff_id: int
    identity_id: int
    fact: FollowFact
    at: datetime
    state: str = ""


# WeCom's list, once read, outweighs older notices: a notice only moves `is_listed` when it is newer
# than the list that we hold. The refresh that every notice asks for settles what remains.
_NOTE = """
WITH notice AS (
    SELECT staff_id, identity_id,
           max(at) FILTER (WHERE fact = 'added') AS added_at,
           max(at) FILTER (WHERE fact = 'half_added') AS half_added_at,
           max(at) FILTER (WHERE fact = 'staff_deleted') AS staff_deleted_at,
           max(at) FILTER (WHERE fact = 'customer_deleted') AS customer_deleted_at,
           coalesce(max(state) FILTER (WHERE state <> ''), '') AS state
      FROM jsonb_to_recordset(%s::jsonb) AS row(
           staff_id bigint, identity_id bigint, fact text, at timestamptz, state text)
     GROUP BY staff_id, identity_id
)
INSERT INTO customers_follow AS known
       (staff_id, identity_id, status, is_listed, added_at, half_added_at, customer_deleted_at,
        staff_deleted_at, remark, description, remark_company, mobiles_digest, state, add_way,
        oper_userid)
SELECT staff_id, identity_id, 'staff_deleted',
       added_at IS NOT NULL AND added_at >= coalesce(staff_deleted_at, '-infinity'),
       added_at, half_added_at, customer_deleted_at, staff_deleted_at, '', '', '', '', state, 0, ''
  FROM notice ORDER BY staff_id, identity_id
ON CONFLICT (staff_id, identity_id) DO UPDATE SET
    is_listed = CASE
        WHEN excluded.staff_deleted_at > coalesce(greatest(known.added_at, excluded.added_at,
                                                           known.synced_at), '-infinity') THEN false
        WHEN excluded.added_at > coalesce(greatest(known.staff_deleted_at, known.synced_at),
                                          '-infinity') THEN true
        ELSE known.is_listed END,
    added_at = CASE WHEN excluded.added_at > coalesce(known.synced_at, '-infinity')
                    THEN greatest(known.added_at, excluded.added_at) ELSE known.added_at END,
    half_added_at = greatest(known.half_added_at, excluded.half_added_at),
    customer_deleted_at = greatest(known.customer_deleted_at, excluded.customer_deleted_at),
    staff_deleted_at = greatest(known.staff_deleted_at, excluded.staff_deleted_at),
    state = CASE WHEN known.state = '' THEN excluded.state ELSE known.state END
RETURNING id
"""
# What a relation is follows from everything known of it.
_SETTLE = """
UPDATE customers_follow follow SET status = judged.status
  FROM (SELECT id, CASE
            WHEN is_listed AND (customer_deleted_at IS NULL OR customer_deleted_at < added_at)
                THEN 'friend'
            WHEN is_listed THEN 'customer_deleted'
            WHEN half_added_at > coalesce(staff_deleted_at, '-infinity')
                 AND half_added_at > coalesce(customer_deleted_at, '-infinity') THEN 'half'
            ELSE 'staff_deleted' END AS status
          FROM customers_follow WHERE id = ANY(%s)) judged
 WHERE follow.id = judged.id AND follow.status <> judged.status
"""


def note_follows(notices: Sequence[FollowNotice]) -> None:
    """Take over what callbacks say of relations, in the caller's transaction, in any order."""
    rows = [
        {
            "staff_id": notice.staff_id,
            "identity_id": notice.identity_id,
            "fact": notice.fact.value,
            "at": notice.at.isoformat(),
            "state": notice.state,
        }
        for notice in notices
        if notice.fact is not FollowFact.EDITED
    ]
    if rows:
        touched = sql.fetch_all(_NOTE, [sql.json_rows(rows)])
        settle_status([row[0] for row in touched])


def settle_status(follow_ids: Sequence[int]) -> None:
    """Bring the status of these follow rows in line with their facts."""
    sql.execute(_SETTLE, [list(follow_ids)])
