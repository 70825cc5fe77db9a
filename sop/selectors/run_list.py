"""The runs of one journey for a list (进入的客户): filters, and how many are in each state."""

from dataclasses import dataclass
from typing import Final

from django.db.models import Count, QuerySet

from common.lookups import any_of
from customers.models import Customer, Identity
from customers.selectors.customers import named_like
from org.models import User
from sop.models import Journey, JourneyRun
from sop.program.words import step_title
from sop.selectors.catalog import program_of
from sop.selectors.journeys import runs_visible_to, with_subjects

START: Final = "start"
OPEN_STATES: Final = (JourneyRun.State.ACTIVE, JourneyRun.State.PARKED)
GOAL: Final = "goal"


@dataclass(frozen=True, slots=True)
class RunFilter:
    """What the list is narrowed by.

    Attributes:
        step: Logical key where the run stands; "start" for those before the first step.
        arm: treated or control.
        goal: "1" = reached.
        name: Part of the customer's name.
    """

    state: str = ""
    step: str = ""
    arm: str = ""
    goal: str = ""
    name: str = ""


def runs_listed(viewer: User, journey: Journey, wanted: RunFilter) -> QuerySet[JourneyRun]:
    """Return the runs of a journey in the viewer's scope, newest first, with what a list shows."""
    runs = with_subjects(runs_visible_to(viewer).filter(journey=journey))
    if wanted.state in JourneyRun.State.values:
        runs = runs.filter(state=wanted.state)
    if wanted.step:
        standing = "" if wanted.step == START else wanted.step
        runs = runs.filter(state__in=OPEN_STATES, step=standing)
    if wanted.arm in {"treated", "control"}:
        runs = runs.filter(is_control=wanted.arm == "control")
    if wanted.goal == "1":
        runs = runs.filter(goal_at__isnull=False)
    if wanted.name:
        customers = named_like(Customer.objects.all(), wanted.name)
        identities = Identity.objects.filter(customer__in=customers.values("id"))
        runs = runs.filter(any_of("identity_id", identities.values("id")))
    return runs.order_by("-id")


def state_counts(viewer: User, journey: Journey) -> dict[str, int]:
    """Return how many runs in the viewer's scope are in each state."""
    runs = runs_visible_to(viewer).filter(journey=journey).order_by()
    return dict(runs.values("state").annotate(n=Count("id")).values_list("state", "n"))


def standing_title(run: JourneyRun) -> str:
    """Return what the step is called at which a run stands, in its own version."""
    if not run.step:
        return ""
    step = program_of(run.version_id).by_id.get(run.step)
    return step_title(step) if step is not None else run.step
