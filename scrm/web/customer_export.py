"""Customers as an Excel file (导出客户): phones masked, written row by row, never whole in memory.

A long export is a job of parts, one file each; a short one is answered at once. Whatever stands in
a cell was written by strangers: texts are texts, never formulas or links.
"""

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, TypeAlias

import xlsxwriter  # type: ignore[import-untyped] # it ships no types
from django.utils.translation import gettext as _

from campaigns.models import ChannelCode
from common import clock
from customers.models import Profile
from customers.selectors.listing import ids_after
from customers.selectors.rows import CustomerRow, rows_of
from org.models import Job, User
from org.services.jobs import finish, keep_file, move
from scrm.web.customer_filter import chosen_customers

# So many are answered at once.
AT_ONCE: Final = 2_000
BATCH_ROWS: Final = 500
PART_ROWS: Final = 20_000
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Cell: TypeAlias = str | int | float | datetime
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
    file = io.BytesIO()
    safe = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    codes = dict(ChannelCode.objects.values_list("state", "name"))
    with xlsxwriter.Workbook(file, safe) as book:
        sheet = book.add_worksheet(_("客户"))
        head = book.add_format({"bold": True, "bg_color": "#EEF2F8"})
        moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        money = book.add_format({"num_format": "#,##0.00"})
        for column, width in enumerate(_WIDTHS):
            sheet.set_column(column, column, width)
        sheet.freeze_panes(1, 0)
        for column, words in enumerate(_heads()):
            sheet.write_string(0, column, words, head)
        for line, row in enumerate(_rows(ids), start=1):
            for column, value in enumerate(_cells(row, codes)):
                _write(sheet, line, column, value, moment=moment, money=money)
    return file.getvalue()


def _write(sheet: Any, line: int, column: int, value: Cell, *, moment: Any, money: Any) -> None:
    if isinstance(value, datetime):
        local = value.astimezone(clock.SHANGHAI).replace(tzinfo=None)
        sheet.write_datetime(line, column, local, moment)
    elif isinstance(value, str):
        sheet.write_string(line, column, value)
    else:
        sheet.write_number(line, column, value, money if isinstance(value, float) else None)


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
