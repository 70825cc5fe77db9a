"""Who leads whom (组长)."""

from collections.abc import Iterable

from common import sql

# The nearest department upwards that is led by somebody else who is still there.
_LEADS = """
WITH RECURSIVE upward AS (
    SELECT seat.staff_id AS led_id, department.id, department.corp_id,
           department.parent_wecom_id, 0 AS steps
      FROM org_staffdepartment seat
      JOIN org_department department ON department.id = seat.department_id
     WHERE seat.staff_id = ANY(%s) AND NOT department.is_deleted
    UNION ALL
    SELECT upward.led_id, above.id, above.corp_id, above.parent_wecom_id, upward.steps + 1
      FROM upward
      JOIN org_department above
        ON above.corp_id = upward.corp_id AND above.wecom_id = upward.parent_wecom_id
     WHERE NOT above.is_deleted AND upward.steps < 20
)
SELECT DISTINCT ON (upward.led_id) upward.led_id, seat.staff_id
  FROM upward
  JOIN org_staffdepartment seat ON seat.department_id = upward.id AND seat.is_leader
  JOIN org_staff lead ON lead.id = seat.staff_id AND lead.left_at IS NULL
 WHERE seat.staff_id <> upward.led_id
 ORDER BY upward.led_id, upward.steps, seat.staff_id
"""


def leads_of(staff_ids: Iterable[int]) -> dict[int, int]:
    """Return who leads each member of staff (组长), by member; one without a lead is left out."""
    wanted = sorted(set(staff_ids))
    return dict(sql.fetch_all(_LEADS, [wanted])) if wanted else {}
