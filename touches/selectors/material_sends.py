"""How often materials were sent (素材发出数)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from common import sql
from org.models import User
from org.selectors.scope import visible_staff_ids

# A link for one person is one sending; the link of a mass message went to all of its customers.
_SENDS: Final = """
SELECT link.material_id,
       sum(CASE WHEN link.identity_id IS NOT NULL THEN 1
                WHEN dispatch.id IS NULL THEN 0
                ELSE (SELECT count(*) FROM touches_touch touch
                       WHERE touch.dispatch_id = dispatch.id AND touch.state = 'delivered') END)
  FROM content_trackedlink link
  LEFT JOIN touches_dispatch dispatch ON link.identity_id IS NULL AND dispatch.key = link.batch
 WHERE link.material_id = ANY(%(ids)s) AND link.created_at >= %(since)s
   AND (%(staff)s::bigint[] IS NULL OR link.staff_id = ANY(%(staff)s))
 GROUP BY link.material_id
"""


def sends_of(material_ids: Sequence[int], *, viewer: User, since: datetime) -> dict[int, int]:
    """Return to how many people each material was sent since a moment (发出); one query.

    Counted are the personal links of welcomes and staff tasks, and the customers whom a mass
    message reached; a link that somebody copied is counted by its openings only.
    """
    rows = sql.fetch_all(
        _SENDS,
        {"ids": list(material_ids), "since": since, "staff": visible_staff_ids(viewer)},
    )
    return {material_id: int(count) for material_id, count in rows}
