"""Our copy of WeCom's contacts (通讯录): departments and staff."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import transaction

from common import sql
from wecom.models import Corp


@dataclass(frozen=True, slots=True)
class DepartmentFact:
    """A department as WeCom tells it."""

    wecom_id: int
    name: str
    parent_wecom_id: int
    position: int


@dataclass(frozen=True, slots=True)
class StaffFact:
    """A staff member as WeCom tells it; `led` are the departments of `departments` they lead."""

    userid: str
    name: str
    job_title: str
    status: int
    departments: tuple[int, ...]
    led: tuple[int, ...]


_ENSURE = """
WITH wanted AS (
    SELECT DISTINCT ON (lower(userid)) userid, lower(userid) AS folded
      FROM unnest(%(userids)s::text[]) AS userid ORDER BY lower(userid), userid
), made AS (
    INSERT INTO org_staff (corp_id, userid, userid_folded, name, job_title, status, is_follow_user)
    SELECT %(corp)s, userid, folded, '', '', 1, false FROM wanted
    ON CONFLICT (corp_id, userid_folded) DO NOTHING RETURNING userid_folded, id
)
SELECT userid_folded, id FROM made
UNION ALL
SELECT staff.userid_folded, staff.id FROM org_staff staff
  JOIN wanted ON wanted.folded = staff.userid_folded WHERE staff.corp_id = %(corp)s
"""

_SAVE_DEPARTMENTS = """
INSERT INTO org_department (corp_id, wecom_id, parent_wecom_id, name, position, is_deleted)
SELECT %(corp)s, wecom_id, parent_wecom_id, name, position, false
  FROM jsonb_to_recordset(%(rows)s::jsonb) AS row(
       wecom_id bigint, parent_wecom_id bigint, name text, position bigint)
ON CONFLICT (corp_id, wecom_id) DO UPDATE
   SET parent_wecom_id = excluded.parent_wecom_id, name = excluded.name,
       position = excluded.position, is_deleted = false
"""

_SAVE_STAFF = """
INSERT INTO org_staff (corp_id, userid, userid_folded, name, job_title, status, is_follow_user)
SELECT %(corp)s, userid, lower(userid), name, job_title, status, false
  FROM jsonb_to_recordset(%(rows)s::jsonb) AS row(
       userid text, name text, job_title text, status smallint)
ON CONFLICT (corp_id, userid_folded) DO UPDATE
   SET userid = excluded.userid, name = excluded.name, job_title = excluded.job_title,
       status = excluded.status,
       left_at = CASE WHEN excluded.status = 5
                      THEN coalesce(org_staff.left_at, %(now)s::timestamptz) END
"""

_SAVE_SEATS = """
WITH wanted AS (
    SELECT staff.id AS staff_id, department.id AS department_id, row.is_leader
      FROM jsonb_to_recordset(%(rows)s::jsonb) AS row(
           folded text, department bigint, is_leader bool)
      JOIN org_staff staff ON staff.corp_id = %(corp)s AND staff.userid_folded = row.folded
      JOIN org_department department
        ON department.corp_id = %(corp)s AND department.wecom_id = row.department
), gone AS (
    DELETE FROM org_staffdepartment seat USING org_staff staff
     WHERE seat.staff_id = staff.id AND staff.corp_id = %(corp)s
       AND NOT EXISTS (SELECT 1 FROM wanted WHERE wanted.staff_id = seat.staff_id
                          AND wanted.department_id = seat.department_id)
)
INSERT INTO org_staffdepartment (staff_id, department_id, is_leader)
SELECT staff_id, department_id, is_leader FROM wanted
ON CONFLICT (staff_id, department_id) DO UPDATE SET is_leader = excluded.is_leader
"""


def ensure_staff(*, corp_pk: int, userids: Iterable[str]) -> dict[str, int]:
    """Return the staff of these userids by folded userid; unknown ones are made, nameless for now.

    A callback may name a member before the contacts were read.
    """
    wanted = sorted({userid for userid in userids if userid})
    if not wanted:
        return {}
    found = dict(sql.fetch_all(_ENSURE, {"corp": corp_pk, "userids": wanted}))
    if len(found) < len({userid.lower() for userid in wanted}):
        # Made by another transaction between our snapshot and our insert: visible to a new
        # statement.
        found |= dict(sql.fetch_all(_ENSURE, {"corp": corp_pk, "userids": wanted}))
    return found


def save_contacts(
    *,
    corp: Corp,
    departments: Sequence[DepartmentFact],
    staff: Sequence[StaffFact],
    follow_userids: Iterable[str],
    now: datetime,
) -> None:
    """Take over WeCom's contacts whole: what is not named any more is deleted or has left.

    One transaction.
    """
    followers = sorted({userid.lower() for userid in follow_userids})
    with transaction.atomic():
        sql.execute(_SAVE_DEPARTMENTS, {"corp": corp.pk, "rows": _json(departments)})
        sql.execute(
            """UPDATE org_department SET is_deleted = true
                WHERE corp_id = %s AND wecom_id <> ALL(%s)""",
            [corp.pk, [department.wecom_id for department in departments]],
        )
        sql.execute(_SAVE_STAFF, {"corp": corp.pk, "rows": _json(staff), "now": now})
        sql.execute(
            """UPDATE org_staff SET status = 5, left_at = coalesce(left_at, %s)
                WHERE corp_id = %s AND status <> 5 AND userid_folded <> ALL(%s)""",
            [now, corp.pk, [member.userid.lower() for member in staff]],
        )
        sql.execute(
            """UPDATE org_staff SET is_follow_user = (userid_folded = ANY(%s))
                WHERE corp_id = %s AND is_follow_user <> (userid_folded = ANY(%s))""",
            [followers, corp.pk, followers],
        )
        seats = [
            {
                "folded": member.userid.lower(),
                "department": department,
                "is_leader": department in member.led,
            }
            for member in staff
            for department in member.departments
        ]
        sql.execute(_SAVE_SEATS, {"corp": corp.pk, "rows": sql.json_rows(seats)})


def rename_staff(*, corp_pk: int, userid: str, new_userid: str) -> None:
    """Follow a rename of a member's userid; everything else points at the staff row."""
    sql.execute(
        """UPDATE org_staff SET userid = %s, userid_folded = lower(%s)
            WHERE corp_id = %s AND userid_folded = lower(%s)
              AND NOT EXISTS (SELECT 1 FROM org_staff other
                               WHERE other.corp_id = %s AND other.userid_folded = lower(%s))""",
        [new_userid, new_userid, corp_pk, userid, corp_pk, new_userid],
    )


def mark_staff_left(*, corp_pk: int, userid: str, now: datetime) -> None:
    """A member left the corp: they keep their history and lose every right."""
    sql.execute(
        """UPDATE org_staff SET status = 5, left_at = coalesce(left_at, %s), is_follow_user = false
            WHERE corp_id = %s AND userid_folded = lower(%s)""",
        [now, corp_pk, userid],
    )


def _json(facts: Sequence[DepartmentFact] | Sequence[StaffFact]) -> str:
    return sql.json_rows([asdict(fact) for fact in facts])
