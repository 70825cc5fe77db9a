"""Reading what an explanation is made of: a constant number of statements."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import Exists, OuterRef

from customers.events import EVENT_TYPES
from customers.models import Customer, Event, Identity, QueuedEvent
from sop.models import ArmAssignment, Exposure, Journey, JourneyRun, JourneyVersion, StepLog
from sop.program.conditions import Facts
from sop.program.parsing import parse_program
from sop.program.steps import Program
from sop.selectors.facts import Asked, read_facts_of
from touches.selectors.stories import TouchStory, stories_from

MAX_RUNS: Final = 50
MAX_LOGS: Final = 500
MAX_EVENTS: Final = 20
ORIGIN: Final = "journey"


@dataclass(frozen=True, slots=True)
class Rows:
    """Everything about one customer in one journey, as it is stored.

    Attributes:
        current: The program that lets people in; None before the first publication.
        programs: Those of the runs' versions, and the current one, by version.
        numbers: Number of each version.
        published_at: When the first version was.
        happened: Latest events of the types that let people in; those still queued are in `queued`.
        facts: What the programs ask for, as of now, by run; None for nobody's run: the entry.
        winners: Journey of each winning touch, by the run that planned it.
    """

    customer: Customer
    journey: Journey
    current: Program | None
    programs: Mapping[int, Program]
    numbers: Mapping[int, int]
    published_at: datetime | None
    runs: Sequence[JourneyRun]
    logs: Sequence[StepLog]
    exposures: Mapping[int, Sequence[Exposure]]
    arms: Sequence[ArmAssignment]
    events: Mapping[int, Event]
    happened: Sequence[Event]
    queued: frozenset[int]
    facts: Mapping[int | None, Facts]
    stories: Mapping[int, Sequence[TouchStory]]
    winners: Mapping[str, str]


def read_rows(customer: Customer, journey: Journey, *, now: datetime) -> Rows:
    """Read it all; the caller has checked that the viewer may see the customer."""
    identities = list(Identity.objects.filter(customer=customer).values_list("id", flat=True))
    numbers, published_at = _versions(journey)
    runs = list(
        JourneyRun.objects.filter(journey=journey, identity_id__in=identities)
        .select_related("staff")
        .order_by("-entered_at", "-id")[:MAX_RUNS]
    )
    logs = list(
        StepLog.objects.filter(identity_id__in=identities, journey=journey).order_by(
            "-logged_at", "-id"
        )[:MAX_LOGS]
    )
    run_ids = [run.pk for run in runs]
    programs = _programs([run.version_id for run in runs], journey)
    current = programs.get(journey.current_id) if journey.current_id is not None else None
    happened = _happened(identities, current)
    stories = _by_run(stories_from(ORIGIN, run_ids) if run_ids else [])
    return Rows(
        customer=customer,
        journey=journey,
        current=current,
        programs=programs,
        numbers=numbers,
        published_at=published_at,
        runs=runs,
        logs=logs,
        exposures=_exposures(run_ids),
        arms=list(
            ArmAssignment.objects.filter(identity_id__in=identities, journey=journey).order_by("id")
        ),
        events=_events(identities, [log.event_id for log in logs], runs),
        happened=happened,
        queued=frozenset(event.id for event in happened if getattr(event, "is_queued", False)),
        facts=_facts(customer, journey, programs, runs, now=now),
        stories=stories,
        winners=_winners(stories),
    )


def _versions(journey: Journey) -> tuple[dict[int, int], datetime | None]:
    rows = journey.versions.order_by("number").values_list("id", "number", "published_at")
    found = list(rows)
    return {pk: number for pk, number, _ in found}, found[0][2] if found else None


def _programs(version_ids: Iterable[int], journey: Journey) -> dict[int, Program]:
    wanted = {*version_ids} | ({journey.current_id} if journey.current_id is not None else set())
    versions = JourneyVersion.objects.filter(id__in=wanted).only("id", "program")
    return {
        version.pk: parse_program(version.program, event_types=EVENT_TYPES) for version in versions
    }


def _exposures(run_ids: Sequence[int]) -> dict[int, list[Exposure]]:
    found: dict[int, list[Exposure]] = defaultdict(list)
    for exposure in Exposure.objects.filter(run_id__in=run_ids).order_by("exposed_at", "id"):
        found[exposure.run_id].append(exposure)
    return found


def _events(
    identities: Sequence[int], logged: Iterable[int | None], runs: Iterable[JourneyRun]
) -> dict[int, Event]:
    """Return the events that the log and the runs name, by number."""
    ids = {number for number in logged if number is not None}
    ids |= {run.entry_event_id for run in runs if run.entry_event_id is not None}
    rows = Event.objects.filter(identity_id__in=identities, id__in=ids)
    return {event.id: event for event in rows}


def _happened(identities: Sequence[int], current: Program | None) -> list[Event]:
    """Return the latest events of the types that let people in, and whether they still wait."""
    types = {trigger.spec.type for trigger in current.entry.triggers} if current else set()
    waiting = QueuedEvent.objects.filter(event_id=OuterRef("id"))
    return list(
        Event.objects.filter(identity_id__in=identities, type__in=types)
        .annotate(is_queued=Exists(waiting))
        .order_by("-occurred_at", "-id")[:MAX_EVENTS]
    )


def _facts(
    customer: Customer,
    journey: Journey,
    programs: Mapping[int, Program],
    runs: Sequence[JourneyRun],
    *,
    now: datetime,
) -> dict[int | None, Facts]:
    asked: dict[int | None, Asked] = {None: Asked(customer.pk, journey.pk)}
    for run in runs:
        asked[run.pk] = Asked(customer.pk, journey.pk, run.entered_at, run.staff_id, run.pk)
    found = read_facts_of(list(programs.values()), list(asked.values()), now=now)
    return dict(zip(asked, found, strict=True))


def _by_run(stories: Sequence[TouchStory]) -> dict[int, list[TouchStory]]:
    found: dict[int, list[TouchStory]] = defaultdict(list)
    for story in stories:
        found[int(story.touch.origin_id)].append(story)
    return found


def _winners(stories: Mapping[int, Sequence[TouchStory]]) -> dict[str, str]:
    """Return which journey a winning touch came from, by its run."""
    ids = {
        int(story.winner.origin_id)
        for told in stories.values()
        for story in told
        if story.winner is not None and story.winner.origin_kind == ORIGIN
    }
    rows = JourneyRun.objects.filter(id__in=ids).values_list("id", "journey__code", "journey__name")
    return {str(pk): f"{code} {name}" for pk, code, name in rows}
