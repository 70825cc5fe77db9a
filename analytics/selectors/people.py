"""The people behind a figure (数字背后的客户): each figure of people is the size of one of these.

State is relative to the scope: who was a friend of another department's staff is new to ours.
So for any scope and any days: friends at the end = friends at the start + added - lost.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import (
    DateTimeField,
    DurationField,
    Exists,
    F,
    Func,
    OuterRef,
    Q,
    QuerySet,
    Value,
)

from analytics.errors import UnknownFigure
from analytics.models import ActivityHour, FriendSpan
from analytics.selectors.journey_counts import REACHED, active_runs, entered_runs
from analytics.selectors.periods import Period, last_days
from analytics.selectors.scopes import Scope
from customers.models import Customer

# The heat map is of whole weeks.
HEAT_DAYS: Final = 28
EARLY_LOSS: Final = timedelta(hours=24)
IS_GONE_EARLY: Final = Q(ended_at__lte=F("began_at") + EARLY_LOSS)

Rows = QuerySet[Any]


class _DayStart(Func):
    """The moment at which a moment's local day begins; `Trunc` would lose its time zone."""

    function = "date_trunc"
    template = "%(function)s('day', %(expressions)s, 'Asia/Shanghai')"
    output_field = DateTimeField()


@dataclass(frozen=True, slots=True)
class Cut:
    """What a figure is narrowed to beside scope and period (下钻条件).

    Attributes:
        source: Channel state (渠道参数); "" is those who came without one.
        weekday: 1 is Monday, with `hour`.
        journey: Code of a journey.
    """

    source: str | None = None
    weekday: int | None = None
    hour: int | None = None
    journey: str = ""


WHOLE: Final = Cut()


def friends_at(scope: Scope, moment: datetime) -> QuerySet[FriendSpan]:
    """Return spans of those who were friends just before a moment (有效客户)."""
    return scope.of_people(_open_at(moment))


def added(scope: Scope, period: Period) -> QuerySet[FriendSpan]:
    """Return spans that began in the period, of those who were no friends before it (新增客户)."""
    rows = scope.of_people(
        FriendSpan.objects.filter(began_at__gte=period.start, began_at__lt=period.end)
    )
    return rows.filter(Q(is_first=True) | ~_was_friend(scope, period.start))


def lost(scope: Scope, period: Period) -> QuerySet[FriendSpan]:
    """Return spans that ended in the period, of those who were no friends after it (流失客户)."""
    rows = scope.of_people(
        FriendSpan.objects.filter(ended_at__gte=period.start, ended_at__lt=period.end)
    )
    return rows.filter(Q(is_last=True) | ~_was_friend(scope, period.end))


def added_by_day(scope: Scope, period: Period) -> QuerySet[FriendSpan]:
    """Return spans that began in the period, of those who were no friends before that day."""
    rows = scope.of_people(
        FriendSpan.objects.filter(began_at__gte=period.start, began_at__lt=period.end)
    ).annotate(day_start=_DayStart("began_at"))
    return rows.filter(Q(is_first=True) | ~_was_friend(scope, OuterRef("day_start")))


def lost_by_day(scope: Scope, period: Period) -> QuerySet[FriendSpan]:
    """Return spans that ended in the period, of those who were no friends after that day."""
    rows = scope.of_people(
        FriendSpan.objects.filter(ended_at__gte=period.start, ended_at__lt=period.end)
    ).annotate(
        day_end=_DayStart("ended_at") + Value(timedelta(days=1), output_field=DurationField())
    )
    return rows.filter(Q(is_last=True) | ~_was_friend(scope, OuterRef("day_end")))


def readers(scope: Scope, period: Period) -> QuerySet[ActivityHour]:
    """Return hours in which somebody opened a link of the staff counted (打开素材的客户)."""
    return scope.of_people(
        ActivityHour.objects.filter(
            kind=ActivityHour.Kind.READ, active_on__range=(period.first, period.last)
        )
    )


def active(scope: Scope, period: Period) -> QuerySet[ActivityHour]:
    """Return hours in which somebody read or wrote (活跃客户)."""
    return scope.of_people(
        ActivityHour.objects.filter(
            kind__in=ActivityHour.Kind.values, active_on__range=(period.first, period.last)
        )
    )


