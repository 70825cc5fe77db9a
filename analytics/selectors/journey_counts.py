"""The figures of journeys (旅程数字): who is on the way, who entered, who reached the goal."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, Q, QuerySet

from analytics.selectors.intervals import Difference, difference
from analytics.selectors.periods import Period
from analytics.selectors.scopes import Scope
from common.lookups import any_of
from customers.models import Follow, Identity
from sop.models import Journey, JourneyRun

_PEOPLE = Count("customer_id", distinct=True)
REACHED = Q(goal_at__isnull=False)


@dataclass(frozen=True, slots=True)
class JourneyCounts:
    """One journey (旅程数字): customers on their way now, and those who entered in the period.

    `treated` and `control` entered; `treated_goal` and `control_goal` of them reached the goal by
    now.
    """

    code: str
    name: str
    state: str
    active: int = 0
    treated: int = 0
    treated_goal: int = 0
    control: int = 0
    control_goal: int = 0

    @property
    def effect(self) -> Difference | None:
        """The difference between the two groups; None where nothing can be said."""
        return difference(self.treated_goal, self.treated, self.control_goal, self.control)


def active_runs(scope: Scope) -> QuerySet[Any]:
    """Return the runs that are on their way now (在途)."""
    return _of_people(scope, JourneyRun.objects.filter(state=JourneyRun.State.ACTIVE))


def entered_runs(scope: Scope, period: Period) -> QuerySet[Any]:
    """Return the runs that were entered in a period."""
    return _of_people(
        scope, JourneyRun.objects.filter(entered_at__gte=period.start, entered_at__lt=period.end)
    )


def journey_counts(scope: Scope, period: Period) -> list[JourneyCounts]:
    """Count the people of each customer journey that was ever published, the fullest first."""
    active = dict(active_runs(scope).values_list("journey_id").annotate(n=_PEOPLE))
    entered = {
        row.pop("journey_id"): row
        for row in entered_runs(scope, period)
        .values("journey_id")
        .annotate(
            treated=Count("customer_id", distinct=True, filter=Q(is_control=False)),
            control=Count("customer_id", distinct=True, filter=Q(is_control=True)),
            treated_goal=Count("customer_id", distinct=True, filter=REACHED & Q(is_control=False)),
            control_goal=Count("customer_id", distinct=True, filter=REACHED & Q(is_control=True)),
        )
    }
    journeys = Journey.objects.filter(
        subject_kind=Journey.Subject.CUSTOMER, current__isnull=False
    ).only("code", "name", "state")
    counts = [
        JourneyCounts(
            journey.code,
            journey.name,
            journey.state,
            active=active.get(journey.pk, 0),
            **entered.get(journey.pk, {}),
        )
        for journey in journeys
    ]
    return sorted(counts, key=lambda one: (-one.active, -one.treated, one.code))


def _of_people(scope: Scope, runs: QuerySet[JourneyRun]) -> QuerySet[Any]:
    """Keep the runs of customers whom the staff counted follow, each with its customer."""
    if scope.staff_ids is not None:
        followed = Follow.objects.filter(staff_id__in=scope.staff_ids)
        mine = Identity.objects.filter(customer_id__in=followed.values("identity__customer_id"))
        runs = runs.filter(any_of("identity_id", mine.values("id")))
    return runs.filter(identity__isnull=False).annotate(customer_id=F("identity__customer_id"))
