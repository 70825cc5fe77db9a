"""Data scope (数据权限): whose customers a viewer may see."""

from common import sql
from org.models import User

_LED = """
WITH RECURSIVE led AS (
    SELECT department.id, department.corp_id, department.wecom_id
      FROM org_staffdepartment seat
      JOIN org_department department ON department.id = seat.department_id
     WHERE seat.staff_id = %s AND seat.is_leader AND NOT department.is_deleted
    UNION
    SELECT below.id, below.corp_id, below.wecom_id
      FROM org_department below
      JOIN led ON led.corp_id = below.corp_id AND below.parent_wecom_id = led.wecom_id
     WHERE NOT below.is_deleted
)
SELECT DISTINCT seat.staff_id
  FROM org_staffdepartment seat JOIN led ON led.id = seat.department_id
"""


def visible_staff_ids(viewer: User) -> list[int] | None:
    """Return the staff whose customers the viewer may see; None means all of them.

    A manager sees the departments they lead with everything below, a staff member themself; someone
    inactive, gone from the corp, or linked to nobody, sees nothing.
    """
    if not viewer.is_active or _has_left(viewer):
        return []
    if viewer.role in {User.Role.ADMIN, User.Role.OPERATOR}:
        return None
    if viewer.staff_id is None:
        return []
    if viewer.role == User.Role.MANAGER:
        below = {row[0] for row in sql.fetch_all(_LED, [viewer.staff_id])}
        return sorted(below | {viewer.staff_id})
    return [viewer.staff_id]


def _has_left(viewer: User) -> bool:
    """Say whether the viewer stands for a member who has left the corp."""
    return viewer.staff is not None and viewer.staff.left_at is not None
