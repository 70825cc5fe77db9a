"""The list of channel codes: what a row shows, filtering, sorting, the Excel file."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.core.paginator import Page, Paginator
from django.db.models import Q, prefetch_related_objects
from django.http import HttpRequest, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from campaigns.models import ChannelCode
from campaigns.selectors.channel_codes import channel_codes_visible_to
from campaigns.selectors.code_figures import CodeFigures, figures_of, is_ill, is_quiet
from org.models import User
from scrm.web.workbooks import Cell
from wecom.advice import advice_of_text

PAGE_ROWS: Final = 25
STATES: Final = ("on", "ill", "off", "all")


@dataclass(frozen=True, slots=True)
class Mark:
    """A badge: what is the matter, and how bad it is."""

    label: str
    tone: str
    about: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One code of the list."""

    code: ChannelCode
    figures: CodeFigures
    marks: list[Mark]
    is_ill: bool

    @property
    def staff_names(self) -> str:
        """The first few who answer, and how many there are."""
        names = [str(member) for member in self.code.staff.all()]
        shown = "、".join(names[:3])
        return (
            _("{names} 等 {count} 人").format(names=shown, count=len(names)) if names[3:] else shown
        )

    @property
    def tag_names(self) -> list[str]:
        """What customers are tagged with."""
        return [tag.name for tag in self.code.tags.all()]


@dataclass(frozen=True, slots=True)
class Tab:
    """One of the states that the list may be narrowed to."""

    label: str
    url: str
    is_on: bool
    count: int


_SORTS: Final[dict[str, Callable[[Row], Any]]] = {
    "name": lambda row: row.code.name,
    "added": lambda row: row.figures.added_count,
    "week": lambda row: row.figures.week_added_count,
    "day_loss": lambda row: row.figures.day_loss_ratio or 0.0,
    "week_loss": lambda row: row.figures.week_loss_ratio or 0.0,
    "last": lambda row: row.figures.last_added_at.timestamp() if row.figures.last_added_at else 0.0,
}


@dataclass(frozen=True, slots=True)
class Listing:
    """The codes that the viewer asked for."""

    rows: list[Row]
    tabs: list[Tab]
    total: int

    def page(self, number: str | None) -> Page[Row]:
        """Return one page of the rows, its staff and tags read."""
        page = Paginator(self.rows, PAGE_ROWS).get_page(number)
        prefetch_related_objects([row.code for row in page], "staff", "tags")
        return page


def list_codes(request: HttpRequest, viewer: User, *, now: datetime) -> Listing:
    """Return the codes that fit the address: `q`, `state`, `sort`."""
    codes = list(_searched(viewer, request.GET).order_by("-id"))
    figures = figures_of(codes, viewer=viewer, now=now)
    rows = [_row(code, figures[code.pk], now=now) for code in codes]
    chosen = request.GET.get("state", "on")
    by_state = {state: [row for row in rows if _is_in(row, state)] for state in STATES}
    shown = by_state.get(chosen, by_state["on"])
    return Listing(
        rows=_sorted(shown, request.GET.get("sort", "")),
        tabs=_tabs(request, chosen if chosen in STATES else "on", by_state),
        total=len(rows),
    )


def sheet_rows(rows: Sequence[Row]) -> Iterator[list[Cell]]:
    """Yield the rows of the Excel file, in the order of `sheet_heads`."""
    prefetch_related_objects([row.code for row in rows], "staff", "tags")
    for row in rows:
        yield [
            row.code.name,
            row.code.state,
            "、".join(str(member) for member in row.code.staff.all()),
            "、".join(tag.name for tag in row.code.tags.all()),
            "、".join(mark.label for mark in row.marks),
            row.figures.added_count,
            row.figures.friend_count,
            row.figures.week_added_count,
            row.figures.day_loss_ratio,
            row.figures.week_loss_ratio,
            row.figures.last_added_at,
            row.code.created_at,
        ]


def sheet_heads() -> list[tuple[str, int]]:
    """Return the columns of the Excel file with their widths."""
    return [
        (_("名称"), 26),
        (_("渠道参数"), 16),
        (_("员工"), 30),
        (_("自动打标"), 24),
        (_("状态"), 20),
        (_("累计新增"), 12),
        (_("仍是好友"), 12),
        (_("近7日新增"), 12),
        (_("24小时流失率"), 14),
        (_("7日流失率"), 14),
        (_("最近新增"), 20),
        (_("创建时间"), 20),
    ]


def marks_of(code: ChannelCode, figures: CodeFigures, *, now: datetime) -> list[Mark]:
    """Return what the list says of a code: its state, then what is not well."""
    marks = [_state_mark(code)]
    if is_quiet(code, figures, now=now):
        marks.append(Mark(_("7 天无新增"), "warn", _("创建超过 7 天，近 7 日没有人添加")))
    if figures.is_day_loss_high:
        marks.append(Mark(_("24 小时流失高"), "bad", _("超过 8 % 的新客户在 24 小时内删除了员工")))
    if figures.is_week_loss_high:
        marks.append(Mark(_("7 日流失高"), "bad", _("超过 15 % 的新客户在 7 天内删除了员工")))
    return marks


def _state_mark(code: ChannelCode) -> Mark:
    if code.last_error:
        return Mark(_("同步失败"), "bad", advice_of_text(code.last_error).problem)
    if not code.is_in_step:
        return Mark(_("同步中"), "warn", _("正在告诉企业微信，通常半分钟内完成"))
    if not code.is_enabled:
        return Mark(_("已停用"), "")
    return Mark(_("启用中"), "ok")


def _row(code: ChannelCode, figures: CodeFigures, *, now: datetime) -> Row:
    marks = marks_of(code, figures, now=now)
    return Row(code, figures, marks, is_ill(code, figures, now=now))


def _searched(viewer: User, query: QueryDict) -> Any:
    codes = channel_codes_visible_to(viewer)
    words = query.get("q", "").replace("\x00", "").strip()[:64]
    if words:
        codes = codes.filter(Q(name__icontains=words) | Q(state__icontains=words))
    return codes


def _is_in(row: Row, state: str) -> bool:
    return {
        "on": row.code.is_enabled,
        "off": not row.code.is_enabled,
        "ill": row.is_ill,
        "all": True,
    }[state]


def _sorted(rows: list[Row], sort: str) -> list[Row]:
    key = _SORTS.get(sort.removeprefix("-"))
    return rows if key is None else sorted(rows, key=key, reverse=sort.startswith("-"))


def _tabs(request: HttpRequest, chosen: str, by_state: dict[str, list[Row]]) -> list[Tab]:
    labels = {"on": _("启用中"), "ill": _("需要看看"), "off": _("已停用"), "all": _("全部")}
    tabs = []
    for state in STATES:
        values = request.GET.copy()
        values.pop("page", None)
        values["state"] = state
        url = f"{reverse('codes')}?{values.urlencode()}"
        tabs.append(Tab(labels[state], url, state == chosen, len(by_state[state])))
    return tabs
