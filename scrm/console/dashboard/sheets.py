"""The dashboard as Excel files (导出看板)."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from analytics.selectors.dashboard import Dashboard
from analytics.selectors.people_list import PersonRow
from scrm.console.dashboard import figures, telling
from scrm.console.dashboard.asking import Asked
from scrm.console.dashboard.metrics import Metric
from scrm.console.dashboard.people_words import told
from scrm.console.dashboard.telling import Line
from scrm.web.workbooks import Cell, Sheet, workbook


def board_book(found: Dashboard, asked: Asked) -> bytes:
    """Return the workbook of all figures."""
    return workbook(
        [
            _overview(found, asked),
            Sheet(
                _("每日"),
                (_("日期"), _("新增客户"), _("流失客户"), _("打开素材客户"), _("已发出触达")),
                _cells(telling.series_lines(found, asked)),
            ),
            Sheet(
                _("被抑制原因"), (_("原因"), _("触达数")), _cells(telling.suppressed(found, asked))
            ),
            _journeys(found, asked),
            Sheet(
                _("员工"),
                (_("员工"), _("待办"), _("完成"), _("逾期"), _("新增"), _("流失"), _("打开素材")),
                _cells(telling.staff(found, asked, is_whole=True)),
            ),
            Sheet(
                _("来源渠道"),
                (_("渠道"), _("新增"), _("已阅读"), _("已回复"), _("24 小时内删除")),
                _cells(telling.sources(found, asked, is_whole=True)),
            ),
        ]
    )


def people_book(rows: Sequence[PersonRow], metric: Metric) -> bytes:
    """Return the workbook of the customers behind a figure."""
    heads = (_("客户"), _("统一客户 ID"), _("员工"), str(metric.moment), _("说明"))
    cells: list[Sequence[Cell]] = [
        (row.customer.name, str(row.customer.uid), row.staff_name, row.at or "", words)
        for row, words in told(rows)
    ]
    return workbook([Sheet(str(metric.label), heads, cells)])


def _overview(found: Dashboard, asked: Asked) -> Sheet:
    rows: list[Sequence[Cell]] = [
        (group.label, figure.label, figure.value, figure.delta, figure.about)
        for group in figures.groups(found, asked)
        for figure in group.figures
    ]
    return Sheet(_("概览"), (_("类别"), _("指标"), _("数值"), _("较上期"), _("口径")), rows)


def _journeys(found: Dashboard, asked: Asked) -> Sheet:
    heads = (
        _("旅程"),
        _("在途"),
        _("进入"),
        _("达成目标"),
        _("对照组"),
        _("对照组达成"),
        _("差异与区间"),
    )
    rows: list[Sequence[Cell]] = [
        (
            row["name"],
            row["active"].value,
            row["treated"].value,
            row["treated_goal"].value,
            row["control"].value,
            row["control_goal"].value,
            row["effect"],
        )
        for row in telling.journeys(found, asked)
    ]
    return Sheet(_("旅程"), heads, rows)


def _cells(lines: Sequence[Line]) -> list[Sequence[Cell]]:
    return [(line.name, *(number.value for number in line.numbers)) for line in lines]
