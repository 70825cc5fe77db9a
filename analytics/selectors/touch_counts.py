"""The figures of touches (触达数字): by state, lane and reason, of the days they were due."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from django.db.models import Count, Q, QuerySet, Sum

from analytics.models import TouchDay
from analytics.selectors.periods import Period
from analytics.selectors.scopes import Scope
from touches.models import Touch

State = Touch.State
# What has left the house, whatever became of it.
SENT: Final = (State.DISPATCHED, State.CONFIRMED, State.DELIVERED)


@dataclass(slots=True)
class TouchCounts:
    """How many touches (触达数字) of some days, by what became of them.

    Attributes:
        by_state: Of all lanes.
        reasons: Why the suppressed ones were suppressed, without particulars.
        tasks: Of lane T alone, by state.
        on_time: Tasks that were done within their validity.
    """

    by_state: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    tasks: Counter[str] = field(default_factory=Counter)
    on_time: int = 0

    @property
    def planned(self) -> int:
        """All of them (计划触达)."""
        return self.by_state.total()

    @property
    def sent(self) -> int:
        """What has left the house (已发出): handed to staff or to the customer."""
        return sum(self.by_state[state] for state in SENT)

    @property
    def delivered(self) -> int:
        """What WeCom says it delivered (送达成功)."""
        return self.by_state[State.DELIVERED]

    @property
    def suppressed(self) -> int:
        """What was held back (被抑制)."""
        return self.by_state[State.SUPPRESSED]

    @property
    def due_tasks(self) -> int:
        """Tasks that were done or ran out (应完成)."""
        return self.tasks[State.CONFIRMED] + self.tasks[State.EXPIRED]


@dataclass(frozen=True, slots=True)
class StaffTasks:
    """Tasks of one staff member (员工任务): open, done, overdue."""

    todo: int = 0
    done: int = 0
    overdue: int = 0


@dataclass(frozen=True, slots=True)
class SlotCounts:
    """How the touches of one slot stand (时段)."""

    at: datetime
    by_state: Mapping[str, int]

    @property
    def total(self) -> int:
        """All customers of the slot."""
        return sum(self.by_state.values())


def touch_counts(scope: Scope, period: Period) -> TouchCounts:
    """Count the touches that were due in a period."""
    counts = TouchCounts()
    rows = _days(scope, period).values_list("lane", "state", "reason")
    for lane, state, reason, n, on_time in rows.annotate(
        n=Sum("touch_count"), on_time=Sum("on_time_count")
    ):
        counts.by_state[state] += n
        if state == State.SUPPRESSED:
            counts.reasons[reason] += n
        if lane == Touch.Lane.TASK:
            counts.tasks[state] += n
            counts.on_time += on_time
    for lane, n in _planned(scope, period).values_list("lane").annotate(n=Count("id")):
        counts.by_state[State.PLANNED] += n
        if lane == Touch.Lane.TASK:
            counts.tasks[State.PLANNED] += n
    return counts


def state_counts(scope: Scope, period: Period, *, lane: str = "") -> Counter[str]:
    """Count the touches that were due in a period by state, of one lane or of all."""
    by_state: Counter[str] = Counter()
    only = Q(lane=lane) if lane else Q()
    for state, n in (
        _days(scope, period).filter(only).values_list("state").annotate(n=Sum("touch_count"))
    ):
        by_state[state] = n
    planned = _planned(scope, period).filter(only).count()
    return by_state + Counter({State.PLANNED.value: planned})


def sent_by_day(scope: Scope, period: Period) -> dict[date, int]:
    """Count what has left the house, by the day it was due."""
    rows = _days(scope, period).filter(state__in=SENT).values_list("due_on")
    return dict(rows.annotate(n=Sum("touch_count")))


def staff_tasks(scope: Scope, period: Period) -> dict[int, StaffTasks]:
    """Count the tasks of each staff member that were due in a period."""
    state = Q(state=State.DISPATCHED)
    rows = (
        scope.by_staff(_between(period).filter(staff__isnull=False, lane=Touch.Lane.TASK))
        .values_list("staff_id")
        .annotate(
            todo=Sum("touch_count", filter=state, default=0),
            done=Sum("touch_count", filter=Q(state=State.CONFIRMED), default=0),
            overdue=Sum("touch_count", filter=Q(state=State.EXPIRED), default=0),
        )
    )
    return {staff_id: StaffTasks(*numbers) for staff_id, *numbers in rows}


def slot_counts(scope: Scope, day: date) -> list[SlotCounts]:
    """Count the mass messages of each slot of a day, in order."""
    slots: dict[datetime, Counter[str]] = {}
    rows = _days(scope, Period(day, day)).filter(slot_at__isnull=False)
    for at, state, n in rows.values_list("slot_at", "state").annotate(n=Sum("touch_count")):
        slots.setdefault(at, Counter())[state] += n
    planned = _planned(scope, Period(day, day)).filter(lane=Touch.Lane.MASS)
    for at, n in planned.values_list("due_at").annotate(n=Count("id")):
        slots.setdefault(at, Counter())[State.PLANNED] += n
    return [SlotCounts(at, slots[at]) for at in sorted(slots)]


def _between(period: Period) -> QuerySet[TouchDay]:
    return TouchDay.objects.filter(due_on__range=(period.first, period.last))


def _days(scope: Scope, period: Period) -> QuerySet[TouchDay]:
    """Return the rows of a scope: those of the whole company stand without staff."""
    rows = _between(period)
    return rows.filter(staff=None) if scope.staff_ids is None else scope.by_staff(rows)


def _planned(scope: Scope, period: Period) -> QuerySet[Touch]:
    """Return what is only planned so far: its day may still move, so it is counted as it stands."""
    planned = Touch.objects.filter(
        state=State.PLANNED, due_at__gte=period.start, due_at__lt=period.end
    )
    return scope.by_staff(planned)
