"""What the dashboard's tables and charts show (图表与表格): each number with its address."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from analytics.selectors.dashboard import Dashboard, SlotRow, SourceRow, StaffRow
from analytics.selectors.journey_counts import JourneyCounts
from analytics.selectors.periods import Period
from common import clock
from scrm.console.dashboard.asking import Asked
from scrm.web.reason_words import reason_words
from touches.models import Touch

STAFF_SHOWN: Final = 12
SOURCES_SHOWN: Final = 12
SHADES: Final = 6
HOURS: Final = range(24)


@dataclass(frozen=True, slots=True)
class Number:
    """A number in a table, with the address of what it counts."""

    value: int
    url: str


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the funnel; `share` is of the step before, `whole` of the first."""

    label: str
    number: Number
    share: float | None
    whole: int


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a table."""

    name: str
    numbers: list[Number]
    detail: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class HeatCell:
    """One hour of the week; `shade` is 0 for none up to `SHADES`."""

    number: Number
    shade: int
    label: str


def series_data(found: Dashboard, asked: Asked) -> dict[str, Any]:
    """Return the data of the series for the chart."""
    return {
        "categories": [f"{day.day:%m-%d}" for day in found.series],
        "urls": [asked.people_url("added", days=Period(day.day, day.day)) for day in found.series],
        "series": [
            {"name": _("新增客户"), "values": [day.added for day in found.series]},
            {"name": _("流失客户"), "values": [day.lost for day in found.series], "tone": "bad"},
            {
                "name": _("打开素材客户"),
                "values": [day.readers for day in found.series],
                "kind": "line",
                "second": True,
            },
            {
                "name": _("已发出触达"),
                "values": [found.sent.get(day.day, 0) for day in found.series],
                "kind": "line",
                "second": True,
            },
        ],
    }


def series_lines(found: Dashboard, asked: Asked) -> list[Line]:
    """Return the series as a table, the latest day first."""
    return [_series_line(found, asked, day.day, day) for day in reversed(found.series)]


def funnel(found: Dashboard, asked: Asked) -> list[Step]:
    """Return added, first read, first reply; each step is part of the one before."""
    people = found.people
    steps = (
        (_("添加"), people.added, "added"),
        (_("首次阅读"), people.added_read, "added_read"),
        (_("首次回复"), people.added_replied, "added_replied"),
    )
    before: int | None = None
    told = []
    for label, value, metric in steps:
        share = value / before if before else None
        told.append(Step(label, Number(value, asked.people_url(metric)), share, people.added))
        before = value
    return told


def suppressed(found: Dashboard, asked: Asked) -> list[Line]:
    """Return why touches were suppressed, the most frequent first."""
    return [
        Line(
            reason_words(reason) or _("未说明"),
            [Number(n, asked.touches_url(state="suppressed", reason=reason))],
        )
        for reason, n in found.touches.reasons.most_common()
    ]


def journeys(found: Dashboard, asked: Asked) -> list[dict[str, Any]]:
    """Return the journeys with both groups, and what may be said of the difference."""
    return [_journey(counts, asked) for counts in found.journeys]


def staff(found: Dashboard, asked: Asked, *, is_whole: bool) -> list[Line]:
    """Return the staff, at first those with most to do."""
    rows = found.staff if is_whole else found.staff[:STAFF_SHOWN]
    return [_staff_line(row, asked) for row in rows]


def sources(found: Dashboard, asked: Asked, *, is_whole: bool) -> list[Line]:
    """Return the channel codes that brought somebody, at first those that brought most."""
    rows = found.sources if is_whole else found.sources[:SOURCES_SHOWN]
    return [_source_line(row, asked) for row in rows]


def heat(found: Dashboard, asked: Asked) -> list[tuple[str, list[HeatCell]]]:
    """Return the hours of the week, a row a weekday."""
    most = max(found.heat.values(), default=0)
    return [
        (name, [_heat_cell(found.heat, weekday, name, hour, most, asked) for hour in HOURS])
        for weekday, name in enumerate(weekdays(), 1)
    ]


def slots(found: Dashboard, asked: Asked) -> list[dict[str, Any]]:
    """Return today's slots."""
    return [_slot(row, asked) for row in found.slots]


def _series_line(found: Dashboard, asked: Asked, day: date, counts: Any) -> Line:
    alone = Period(day, day)
    return Line(
        day.isoformat(),
        [
            Number(counts.added, asked.people_url("added", days=alone)),
            Number(counts.lost, asked.people_url("lost", days=alone)),
            Number(counts.readers, asked.people_url("readers", days=alone)),
            Number(found.sent.get(day, 0), asked.touches_url(days=alone, state="sent")),
        ],
    )


