"""The dashboard (数据看板): every figure of a scope and period, and those of the period before."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from analytics.selectors import counts, touch_counts
from analytics.selectors.counts import DayCounts, PeopleCounts, SourceCounts
from analytics.selectors.freshness import folded_until
from analytics.selectors.journey_counts import JourneyCounts, journey_counts
from analytics.selectors.periods import Period, day_start, last_days
from analytics.selectors.scopes import Scope
from analytics.selectors.touch_counts import SlotCounts, StaffTasks, TouchCounts
from campaigns.models import ChannelCode
from common.clock import local_date
from org.models import Staff
from touches.selectors.mass_tasks import SlotProgress, slot_progress

SERIES_DAYS: Final = 30


@dataclass(frozen=True, slots=True)
class StaffRow:
    """One staff member (员工表)."""

    staff: Staff
    tasks: StaffTasks
    added: int
    lost: int
    readers: int


@dataclass(frozen=True, slots=True)
class SourceRow:
    """One source (来源表); without a code where the state is none of ours."""

    counts: SourceCounts
    name: str


@dataclass(frozen=True, slots=True)
class SlotRow:
    """One slot of today (今日时段); `progress` where its tasks have been made."""

    counts: SlotCounts
    progress: SlotProgress | None


@dataclass(frozen=True, slots=True)
class Dashboard:
    """Everything the dashboard shows (数据看板).

    Attributes:
        friends: At the end of the period.
        people, touches: Of the period; `..._before` of as many days before it.
        series: The last thirty days until the end of the period; `sent` goes with it.
        heat: Customers by (weekday, hour) over four weeks.
        slots: Of today, whatever the period.
        folded_at: As of when the facts are; None before they were folded once.
    """

    period: Period
    folded_at: datetime | None
    friends: int
    people: PeopleCounts
    people_before: PeopleCounts
    touches: TouchCounts
    touches_before: TouchCounts
    series: list[DayCounts]
    sent: Mapping[date, int]
    heat: Mapping[tuple[int, int], int]
    sources: list[SourceRow]
    journeys: list[JourneyCounts]
    staff: list[StaffRow]
    slots: list[SlotRow]

    @property
    def friends_before(self) -> int:
        """Friends when the period began."""
        return self.friends - self.people.net


def dashboard(scope: Scope, period: Period, *, now: datetime) -> Dashboard:
    """Count everything the dashboard shows; a constant number of queries."""
    days = last_days(SERIES_DAYS, until=period.last)
    return Dashboard(
        period=period,
        folded_at=folded_until(),
        friends=counts.friend_count(scope, period, now=now),
        people=counts.people_counts(scope, period),
        people_before=counts.people_counts(scope, period.before),
        touches=touch_counts.touch_counts(scope, period),
        touches_before=touch_counts.touch_counts(scope, period.before),
        series=counts.day_counts(scope, days),
        sent=touch_counts.sent_by_day(scope, days),
        heat=counts.heat_counts(scope, until=period.last),
        sources=source_rows(scope, period),
        journeys=journey_counts(scope, period),
        staff=staff_rows(scope, period),
        slots=slot_rows(scope, local_date(now)),
    )


def source_rows(scope: Scope, period: Period) -> list[SourceRow]:
    """Return what each channel code brought, the most first."""
    sources = counts.source_counts(scope, period)
    states = [source.state for source in sources if source.state]
    names = dict(ChannelCode.objects.filter(state__in=states).values_list("state", "name"))
    return [SourceRow(source, names.get(source.state, "")) for source in sources]


def staff_rows(scope: Scope, period: Period) -> list[StaffRow]:
    """Return whoever has a figure in the period, those with overdue tasks first."""
    people = counts.staff_people(scope, period)
    tasks = touch_counts.staff_tasks(scope, period)
    rows = [
        StaffRow(
            staff=staff,
            tasks=tasks.get(staff.pk, StaffTasks()),
            added=people.get(staff.pk, {}).get("added", 0),
            lost=people.get(staff.pk, {}).get("lost", 0),
            readers=people.get(staff.pk, {}).get("readers", 0),
        )
        for staff in Staff.objects.filter(pk__in={*people, *tasks})
    ]
    return sorted(
        rows, key=lambda row: (-row.tasks.overdue, -row.tasks.todo, -row.added, row.staff.pk)
    )


def slot_rows(scope: Scope, day: date) -> list[SlotRow]:
    """Return the slots of a day with how far the staff are."""
    whole = Period(day, day)
    progress = slot_progress(start=day_start(day), end=whole.end, staff_ids=scope.staff_ids)
    return [SlotRow(slot, progress.get(slot.at)) for slot in touch_counts.slot_counts(scope, day)]
