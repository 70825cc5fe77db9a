"""The places that touches hold in their customers' budgets (触达账): spent, or given back.

The slot planner takes them; whoever ends a touch ends its place. A touch without one is left as it
is, so these may be called for every lane.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from common import sql

# The newest place of a touch is the one that counts. Spent wins whatever was said before: the
# message has left. The row moves to the month of its day.
_SPEND: Final = """
UPDATE touches_contactledger place
   SET state = 'spent', counted_at = sent.at,
       counted_on = (sent.at AT TIME ZONE 'Asia/Shanghai')::date
  FROM (SELECT wanted.at, newest.id, newest.counted_on
          FROM unnest(%(touches)s::bigint[], %(times)s::timestamptz[]) AS wanted(touch_id, at)
         CROSS JOIN LATERAL (
               SELECT p.id, p.counted_on FROM touches_contactledger p
                WHERE p.touch_id = wanted.touch_id ORDER BY p.id DESC LIMIT 1) newest) sent
 WHERE place.id = sent.id AND place.counted_on = sent.counted_on
"""
_RELEASE: Final = """
UPDATE touches_contactledger SET state = 'released'
 WHERE touch_id = ANY(%s) AND state = 'reserved'
"""


def spend_places(touch_ids: Sequence[int], counted_at: Sequence[datetime]) -> int:
    """Mark the places of sent touches as spent (使用), each on the local day of its sending.

    In the caller's transaction, which holds the customers: a place that was given back already is
    taken again, for the message did leave.

    Args:
        touch_ids: What was sent.
        counted_at: When each of them was sent, in the same order.

    Returns:
        How many places that were.
    """
    if not touch_ids:
        return 0
    return sql.execute(_SPEND, {"touches": list(touch_ids), "times": list(counted_at)})


def release_places(touch_ids: Sequence[int]) -> int:
    """Give back the places (释放) of touches that will not be sent; spent ones stay spent."""
    return sql.execute(_RELEASE, [list(touch_ids)]) if touch_ids else 0