def _journey(counts: JourneyCounts, asked: Asked) -> dict[str, Any]:
    def number(value: int, metric: str) -> Number:
        return Number(value, asked.people_url(metric, journey=counts.code))

    return {
        "name": counts.name,
        "code": counts.code,
        "state": counts.state,
        "active": number(counts.active, "journey_active"),
        "treated": number(counts.treated, "journey_treated"),
        "treated_goal": number(counts.treated_goal, "journey_treated_goal"),
        "treated_share": counts.treated_goal / counts.treated if counts.treated else None,
        "control": number(counts.control, "journey_control"),
        "control_goal": number(counts.control_goal, "journey_control_goal"),
        "control_share": counts.control_goal / counts.control if counts.control else None,
        "effect": _effect(counts),
        "is_clear": counts.effect is not None and counts.effect.is_clear,
    }


def _effect(counts: JourneyCounts) -> str:
    """Say the difference with its interval, or that nothing can be said."""
    found = counts.effect
    if not counts.control:
        return _("无对照组")
    if found is None:
        return _("样本不足")
    return _("{gap} 个百分点（95% 区间 {low} ~ {high}）").format(
        gap=f"{found.value * 100:+.1f}",
        low=f"{found.low * 100:+.1f}",
        high=f"{found.high * 100:+.1f}",
    )


def _staff_line(row: StaffRow, asked: Asked) -> Line:
    staff = row.staff.pk

    def tasks(value: int, state: str) -> Number:
        return Number(value, asked.touches_url(lane="T", state=state, staff=staff))

    def people(value: int, metric: str) -> Number:
        return Number(value, asked.people_url(metric, staff=staff))

    return Line(
        str(row.staff),
        [
            tasks(row.tasks.todo, "dispatched"),
            tasks(row.tasks.done, "confirmed"),
            tasks(row.tasks.overdue, "expired"),
            people(row.added, "added"),
            people(row.lost, "lost"),
            people(row.readers, "readers"),
        ],
        detail=row.staff.job_title,
    )


def _source_line(row: SourceRow, asked: Asked) -> Line:
    counts = row.counts

    def number(value: int, metric: str) -> Number:
        return Number(value, asked.people_url(metric, source=counts.state))

    name = row.name or counts.state or _("无渠道参数")
    return Line(
        name,
        [
            number(counts.added, "added"),
            number(counts.read, "added_read"),
            number(counts.replied, "added_answered"),
            number(counts.gone, "added_gone"),
        ],
        detail=counts.state if row.name else "",
    )


def _heat_cell(
    counts: Mapping[tuple[int, int], int],
    weekday: int,
    name: str,
    hour: int,
    most: int,
    asked: Asked,
) -> HeatCell:
    value = counts.get((weekday, hour), 0)
    shade = -(-value * SHADES // most) if most else 0
    label = _("{weekday} {hour}:00–{hour}:59，{n} 位客户").format(weekday=name, hour=hour, n=value)
    return HeatCell(
        Number(value, asked.people_url("active", weekday=weekday, hour=hour)), shade, label
    )


def _slot(row: SlotRow, asked: Asked) -> dict[str, Any]:
    counts = row.counts
    day = clock.local_date(counts.at)
    at = counts.at.astimezone(clock.SHANGHAI).strftime("%H:%M")

    def number(state: Touch.State) -> Number:
        url = asked.touches_url(days=Period(day, day), lane="M", state=state.value, at=at)
        return Number(counts.by_state.get(state, 0), url)

    return {
        "at": at,
        "total": Number(counts.total, asked.touches_url(days=Period(day, day), lane="M", at=at)),
        "waiting": number(Touch.State.DISPATCHED),
        "delivered": number(Touch.State.DELIVERED),
        "suppressed": number(Touch.State.SUPPRESSED),
        "progress": row.progress,
        "url": f"{reverse('dispatches')}?{urlencode(asked.params | _only(day) | {'at': at})}",
    }


def _only(day: date) -> dict[str, str]:
    return {"start": day.isoformat(), "end": day.isoformat()}


def weekdays() -> tuple[str, ...]:
    """Return the names of the days of the week."""
    return (
        pgettext("weekday", "周一"),
        pgettext("weekday", "周二"),
        pgettext("weekday", "周三"),
        pgettext("weekday", "周四"),
        pgettext("weekday", "周五"),
        pgettext("weekday", "周六"),
        pgettext("weekday", "周日"),
    )
