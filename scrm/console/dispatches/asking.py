"""What a request asks the lists of calls for (查询条件); nonsense means nothing was asked."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest

from analytics.selectors.periods import Period
from common import clock
from common.ids import first_uuid7
from scrm.console.dashboard.asking import day
from scrm.console.dispatches.words import CALL_STATES, TASK_STATES
from scrm.console.touches.asking import Asked as TouchesAsked
from scrm.console.touches.asking import ask as ask_scope
from scrm.web.access import viewer_of
from touches.models import Dispatch, MassTask, Touch
from touches.selectors.lists import mass_tasks_of
from touches.selectors.visible import calls_visible_to

BACK: Final = timedelta(days=29)


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for; `scoped` holds staff, department and slot."""

    scoped: TouchesAsked
    state: str
    kind: str
    first: date | None
    last: date | None

    @property
    def now(self) -> datetime:
        """When it was asked."""
        return self.scoped.now

    @property
    def period(self) -> Period:
        """The days of the list: a month where none are named."""
        today = clock.local_date(self.now)
        first, last = self.first or self.last or today - BACK, self.last or today
        return Period(min(first, last), max(first, last))


def ask(request: HttpRequest) -> Asked:
    """Read what is asked for."""
    query = request.GET
    return Asked(
        scoped=ask_scope(request),
        state=query.get("state", "") if query.get("state") in {*CALL_STATES, *TASK_STATES} else "",
        kind=query.get("kind", "") if query.get("kind") in Dispatch.Kind.values else "",
        first=day(query.get("start")),
        last=day(query.get("end")),
    )


def tasks_asked(asked: Asked) -> QuerySet[MassTask]:
    """Return the mass messages asked for, without an order."""
    staff_ids = asked.scoped.scope.staff_ids
    period = asked.period
    tasks = mass_tasks_of(staff_ids).filter(created_at__gte=period.start, created_at__lt=period.end)
    at = asked.scoped.filters.at
    if at is not None and asked.first is not None:
        moment = datetime.combine(asked.first, at, tzinfo=clock.SHANGHAI)
        of_slot = Touch.objects.filter(dispatch=OuterRef("dispatch_id"), due_at=moment)
        tasks = tasks.filter(Exists(of_slot))
    return tasks


def calls_asked(request: HttpRequest, asked: Asked) -> QuerySet[Dispatch]:
    """Return the calls asked for, without an order; their numbers grow with time."""
    period = asked.period
    calls = calls_visible_to(viewer_of(request)).filter(
        pk__gte=first_uuid7(period.start), pk__lt=first_uuid7(period.end)
    )
    if asked.kind:
        calls = calls.filter(kind=asked.kind)
    if asked.state:
        calls = calls.filter(state=asked.state)
    return calls.defer("payload", "context")


def key(text: str | None) -> UUID | None:
    """Read the number of a call; anything else is none."""
    try:
        return UUID(text) if text else None
    except ValueError:
        return None
