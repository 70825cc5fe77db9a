"""Tagging many customers at once (批量打标): a job in slices, which can be cancelled and undone.

1. Each slice takes the next customers that were chosen, in the starter's data scope of now.
2. `BulkMark` rows say what changes: a relation that gets an enterprise tag (the longest friendship,
   if none of them carries it), every relation that loses it, or an identity for a local tag.
3. Enterprise tags become calls, paced so that other tag calls find their turn between them; local
   ones are written at once. The slice, its marks and its calls are one transaction.
4. An undo walks over the marks and turns each around; what the job left alone stays as it was.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, TypeAlias

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from common import clock, sql
from customers.models import Customer, Tag
from customers.selectors.listing import ids_after
from org.models import AuditRow, Job, User
from org.services.audit import record_audit
from org.services.jobs import Step, finish, move, start_job
from touches.errors import BadTagging
from touches.models import BulkMark
from touches.selectors.apps import senders_of
from touches.services.bulk_marks import MarkedPair, carry_out_marks

ADD_KIND: Final = "bulk_tag"
UNDO_KIND: Final = "bulk_tag_undo"
SLICE_ROWS: Final = 500
# Calls a second that a job plans for: WeCom takes more, others want their turn.
CALLS_A_SECOND: Final = 50

# Who was chosen, as of now: the customers in scope, and the words that narrow them further.
Choose: TypeAlias = Callable[[User, Mapping[str, Any], datetime], tuple[QuerySet[Customer], str]]

_ADD: Final = """
INSERT INTO touches_bulkmark (job_id, identity_id, follow_id, tag_id, is_added)
SELECT DISTINCT ON (identity.customer_id) %(job)s, identity.id, follow.id, %(tag)s, true
  FROM customers_identity identity
  JOIN customers_follow follow ON follow.identity_id = identity.id AND follow.status = 'friend'
  JOIN org_staff staff ON staff.id = follow.staff_id AND staff.left_at IS NULL
   AND staff.corp_id = %(corp)s
 WHERE identity.customer_id = ANY(%(customers)s) AND NOT EXISTS (
       SELECT 1 FROM customers_identity other
         JOIN customers_tagassignment held ON held.identity_id = other.id AND held.tag_id = %(tag)s
        WHERE other.customer_id = identity.customer_id)
 ORDER BY identity.customer_id, follow.added_at, follow.id
ON CONFLICT DO NOTHING
RETURNING id, identity_id
"""
_REMOVE: Final = """
INSERT INTO touches_bulkmark (job_id, identity_id, follow_id, tag_id, is_added)
SELECT %(job)s, identity.id, held.follow_id, %(tag)s, false
  FROM customers_identity identity
  JOIN customers_tagassignment held ON held.identity_id = identity.id AND held.tag_id = %(tag)s
  LEFT JOIN customers_follow follow ON follow.id = held.follow_id
 WHERE identity.customer_id = ANY(%(customers)s)
   AND (held.follow_id IS NULL OR follow.status = 'friend')
ON CONFLICT DO NOTHING
RETURNING id, identity_id
"""
_ADD_LOCAL: Final = """
INSERT INTO touches_bulkmark (job_id, identity_id, follow_id, tag_id, is_added)
SELECT %(job)s, min(identity.id), NULL, %(tag)s, true
  FROM customers_identity identity
 WHERE identity.customer_id = ANY(%(customers)s)
 GROUP BY identity.customer_id
HAVING NOT EXISTS (
       SELECT 1 FROM customers_identity other
         JOIN customers_tagassignment held ON held.identity_id = other.id AND held.tag_id = %(tag)s
        WHERE other.customer_id = identity.customer_id)
