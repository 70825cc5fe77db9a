"""The figures of people (客户数字): sizes of what `people` names, for one period."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.db.models import (
    Aggregate,
    Count,
    DurationField,
    ExpressionWrapper,
    F,
    Q,
    QuerySet,
)
from django.db.models.functions import ExtractIsoWeekDay, TruncDate

from analytics.models import FriendSpan
from analytics.selectors import people
from analytics.selectors.periods import Period, last_days
from analytics.selectors.scopes import Scope
from common.clock import SHANGHAI

_PEOPLE: Final = Count("customer_id", distinct=True)


class Median(Aggregate):
    """The middle one of values (中位数)."""

    function = "percentile_cont"
    template = "%(function)s(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"
    name = "Median"


@dataclass(frozen=True, slots=True)
class PeopleCounts:
    """How many customers (客户数字), and how fast staff took care of the new ones.

    Attributes:
        handled: Of the added ones, with whom the staff member they added has done something.
        handling: The median time until then; None where nobody was handled.
    """

    added: int
    added_read: int
    added_replied: int
    handled: int
    handling: timedelta | None
    lost: int
    lost_by_customer: int
    lost_by_staff: int
    readers: int

    @property
    def net(self) -> int:
        """How many more friends than at the start (净增)."""
        return self.added - self.lost


@dataclass(frozen=True, slots=True)
class DayCounts:
    """One day of the series (每日)."""

    day: date
    added: int
    lost: int
    readers: int


@dataclass(frozen=True, slots=True)
class SourceCounts:
    """What came through one channel code (来源); `gone` deleted within 24 hours."""

    state: str
    added: int
    gone: int
    read: int
    replied: int


def people_counts(scope: Scope, period: Period) -> PeopleCounts:
    """Count the people of a period."""
    new = people.added(scope, period).aggregate(
        added=_PEOPLE,
        added_read=_of_those(first_read_at__isnull=False),
        added_replied=_of_those(first_read_at__isnull=False, first_reply_at__isnull=False),
        handled=_of_those(first_action_at__isnull=False),
        handling=Median(
            ExpressionWrapper(F("first_action_at") - F("began_at"), output_field=DurationField()),
            output_field=DurationField(),
        ),
    )
    gone = people.lost(scope, period).aggregate(
        lost=_PEOPLE,
        lost_by_customer=_of_those(ended_by="customer"),
        lost_by_staff=_of_those(ended_by="staff"),
    )
    return PeopleCounts(
        readers=people.count_people(people.readers(scope, period)),
        **new,
        **gone,
    )


def friend_count(scope: Scope, period: Period, *, now: datetime) -> int:
    """Count the friends at the end of a period (有效客户).

    Those of now are counted; what was added and lost since takes them back to then.
    """
    friends = _friends_of_now(scope)
    if period.end > now:
        return friends
    since = Period(period.last + timedelta(days=1), now.astimezone(SHANGHAI).date())
    added = people.count_people(people.added(scope, since))
    return friends - added + people.count_people(people.lost(scope, since))


def day_counts(scope: Scope, period: Period) -> list[DayCounts]:
    """Count the people of each day; a day is a period of its own."""
    added = _by_day(people.added_by_day(scope, period), "began_at")
    lost = _by_day(people.lost_by_day(scope, period), "ended_at")
    reads = people.readers(scope, period).values("active_on").annotate(n=_PEOPLE)
    readers = dict(reads.values_list("active_on", "n"))
    return [
        DayCounts(day, added.get(day, 0), lost.get(day, 0), readers.get(day, 0)) for day in period
    ]


def source_counts(scope: Scope, period: Period) -> list[SourceCounts]:
    """Count whom each channel code brought, the most first."""
    rows = (
        people.added(scope, period)
        .values("state")
        .annotate(
            added=_PEOPLE,
            gone=Count("customer_id", distinct=True, filter=people.IS_GONE_EARLY),
            read=_of_those(first_read_at__isnull=False),
            replied=_of_those(first_reply_at__isnull=False),
        )
        .order_by("-added", "state")
    )
    return [SourceCounts(**row) for row in rows]


def heat_counts(scope: Scope, *, until: date) -> dict[tuple[int, int], int]:
    """Count who was active in each hour of the week, over whole weeks; by (weekday, hour)."""
    rows = (
        people.active(scope, last_days(people.HEAT_DAYS, until=until))
        .annotate(weekday=ExtractIsoWeekDay("active_on"))
        .values("weekday", "hour")
        .annotate(n=_PEOPLE)
    )
    return {(row["weekday"], row["hour"]): row["n"] for row in rows}


def staff_people(scope: Scope, period: Period) -> dict[int, dict[str, int]]:
    """Count added and lost customers and readers of each staff member, as if of a scope alone."""
    counts: dict[int, dict[str, int]] = {}
    for name, rows in people.by_each_staff(scope, period).items():
        for row in rows.values("staff_id").annotate(n=_PEOPLE):
            if row["staff_id"] is not None:
                counts.setdefault(row["staff_id"], {})[name] = row["n"]
    return counts


def _friends_of_now(scope: Scope) -> int:
    """Count open spans, of which every friend of the company has one that is their last."""
    rows = FriendSpan.objects.filter(ended_at=None)
    if scope.staff_ids is None:
        return rows.filter(is_last=True).count()
    return people.count_people(scope.of_people(rows))


def _by_day(rows: QuerySet[FriendSpan], moment: str) -> Mapping[date, int]:
    days = rows.annotate(day=TruncDate(moment, tzinfo=SHANGHAI)).values("day").annotate(n=_PEOPLE)
    return dict(days.values_list("day", "n"))


def _of_those(**condition: Any) -> Count:
    return Count("customer_id", distinct=True, filter=Q(**condition))
