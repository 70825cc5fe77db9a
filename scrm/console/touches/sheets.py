"""Touches as an Excel file (导出触达)."""

from collections.abc import Iterator, Sequence
from typing import Final

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from scrm.console.touches.telling import Row, rows
from scrm.web.workbooks import Cell, Sheet, workbook
from touches.models import Touch
from touches.selectors.lists import slice_of

MOST_ROWS: Final = 20_000
BATCH_ROWS: Final = 1_000


def touches_book(touches: QuerySet[Touch]) -> bytes:
    """Return the workbook of a list, the newest first, up to a limit that the sheet tells."""
    heads = (
        _("客户"),
        _("统一客户 ID"),
        _("员工"),
        _("通道"),
        _("目的"),
        _("标题"),
        _("来源"),
        _("状态"),
        _("原因"),
        _("计划时间"),
        _("结束时间"),
    )
    return workbook([Sheet(_("触达"), heads, _cells(touches))])


def _cells(touches: QuerySet[Touch]) -> Iterator[Sequence[Cell]]:
    left, before = MOST_ROWS, None
    loaded = touches.select_related("identity__customer", "staff")
    while left > 0:
        part = slice_of(loaded, limit=min(BATCH_ROWS, left), before=before)
        yield from (_row(row) for row in rows(part.rows))
        left -= len(part.rows)
        before = part.older
        if before is None:
            return
    yield (_("仅导出最近 {n} 条，请缩小筛选范围。").format(n=f"{MOST_ROWS:,}"),)


def _row(row: Row) -> Sequence[Cell]:
    touch = row.touch
    return (
        row.customer.name,
        str(row.customer.uid),
        str(touch.staff),
        touch.get_lane_display(),
        touch.get_purpose_display(),
        touch.title,
        row.origin,
        row.state,
        row.reason,
        touch.due_at,
        touch.finished_at or "",
    )
