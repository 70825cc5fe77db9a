"""Journeys and runs as a viewer may see them (旅程查询)."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db.models import (
    BigIntegerField,
    Case,
    Count,
    Exists,
    OuterRef,
    QuerySet,
    TextField,
    When,
)
from django.db.models.functions import Cast
from django.utils.translation import gettext, gettext_noop

from common.lookups import any_of
from customers.selectors.customers import of_visible_customers
from org.models import User
from sop.errors import UnknownJourney, UnknownRun
from sop.models import Journey, JourneyRun, JourneyVersion, StepLog
from sop.program.steps import Step
from sop.program.words import kind_words, step_title
from sop.selectors.catalog import program_of
from touches.models import Touch

ORIGIN: Final = "journey"
START: Final = gettext_noop("起点")
# A list of a journey with more runs is walked from its newest rows: a page is full soon.
FEW_RUNS: Final = 20_000


@dataclass(frozen=True, slots=True)
class StepCount:
    """How many runs stand at a step now (在途人数).

    Attributes:
        step: Logical key; "" for runs that have just entered.
        is_current: The current version has this step; others are left over from older ones.
    """

    step: str
    title: str
    kind: str
    is_current: bool
    active: int
    parked: int


def journey_by_code(code: str) -> Journey:
    """Return the journey of a code.

    Raises:
        UnknownJourney: there is none.
    """
    return _known(Journey.objects.filter(code=code), code)


def journey_by_uid(uid: UUID) -> Journey:
    """Return a journey with its current version.

    Raises:
        UnknownJourney: there is none.
    """
    return _known(Journey.objects.filter(uid=uid).select_related("current"), str(uid))


def version_of(journey: Journey, number: int) -> JourneyVersion:
    """Return a version of a journey by its number, with its program.

    Raises:
        UnknownJourney: it has no such version.
    """
    version = journey.versions.filter(number=number).select_related("published_by").first()
    if version is None:
        raise UnknownJourney(f"{journey.code} v{number}")
    return version


def runs_visible_to(viewer: User) -> QuerySet[JourneyRun]:
    """Return the runs of the customers in the viewer's data scope, without an order."""
    return of_visible_customers(JourneyRun.objects.all(), viewer)


def with_subjects(runs: QuerySet[JourneyRun]) -> QuerySet[JourneyRun]:
    """Load journey, version number, customer and staff of runs, in the same statement."""
    return runs.select_related("journey", "version", "identity__customer", "staff").defer(
        "journey__draft", "version__program"
    )


def access_run(*, viewer: User, run_id: int) -> JourneyRun:
    """Return one run.

    Raises:
        UnknownRun: there is none, or it is outside the viewer's scope; the two look alike.
    """
    run = with_subjects(runs_visible_to(viewer).filter(pk=run_id)).first()
    if run is None:
        raise UnknownRun(str(run_id))
    return run


def log_of(run: JourneyRun) -> QuerySet[StepLog]:
    """Return what happened to a run, in order."""
    if run.identity_id is None:
        return StepLog.objects.none()
    return StepLog.objects.filter(
        identity_id=run.identity_id, journey_id=run.journey_id, run_id=run.pk
    ).order_by("logged_at", "id")


def active_counts(viewer: User, journeys: Iterable[Journey]) -> dict[int, int]:
    """Return how many runs in the viewer's scope are active, by journey."""
    runs = runs_visible_to(viewer).filter(
        journey_id__in=[journey.pk for journey in journeys], state=JourneyRun.State.ACTIVE
    )
    return dict(runs.values("journey_id").annotate(n=Count("id")).values_list("journey_id", "n"))


def step_counts(viewer: User, journey: Journey) -> list[StepCount]:
    """Return how many runs in the viewer's scope stand at each step, in the program's order.

    Steps that the current version no longer has, but at which runs of older ones wait, come last.
    """
    counts: dict[tuple[str, str], int] = {}
    runs = runs_visible_to(viewer).filter(
        journey=journey, state__in=[JourneyRun.State.ACTIVE, JourneyRun.State.PARKED]
    )
    for step, state, count in (
        runs.values("step", "state").annotate(n=Count("id")).values_list("step", "state", "n")
    ):
        counts[step, state] = count
    current = _steps(journey.current_id) if journey.current_id is not None else {}
    gone = sorted({step for step, _ in counts} - {"", *current})
    older = _older_steps(journey) if gone else {}
    rows: list[tuple[str, Step | None, bool]] = [("", None, True)]
    rows += [(key, step, True) for key, step in current.items()]
    rows += [(key, older.get(key), False) for key in gone]
    return [
        StepCount(
            step=key,
            title=step_title(step) if step is not None else key or gettext(START),
            kind=kind_words(step) if step is not None else "",
            is_current=is_current,
            active=counts.get((key, JourneyRun.State.ACTIVE), 0),
            parked=counts.get((key, JourneyRun.State.PARKED), 0),
        )
        for key, step, is_current in rows
    ]


def touches_of_journey(touches: QuerySet[Touch], code: str) -> QuerySet[Touch]:
    """Narrow touches to those that runs of a journey planned; of no journey, to none."""
    journey = Journey.objects.filter(code=code).first()
    if journey is None:
        return touches.none()
    planned = touches.filter(origin_kind=ORIGIN)
    runs = JourneyRun.objects.filter(journey=journey)
    if not _is_busy(journey):
        numbers = runs.values_list(Cast("id", TextField()), flat=True)
        return planned.filter(any_of("origin_id", numbers))
    # Origins of other kinds are no numbers: the case keeps them from being read as such.
    number = Case(
        When(origin_kind=ORIGIN, then=Cast("origin_id", BigIntegerField())),
        output_field=BigIntegerField(),
    )
    of_it = runs.filter(pk=OuterRef("run_number"))
    return planned.alias(run_number=number).filter(Exists(of_it))


def runs_of_journey(runs: QuerySet[JourneyRun], code: str) -> QuerySet[JourneyRun]:
    """Narrow runs to those of a journey; of no journey, to none."""
    journey = Journey.objects.filter(code=code).first()
    if journey is None:
        return runs.none()
    if _is_busy(journey):
        return runs.filter(journey=journey)
    return runs.filter(any_of("id", JourneyRun.objects.filter(journey=journey).values("id")))


def _is_busy(journey: Journey) -> bool:
    """Whether its rows are many and among the newest of all: then a list is walked from there.

    Else they are looked up first: what an ended or a rare journey did long ago lies deep.
    """
    runs = JourneyRun.objects.filter(journey=journey).order_by()
    is_big = runs.values("id")[FEW_RUNS : FEW_RUNS + 1].exists()
    return is_big and journey.state == Journey.State.LIVE


def _known(journeys: QuerySet[Journey], name: str) -> Journey:
    journey = journeys.first()
    if journey is None:
        raise UnknownJourney(name)
    return journey


def _steps(version_id: int) -> dict[str, Step]:
    return dict(program_of(version_id).by_id)


def _older_steps(journey: Journey) -> dict[str, Step]:
    """Return the steps of all versions, as the newest one has them."""
    steps: dict[str, Step] = {}
    for version_id in journey.versions.order_by("number").values_list("id", flat=True):
        steps |= _steps(version_id)
    return steps