def by_each_staff(scope: Scope, period: Period) -> Mapping[str, Rows]:
    """Return the facts of a period, each judged by its own staff member alone."""
    began = FriendSpan.objects.filter(began_at__gte=period.start, began_at__lt=period.end)
    ended = FriendSpan.objects.filter(ended_at__gte=period.start, ended_at__lt=period.end)
    return {
        "added": scope.of_people(began).filter(Q(is_first=True) | ~_was_of_staff(period.start)),
        "lost": scope.of_people(ended).filter(Q(is_last=True) | ~_was_of_staff(period.end)),
        "readers": readers(scope, period),
    }


def people_behind(
    figure: str, *, scope: Scope, period: Period, cut: Cut = WHOLE
) -> QuerySet[Customer]:
    """Return exactly the customers that a figure counts, without an order.

    Raises:
        UnknownFigure: there is no figure of that name.
    """
    rows = rows_behind(figure, scope=scope, period=period, cut=cut)
    return Customer.objects.filter(pk__in=rows.values("customer_id"))


def rows_behind(figure: str, *, scope: Scope, period: Period, cut: Cut = WHOLE) -> Rows:
    """Return the facts that a figure counts the customers of.

    Raises:
        UnknownFigure: there is no figure of that name.
    """
    choose = _FIGURES.get(figure)
    if choose is None:
        raise UnknownFigure(figure)
    return choose(scope, period, cut)


def count_people(rows: Rows) -> int:
    """Return how many customers some facts are of."""
    return rows.values("customer_id").distinct().count()


def _open_at(moment: Any) -> QuerySet[FriendSpan]:
    goes_on = Q(ended_at=None) | Q(ended_at__gte=moment)
    return FriendSpan.objects.filter(goes_on, began_at__lt=moment)


def _was_friend(scope: Scope, moment: Any) -> Exists:
    """Whether the customer of a span was a friend of the staff counted just before a moment."""
    return Exists(scope.by_staff(_open_at(moment).filter(customer_id=OuterRef("customer_id"))))


def _was_of_staff(moment: datetime) -> Exists:
    """Whether the customer of a span was a friend of its own staff member just before a moment."""
    return Exists(
        _open_at(moment).filter(customer_id=OuterRef("customer_id"), staff_id=OuterRef("staff_id"))
    )


def _of_source(rows: QuerySet[FriendSpan], cut: Cut) -> QuerySet[FriendSpan]:
    return rows if cut.source is None else rows.filter(state=cut.source)


def _added(scope: Scope, period: Period, cut: Cut) -> Rows:
    return _of_source(added(scope, period), cut)


def _active_then(scope: Scope, period: Period, cut: Cut) -> Rows:
    rows = active(scope, last_days(HEAT_DAYS, until=period.last))
    if cut.weekday is None or cut.hour is None:
        return rows
    return rows.filter(active_on__iso_week_day=cut.weekday, hour=cut.hour)


def _on_the_way(scope: Scope, period: Period, cut: Cut) -> Rows:
    return active_runs(scope).filter(journey__code=cut.journey)


def _entered(scope: Scope, period: Period, cut: Cut) -> Rows:
    return entered_runs(scope, period).filter(journey__code=cut.journey)


_FIGURES: Final[Mapping[str, Callable[[Scope, Period, Cut], Rows]]] = {
    "friends": lambda scope, period, _: friends_at(scope, period.end),
    "added": _added,
    "added_read": lambda *about: _added(*about).filter(first_read_at__isnull=False),
    "added_replied": lambda *about: _added(*about).filter(
        first_read_at__isnull=False, first_reply_at__isnull=False
    ),
    "added_answered": lambda *about: _added(*about).filter(first_reply_at__isnull=False),
    "added_handled": lambda *about: _added(*about).filter(first_action_at__isnull=False),
    "added_gone": lambda *about: _added(*about).filter(IS_GONE_EARLY),
    "lost": lambda scope, period, _: lost(scope, period),
    "lost_by_customer": lambda scope, period, _: lost(scope, period).filter(ended_by="customer"),
    "lost_by_staff": lambda scope, period, _: lost(scope, period).filter(ended_by="staff"),
    "readers": lambda scope, period, _: readers(scope, period),
    "active": _active_then,
    "journey_active": _on_the_way,
    "journey_treated": lambda *about: _entered(*about).filter(is_control=False),
    "journey_control": lambda *about: _entered(*about).filter(is_control=True),
    "journey_treated_goal": lambda *about: _entered(*about).filter(REACHED, is_control=False),
    "journey_control_goal": lambda *about: _entered(*about).filter(REACHED, is_control=True),
}
