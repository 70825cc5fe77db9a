"""What a request asks the list of touches for (查询条件); nonsense means nothing was asked."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from uuid import UUID

from django.db.models import F, Q, QuerySet
from django.http import HttpRequest

from analytics.selectors.periods import Period
from analytics.selectors.scopes import Scope, departments_visible_to, scope_of
from analytics.selectors.touch_counts import SENT as SENT_STATES
from analytics.selectors.touch_counts import state_counts
from common import clock
from customers.selectors.customers import identities_known_by
from org.models import Department, Staff
from scrm.console.dashboard.asking import day, number
from scrm.console.touches.words import SENT, STATES
from scrm.web.access import viewer_of
from sop.models import Journey
from sop.selectors.journeys import touches_of_journey
from touches.models import Touch
from touches.selectors.lists import counted_by_state

# Without dates the list is of these: whatever is due later, and a month back.
BACK: Final = timedelta(days=29)
AHEAD: Final = timedelta(days=366)
STAFF_OFFERED: Final = 500


@dataclass(frozen=True, slots=True)
class Filters:
    """What the list is narrowed to, everything valid or empty."""

    state: str
    lane: str
    first: date | None
    last: date | None
    at: time | None
    journey: str
    reason: str
    customer: UUID | None
    on_time: str


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for, with the scope it is read in."""

    now: datetime
    filters: Filters
    departments: list[Department]
    department: Department | None
    staff: Staff | None
    scope: Scope

    @property
    def period(self) -> Period:
        """The days of the list, by when touches are due."""
        today = clock.local_date(self.now)
        first = self.filters.first or self.filters.last or today - BACK
        last = self.filters.last or max(first, today) + AHEAD
        return Period(min(first, last), max(first, last))

    @property
    def is_counted_by_day(self) -> bool:
        """Whether the facts know the counts: they are kept by day, staff, lane and state."""
        filters = self.filters
        narrowed = (filters.at, filters.journey, filters.reason, filters.customer, filters.on_time)
        return not any(narrowed)


def ask(request: HttpRequest) -> Asked:
    """Read what is asked for; what lies outside the viewer's scope is as if not named."""
    viewer = viewer_of(request)
    query = request.GET
    departments = list(departments_visible_to(viewer).order_by("name", "pk"))
    wanted = number(query.get("department"))
    department = next((one for one in departments if one.pk == wanted), None)
    scope = scope_of(viewer, department)
    staff_id = number(query.get("staff"))
    staff = None
    if staff_id is not None:
        scope = scope.of_staff(staff_id)
        staff = Staff.objects.filter(pk__in=scope.staff_ids or ()).first()
    filters = Filters(
        state=query.get("state", "") if query.get("state") in {*STATES, SENT} else "",
        lane=query.get("lane", "") if query.get("lane") in Touch.Lane.values else "",
        first=day(query.get("start")),
        last=day(query.get("end")),
        at=_clock_time(query.get("at")),
        journey=query.get("journey", "")[:40],
        reason=query.get("reason", "")[:300],
        customer=_uuid(query.get("customer")),
        on_time=query.get("on_time", "") if query.get("on_time") in {"0", "1"} else "",
    )
    return Asked(clock.now(), filters, departments, department, staff, scope)


def touches_asked(asked: Asked) -> QuerySet[Touch]:
    """Return the touches asked for but for their state, without an order."""
    filters, period = asked.filters, asked.period
    touches = asked.scope.by_staff(Touch.objects.all())
    if filters.customer is None or filters.first or filters.last:
        touches = touches.filter(due_at__gte=period.start, due_at__lt=period.end)
    if filters.lane:
        touches = touches.filter(lane=filters.lane)
    if filters.at is not None and filters.first is not None:
        moment = datetime.combine(filters.first, filters.at, tzinfo=clock.SHANGHAI)
        touches = touches.filter(due_at=moment)
    if filters.customer is not None:
        touches = touches.filter(identity_id__in=identities_known_by(filters.customer))
    if filters.reason:
        whole = Q(reason=filters.reason) | Q(reason__startswith=f"{filters.reason}（")
        touches = touches.filter(whole)
    if filters.on_time:
        in_time = Q(finished_at__lte=F("valid_until"))
        touches = touches.filter(in_time if filters.on_time == "1" else ~in_time)
    return touches_of_journey(touches, filters.journey) if filters.journey else touches


def in_state(touches: QuerySet[Touch], state: str) -> QuerySet[Touch]:
    """Keep the touches of a state; what has left the house is three of them."""
    if state == SENT:
        return touches.filter(state__in=SENT_STATES)
    return touches.filter(state=state) if state else touches


def counts_asked(asked: Asked) -> tuple[Counter[str], bool]:
    """Count what is asked for by state, and whether that is all of it."""
    if asked.is_counted_by_day:
        return state_counts(asked.scope, asked.period, lane=asked.filters.lane), True
    return counted_by_state(touches_asked(asked))


def journeys_offered() -> list[tuple[str, str]]:
    """Return the journeys to choose from."""
    published = Journey.objects.filter(current__isnull=False).order_by("name", "code")
    return list(published.values_list("code", "name"))


def staff_offered(asked: Asked) -> list[tuple[int, str]]:
    """Return the staff to choose from: those who have customers, within the viewer's scope."""
    staff = Staff.objects.filter(is_follow_user=True)
    if asked.scope.visible_staff_ids is not None:
        staff = staff.filter(pk__in=asked.scope.visible_staff_ids)
    return [(one.pk, str(one)) for one in staff.order_by("name", "pk")[:STAFF_OFFERED]]


def _clock_time(text: str | None) -> time | None:
    try:
        return time.fromisoformat(text) if text else None
    except ValueError:
        return None


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None
