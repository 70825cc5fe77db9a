"""One member in two rows (重复员工): renamed at WeCom, read anew, and only then heard of so."""

from typing import Any

from django.db import IntegrityError, models, transaction

from common import sql
from org.models import Staff

# The old row has left, as far as the contacts told; or the new one was named by a customer's
# relation before the contacts were read. Else somebody new has taken the old userid over.
_FIND = """
SELECT kept.id, doubled.id
  FROM org_staff kept JOIN org_staff doubled ON doubled.corp_id = kept.corp_id
 WHERE kept.corp_id = %s AND kept.userid_folded = lower(%s) AND doubled.userid_folded = lower(%s)
   AND kept.id <> doubled.id AND (kept.left_at IS NOT NULL OR doubled.name = '')
   FOR UPDATE
"""
_TAKE_OVER = """
UPDATE org_staff kept
   SET name = coalesce(nullif(doubled.name, ''), kept.name), status = doubled.status,
       left_at = doubled.left_at, is_follow_user = doubled.is_follow_user
  FROM org_staff doubled WHERE kept.id = %s AND doubled.id = %s
"""


def find_doubled_staff(*, corp_pk: int, userid: str, new_userid: str) -> tuple[int, int] | None:
    """Return the row of the old userid and that of the new one, if both stand for one member."""
    rows = sql.fetch_all(_FIND, [corp_pk, userid, new_userid])
    return (rows[0][0], rows[0][1]) if rows else None


def absorb_staff(*, kept_id: int, doubled_id: int) -> None:
    """Let the old row be everything that the new one was, and delete the new one (合并员工).

    Every table that points at staff is asked of the models, so that none is forgotten, whichever
    floor it is on. Where both rows have what there may be only one of, the old one's stays. One
    transaction (the caller's, or its own).
    """
    with transaction.atomic():
        for relation in Staff._meta.get_fields(include_hidden=True):
            if isinstance(relation, models.ManyToOneRel):
                _move(relation, kept_id=kept_id, doubled_id=doubled_id)
        sql.execute(_TAKE_OVER, [kept_id, doubled_id])
        sql.execute("DELETE FROM org_staff WHERE id = %s", [doubled_id])


def _move(relation: models.ManyToOneRel, *, kept_id: int, doubled_id: int) -> None:
    name = relation.field.name
    rows: Any = relation.related_model._base_manager.filter(**{name: doubled_id})
    try:
        with transaction.atomic():
            rows.update(**{name: kept_id})
    except IntegrityError:
        for row in rows:
            _move_one(row, relation.field, kept_id)


def _move_one(row: models.Model, field: "models.Field[Any, Any]", kept_id: int) -> None:
    rows = type(row)._base_manager.filter(pk=row.pk)
    try:
        with transaction.atomic():
            rows.update(**{field.name: kept_id})
    except IntegrityError:
        if field.null:
            rows.update(**{field.name: None})
        else:
            rows.delete()
