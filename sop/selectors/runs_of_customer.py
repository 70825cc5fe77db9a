"""The journeys of one customer (客户的旅程): those they are or were in, and the others."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sop.models import Journey, JourneyRun
from sop.program.words import step_title
from sop.selectors.catalog import program_of
from sop.selectors.journeys import with_subjects

MOST_RUNS: Final = 20


@dataclass(frozen=True, slots=True)
class RunOfCustomer:
    """One way of a customer through a journey; `place` is the step where it stands."""

    journey: Journey
    state: str
    state_label: str
    is_open: bool
    is_control: bool
    place: str
    due_at: datetime | None
    entered_at: datetime
    ended_at: datetime | None
    reason: str
    goal: str


@dataclass(frozen=True, slots=True)
class JourneysOfCustomer:
    """Runs, the open ones first, and the live journeys that the customer never entered."""

    runs: tuple[RunOfCustomer, ...]
    others: tuple[Journey, ...]


def journeys_of(identity_ids: Sequence[int]) -> JourneysOfCustomer:
    """Return the journeys of a customer; two statements.

    Args:
        identity_ids: Of a customer already accessed through `access_customer`.
    """
    found = with_subjects(JourneyRun.objects.filter(identity_id__in=list(identity_ids)))
    runs = [_run(run) for run in found.order_by("-entered_at", "-id")[:MOST_RUNS]]
    runs.sort(key=lambda run: not run.is_open)
    live = Journey.objects.filter(
        state=Journey.State.LIVE, subject_kind=Journey.Subject.CUSTOMER
    ).defer("draft")
    entered = {run.journey.pk for run in runs}
    others = tuple(journey for journey in live.order_by("code") if journey.pk not in entered)
    return JourneysOfCustomer(tuple(runs), others)


def _run(run: JourneyRun) -> RunOfCustomer:
    is_open = run.state in {JourneyRun.State.ACTIVE, JourneyRun.State.PARKED}
    return RunOfCustomer(
        journey=run.journey,
        state=run.state,
        state_label=run.get_state_display(),
        is_open=is_open,
        is_control=run.is_control,
        place=_place(run) if is_open else "",
        due_at=run.timeout_at or run.due_at,
        entered_at=run.entered_at,
        ended_at=run.ended_at,
        reason=run.reason,
        goal=run.goal_name,
    )


def _place(run: JourneyRun) -> str:
    step = program_of(run.version_id).by_id.get(run.step)
    return step_title(step) if step is not None else ""
