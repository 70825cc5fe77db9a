"""Customers as an Excel file (导出客户): phones masked, written row by row, never whole in memory.

A long export is a job of parts, one file each; a short one is answered at once. Whatever stands in
a cell was written by strangers: texts are texts, never formulas or links.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from django.utils.translation import gettext as _

from campaigns.models import ChannelCode
from common import clock
from customers.models import Profile
from customers.selectors.listing import ids_after
from customers.selectors.rows import CustomerRow, rows_of
from org.models import Job, User
from org.services.jobs import finish, keep_file, move
from scrm.web.customer_filter import chosen_customers
from scrm.web.workbooks import Cell, Sheet, workbook

# So many are answered at once.
AT_ONCE: Final = 2_000
BATCH_ROWS: Final = 500
PART_ROWS: Final = 20_000
_WIDTHS: Final = (18, 18, 38, 14, 8, 8, 28, 18, 18, 14, 10, 10, 18, 18)


def export_now(user: User, chosen: Mapping[str, Any]) -> bytes:
    """Return the file of a short list."""
    return _written(_ids(user, chosen, after=0, most=AT_ONCE))


def export_step(job: Job) -> bool:
    """Write the next part of a long export: the step of its job."""
    now = clock.now()
    user = User.objects.select_related("staff").get(pk=job.plan["user"])
    after, part = job.cursor.get("after", 0), job.cursor.get("part", 0)
    ids = list(_ids(user, job.plan["chosen"], after=after, most=PART_ROWS))
    if ids or not part:
        part += 1
        name = f"{_('客户')}-{clock.local_date(job.created_at):%Y%m%d}-{part:02}.xlsx"
        keep_file(job, number=part, name=name, content=_written(ids), now=now)
    done = job.done_count + len(ids)
    if len(ids) < PART_ROWS:
        finish(job, done_count=done, result={"rows": done, "files": part})
        return False
    move(job, cursor={**job.cursor, "after": ids[-1], "part": part}, done_count=done)
    return True


def _ids(user: User, chosen: Mapping[str, Any], *, after: int, most: int) -> Iterator[int]:
    customers, words = chosen_customers(user, chosen, clock.now())
    while most > 0:
        ids = ids_after(customers, words=words, after=after, limit=min(BATCH_ROWS, most))
        yield from ids
        if len(ids) < min(BATCH_ROWS, most):
            return
        after, most = ids[-1], most - len(ids)


def _written(ids: Iterable[int]) -> bytes:
    """Write a workbook of these customers."""
    codes = dict(ChannelCode.objects.values_list("state", "name"))
    rows = (_cells(row, codes) for row in _rows(ids))
    return workbook([Sheet(_("客户"), list(zip(_heads(), _WIDTHS, strict=True)), rows)])


def _rows(ids: Iterable[int]) -> Iterator[CustomerRow]:
    batch: list[int] = []
    for one in ids:
        batch.append(one)
        if len(batch) == BATCH_ROWS:
            yield from rows_of(batch)
            batch = []
    yield from rows_of(batch)


def _heads() -> Sequence[str]:
    return (
        _("昵称"),
        _("备注"),
        _("统一客户 ID"),
        _("手机（脱敏）"),
        _("关系"),
        _("生命周期"),
        _("标签"),
        _("跟进员工"),
        _("来源渠道"),
        _("累计消费（元）"),
        _("订单数"),
        _("打开素材"),
        _("添加时间"),
        _("最近互动"),
    )


def _cells(row: CustomerRow, codes: Mapping[str, str]) -> Sequence[Cell]:
    return (
        row.name,
        row.remark,
        str(row.uid),
        "、".join(row.mobiles),
        str(Profile.Relation(row.relation).label),
        str(Profile.Stage(row.stage).label),
        "、".join(tag.name for tag in row.tags),
        "、".join(row.owners),
        codes.get(row.state, row.state),
        row.spent_fen / 100,
        row.order_count,
        row.open_count,
        row.added_at or "",
        row.active_at or "",
    )
