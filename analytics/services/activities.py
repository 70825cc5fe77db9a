"""Hours of activity (活跃时段) out of the ledger: a set of facts, each once however often told."""

from typing import Any, Final

from analytics.services.spans import MERGED
from common import sql

_ADD: Final = """
INSERT INTO analytics_activityhour (kind, active_on, hour, staff_id, identity_id, customer_id)
SELECT DISTINCT CASE event.type WHEN 'link_opened' THEN 1 ELSE 2 END,
       (event.occurred_at AT TIME ZONE 'Asia/Shanghai')::date,
       extract(hour FROM event.occurred_at AT TIME ZONE 'Asia/Shanghai')::int,
       event.staff_id, event.identity_id, identity.customer_id
  FROM customers_event event
  JOIN customers_identity identity ON identity.id = event.identity_id
 WHERE {which} AND event.type IN ('link_opened', 'customer_messaged')
ON CONFLICT DO NOTHING
"""
_MOVE: Final = """
UPDATE analytics_activityhour activity SET customer_id = identity.customer_id
  FROM customers_identity identity
 WHERE activity.identity_id = identity.id AND activity.customer_id <> identity.customer_id
   AND identity.customer_id IN (
       SELECT owner.customer_id FROM customers_event event
         JOIN customers_identity owner ON owner.id = event.identity_id
        WHERE event.id > %(after)s AND event.id <= %(until)s AND event.type = %(merged)s)
"""


def fold_activities(bounds: dict[str, int]) -> None:
    """Fold the events of a range of numbers into hours, in the caller's transaction."""
    params: dict[str, Any] = bounds | {"merged": MERGED}
    sql.execute(_ADD.format(which="event.id > %(after)s AND event.id <= %(until)s"), params)
    sql.execute(_MOVE, params)


def rebuild_activities() -> None:
    """Empty the hours and make all of them anew, in the caller's transaction."""
    sql.execute("DELETE FROM analytics_activityhour")
    sql.execute(_ADD.format(which="true"))
