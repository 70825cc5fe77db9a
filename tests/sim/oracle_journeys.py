"""The oracle of journeys: arms, control groups, exposures, runs that come to their end."""

from collections import defaultdict
from collections.abc import Iterator
from uuid import UUID

from sop.program.steps import NEVER_HELD_OUT, Experiment
from tests.sim.journeys import Journeys, RunRow
from tests.sim.slotting import MASS_A_WEEK
from tests.sim.world import World


def judge_journeys(world: World, journeys: Journeys) -> Iterator[str]:
    """Yield whatever must not have happened to runs, a sentence each."""
    yield from world.breaches
    for run in journeys.runs.values():
        yield from _end(journeys, run)
        yield from _control(journeys, run)
        yield from _planned(journeys, run)
    yield from _arms(journeys)
    yield from _caps(world)


def _end(journeys: Journeys, run: RunRow) -> Iterator[str]:
    if run.state == "active" and not journeys.has_unknown(run):
        yield f"stuck: run {run.id} stands at {run.step or 'the entry'}, due {run.due_at}"
    ends = [entry["outcome"] for entry in run.path]
    if "exited" in ends and ends[-1] != "exited":
        yield f"revived: run {run.id} went on after its exit"


def _control(journeys: Journeys, run: RunRow) -> Iterator[str]:
    """Who is in the control group is never touched, but for service and care."""
    for touch in journeys.touches_of(run):
        if run.is_control and touch.purpose not in NEVER_HELD_OUT:
            yield f"control: touch {touch.id} was planned for run {run.id}"


def _planned(journeys: Journeys, run: RunRow) -> Iterator[str]:
    """What the step log calls planned is there, once."""
    touched = [touch.step for touch in journeys.touches_of(run)]
    for entry in run.path:
        if entry["outcome"] == "planned" and touched.count(entry["step"]) != 1:
            yield f"lost: run {run.id} planned {entry['step']}, and there is no such touch"


def _arms(journeys: Journeys) -> Iterator[str]:
    """An arm sticks, in every run of the same customer."""
    seen: dict[tuple[int, int, str], str] = {}
    for run in journeys.runs.values():
        for entry in run.path:
            step = run.journey.program.by_id.get(entry["step"])
            if entry["outcome"] != "arm" or not isinstance(step, Experiment):
                continue
            place = run.journey.id, run.customer.id, step.id
            if seen.setdefault(place, entry["arm"]) != entry["arm"]:
                yield f"arm: customer {run.customer.id} had two at {step.id}"


def _caps(world: World) -> Iterator[str]:
    """Nobody gets more mass messages a week than the cap allows."""
    got: defaultdict[str, set[UUID]] = defaultdict(set)
    for one in world.wecom.received:
        if one.what == "mass":
            got[one.who].add(one.cause)
    for who, causes in got.items():
        if len(causes) > MASS_A_WEEK:
            yield f"cap: {who} got {len(causes)} mass messages"
