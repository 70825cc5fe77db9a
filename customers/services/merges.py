"""Merging customers by exact rules (客户合并).

The same unionid of one platform is one person. A merge takes the dispatcher's locks of both
shards, moves the identities of the younger customer to the older one, and folds the survivor's
profile anew from the ledger; every other row hangs on its identity and moves by itself. The edge
and the journal row are what an undo needs. A forbidden edge never merges.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from django.db import transaction

from common import sql
from customers.events import CustomersMerged
from customers.identifiers import UNIONID
from customers.models import Customer, IdentityEdge, MergeRecord
from customers.services.dispatcher import SHARD_LOCK_CLASS
from customers.services.ledger import SHARD_COUNT, NewEvent, record_event
from customers.services.rebuild import refold_customers

# Values that say nothing of who somebody is.
BLOCKED_VALUES: Final = frozenset({"", "0", "null", "none", "undefined"})


# The customers at the ends of an edge, the one with the oldest identity first.
_OWNERS = """
SELECT customer_id FROM customers_identity
 WHERE customer_id IN (SELECT customer_id FROM customers_identity WHERE id = ANY(%s))
 GROUP BY customer_id ORDER BY min(id)
"""
_MAKE_UNIONIDS = """
INSERT INTO customers_identity (namespace, value, customer_id, source, created_at)
SELECT DISTINCT ON (told.unionid) %s, told.unionid, mine.customer_id, 'wecom', %s
  FROM unnest(%s::bigint[], %s::text[]) AS told (identity_id, unionid)
  JOIN customers_identity mine ON mine.id = told.identity_id
 ORDER BY told.unionid, mine.id
ON CONFLICT (namespace, value) DO NOTHING
"""
_MAKE_EDGES = """
INSERT INTO customers_identityedge (low_id, high_id, state, rule, source, created_at, applied_at)
SELECT least(mine.id, shared.id), greatest(mine.id, shared.id), 'active', 'same_unionid', 'wecom',
       %s, CASE WHEN mine.customer_id = shared.customer_id THEN %s::timestamptz END
  FROM unnest(%s::bigint[], %s::text[]) AS told (identity_id, unionid)
  JOIN customers_identity mine ON mine.id = told.identity_id
  JOIN customers_identity shared ON shared.namespace = %s AND shared.value = told.unionid
ON CONFLICT (low_id, high_id) DO NOTHING
"""


def attach_unionids(unionids: Mapping[int, str], *, now: datetime) -> None:
    """Attach unionids to identities, in the caller's transaction, which holds their customers.

    An edge between two customers is left for `merge_pending`: a merge takes other locks first.

    Args:
        unionids: {identity id: unionid}.
    """
    usable = {
        identity_id: value
        for identity_id, value in unionids.items()
        if value.strip().lower() not in BLOCKED_VALUES
    }
    if not usable:
        return
    told = [list(usable), list(usable.values())]
    sql.execute(_MAKE_UNIONIDS, [UNIONID, now, *told])
    sql.execute(_MAKE_EDGES, [now, now, *told, UNIONID])


def merge_pending(*, now: datetime) -> int:
    """Carry out the merges that new edges ask for; returns how many. Call outside transactions."""
    edges = IdentityEdge.objects.filter(state=IdentityEdge.State.ACTIVE, applied_at=None)
    return sum(merge_along(edge, now=now) for edge in edges.order_by("id"))


def merge_along(edge: IdentityEdge, *, now: datetime) -> bool:
    """Merge the customers at the two ends of an active edge; false when they are one already.

    The customer with the oldest identity survives. One transaction.
    """
    with transaction.atomic():
        kept_id, absorbed_id = _lock_ends(edge)
        edge.applied_at = now
        edge.save(update_fields=["applied_at"])
        if kept_id == absorbed_id:
            return False
        moved = sql.fetch_all(
            "UPDATE customers_identity SET customer_id = %s WHERE customer_id = %s RETURNING id",
            [kept_id, absorbed_id],
        )
        sql.execute(
            """UPDATE customers_queuedevent SET customer_id = %s, shard = %s
                WHERE shard = %s AND customer_id = %s""",
            [kept_id, kept_id % SHARD_COUNT, absorbed_id % SHARD_COUNT, absorbed_id],
        )
        sql.execute(
            "UPDATE customers_customer SET merged_into_id = %s WHERE id = %s",
            [kept_id, absorbed_id],
        )
        MergeRecord.objects.create(
            kept_id=kept_id,
            absorbed_id=absorbed_id,
            edge=edge,
            moved_identity_ids=[row[0] for row in moved],
            merged_at=now,
        )
        refold_customers([kept_id, absorbed_id], now=now)
        record_event(_told(edge, kept_id, absorbed_id, moved[0][0], now=now), now=now)
    return True


def _told(
    edge: IdentityEdge, kept_id: int, absorbed_id: int, identity_id: int, *, now: datetime
) -> NewEvent:
    """Return the event that tells the loop of a merge; it hangs on an identity that moved."""
    uids = dict(Customer.objects.filter(pk__in=[kept_id, absorbed_id]).values_list("pk", "uid"))
    return NewEvent(
        payload=CustomersMerged(
            kept_uid=str(uids[kept_id]), absorbed_uid=str(uids[absorbed_id]), rule=edge.rule
        ),
        key=f"merge:{edge.pk}:{now.isoformat()}",
        identity_id=identity_id,
        occurred_at=now,
        staff_id=None,
        source="derived",
        depth=1,
    )


def _lock_ends(edge: IdentityEdge) -> tuple[int, int]:
    """Lock the customers at the two ends and return them, the survivor first."""
    while True:
        before = sql.fetch_all(_OWNERS, [[edge.low_id, edge.high_id]])
        _lock_whole(*(row[0] for row in before))
        if sql.fetch_all(_OWNERS, [[edge.low_id, edge.high_id]]) == before:
            return before[0][0], before[-1][0]


def _lock_whole(*customer_ids: int) -> None:
    """Take the dispatcher's shards first, then the rows: the order that everybody keeps."""
    for shard in sorted({customer_id % SHARD_COUNT for customer_id in customer_ids}):
        sql.fetch_value("SELECT pg_advisory_xact_lock(%s, %s)", [SHARD_LOCK_CLASS, shard])
    sql.fetch_all(
        "SELECT 1 FROM customers_customer WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE",
        [list(customer_ids)],
    )