ON CONFLICT DO NOTHING
RETURNING id, identity_id
"""
_CUSTOMERS_OF: Final = """
SELECT count(DISTINCT customer_id) FROM customers_identity WHERE id = ANY(%s)
"""


@dataclass(frozen=True, slots=True)
class BulkTagging:
    """What is asked for (批量打标): which tag, on or off, and whom, as a kept choice.

    Attributes:
        chosen: What `Choose` understands; kept in the job.
        total: How many, as the list told it.
    """

    tag: Tag
    is_added: bool
    chosen: Mapping[str, Any]
    total: int


def start_bulk_tagging(
    asked: BulkTagging, *, user: User, address: str | None = None, now: datetime
) -> Job:
    """Begin to tag, or to untag, many customers (批量打标); audited. One transaction.

    Raises:
        BadTagging: the tag is gone, or no app of the corp can write it at WeCom.
    """
    tag = asked.tag
    if tag.is_deleted:
        raise BadTagging(_("这个标签已被删除。"))
    if tag.wecom_id and not senders_of([tag.corp_id]):
        raise BadTagging(_("企业微信应用没有启用，写不了企业标签。"))
    words = _("打标签：{tag}") if asked.is_added else _("移除标签：{tag}")
    with transaction.atomic():
        job = start_job(
            kind=ADD_KIND,
            subject=f"{user.pk}:{now.isoformat()}",
            title=words.format(tag=tag.name),
            plan={
                "tag": tag.pk,
                "is_added": asked.is_added,
                "is_enterprise": tag.wecom_id is not None,
                "chosen": dict(asked.chosen),
                "user": user.pk,
            },
            total=asked.total,
            user=user,
            now=now,
        )
        record_audit(
            actor=user,
            action=AuditRow.Action.CUSTOMERS_CHANGED,
            subject=f"job:{job.pk}",
            detail={
                "tag": tag.name,
                "is_added": asked.is_added,
                "count": asked.total,
                "chosen": dict(asked.chosen),
            },
            now=now,
            address=address,
        )
    return job


def start_undo(job: Job, *, user: User, now: datetime) -> Job:
    """Begin to take back what a bulk job did (撤销批量打标). One transaction.

    Raises:
        BadTagging: it is still running, it is no such job, or it was undone before.
    """
    with transaction.atomic():
        job = Job.objects.select_for_update().get(pk=job.pk)
        if job.kind != ADD_KIND or job.state == Job.State.RUNNING:
            raise BadTagging(_("这个任务现在不能撤销。"))
        if "undone_by" in job.result:
            raise BadTagging(_("这个任务已经撤销过。"))
        undo = start_job(
            kind=UNDO_KIND,
            subject=str(job.pk),
            title=_("撤销：{title}").format(title=job.title),
            plan={"of": job.pk},
            total=BulkMark.objects.filter(job=job).count(),
            user=user,
            now=now,
        )
        job.result = {**job.result, "undone_by": undo.pk}
        job.save(update_fields=["result"])
    return undo


def bulk_tagging_steps(choose: Choose) -> dict[str, Step]:
    """Return the steps of these kinds of jobs, for whoever works through them."""
    return {ADD_KIND: lambda job: _tag_slice(job, choose), UNDO_KIND: _undo_slice}


def _tag_slice(job: Job, choose: Choose) -> bool:
    now = clock.now()
    tag = Tag.objects.get(pk=job.plan["tag"])
    user = User.objects.select_related("staff").get(pk=job.plan["user"])
    customers, words = choose(user, job.plan["chosen"], now)
    after = job.cursor.get("after", 0)
    ids = ids_after(customers, words=words, after=after, limit=SLICE_ROWS)
    if not ids or tag.is_deleted:
        finish(job)
        return False
    marked = _mark(job, tag, ids)
    carry_out_marks(
        [MarkedPair(pk, is_added=job.plan["is_added"]) for pk, _identity in marked],
        key="tag:bulk:",
        reason=job.title,
        due_at=now + timedelta(seconds=job.done_count / CALLS_A_SECOND),
        now=now,
    )
    changed = sql.fetch_value(_CUSTOMERS_OF, [[identity for _pk, identity in marked]])
    move(
        job,
        cursor={**job.cursor, "after": ids[-1]},
        done_count=job.done_count + len(ids),
        result={
            "changed": job.result.get("changed", 0) + changed,
            "unchanged": job.result.get("unchanged", 0) + len(ids) - changed,
        },
    )
    return True


def _mark(job: Job, tag: Tag, ids: Sequence[int]) -> list[tuple[int, int]]:
    params = {"job": job.pk, "tag": tag.pk, "corp": tag.corp_id, "customers": list(ids)}
    adding = _ADD if tag.wecom_id else _ADD_LOCAL
    query = adding if job.plan["is_added"] else _REMOVE
    return [(row[0], row[1]) for row in sql.fetch_all(query, params)]


def _undo_slice(job: Job) -> bool:
    now = clock.now()
    marks = BulkMark.objects.filter(job_id=job.plan["of"], id__gt=job.cursor.get("after", 0))
    rows = list(marks.order_by("id").values_list("id", "is_added")[:SLICE_ROWS])
    if not rows:
        finish(job)
        return False
    carry_out_marks(
        [MarkedPair(pk, is_added=not is_added) for pk, is_added in rows],
        key="tag:undo:",
        reason=job.title,
        due_at=now + timedelta(seconds=job.done_count / CALLS_A_SECOND),
        now=now,
    )
    move(
        job,
        cursor={**job.cursor, "after": rows[-1][0]},
        done_count=job.done_count + len(rows),
        result={"changed": job.result.get("changed", 0) + len(rows)},
    )
    return True
