"""The demo company's past readings (历史阅读): what the imported ledger tells, as visits.

Pages that answer "who read this" read visits; the import knows events only. Repeatable.
"""

from datetime import datetime
from typing import Final

from common import sql
from content.services.links import LinkSpec, create_link_codes
from wecom.models import Corp

BATCH: Final = "history"

_READ: Final = """
SELECT DISTINCT (payload ->> 'material_id')::bigint, staff_id FROM customers_event
 WHERE type = 'link_opened' AND source = 'import'
"""
_VISITS: Final = """
WITH told AS (
    SELECT type, payload ->> 'visit' AS visit, identity_id, staff_id, occurred_at,
           (payload ->> 'material_id')::bigint AS material_id,
           (payload ->> 'total_seconds')::int AS seconds,
           (payload ->> 'depth_percent')::int AS depth
      FROM customers_event
     WHERE source = 'import' AND type IN ('link_opened', 'link_dwelled', 'link_completed')
), read AS (
    SELECT visit, coalesce(max(seconds), 0) AS seconds, coalesce(max(depth), 0) AS depth,
           max(occurred_at) AS seen_at,
           max(occurred_at) FILTER (WHERE type = 'link_completed') AS completed_at
      FROM told GROUP BY visit
)
INSERT INTO content_visit (
    uuid, link_id, reader, identity_id, openid_digest, agent_family, is_suspect, opened_at, seen_at,
    total_seconds, recorded_seconds, max_depth_percent, last_beacon_seq, completed_at)
SELECT md5('history:' || opened.visit)::uuid, link.id, 'customer', opened.identity_id, '', 'wechat',
       false, opened.occurred_at, read.seen_at, read.seconds, read.seconds, least(read.depth, 100),
       0, read.completed_at
  FROM told opened
  JOIN read ON read.visit = opened.visit
  JOIN content_trackedlink link
    ON link.material_id = opened.material_id AND link.corp_id = %(corp)s
   AND link.staff_id IS NOT DISTINCT FROM opened.staff_id
   AND link.batch = %(batch)s AND link.identity_id IS NULL
 WHERE opened.type = 'link_opened'
ON CONFLICT (uuid) DO NOTHING
"""


def remember_visits(corp: Corp, *, now: datetime) -> int:
    """Make the visits that the imported openings were; returns how many were new."""
    specs = [
        LinkSpec(material_id=material_id, corp_id=corp.pk, staff_id=staff_id, batch=BATCH)
        for material_id, staff_id in sql.fetch_all(_READ)
    ]
    create_link_codes(specs, now=now)
    return sql.execute(_VISITS, {"corp": corp.pk, "batch": BATCH})
