"""What an event does to a run (行为影响): goal, exit, waking. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sop.program.entering import Happening
from sop.program.steps import Await, ExitRule, Goal, Program


@dataclass(frozen=True, slots=True)
class OpenRun:
    """A run that events can change: still going on, or over with its goal still open.

    Attributes:
        entered_at: When the event that let it in happened.
        entry_event_id: That event; it neither ends the run nor wakes it.
    """

    is_active: bool
    step: str
    entered_at: datetime
    entry_event_id: int | None
    is_goal_reached: bool


@dataclass(frozen=True, slots=True)
class Reaction:
    """What to do with the run."""

    goal: str = ""
    exit_reason: str = ""
    is_woken: bool = False
    is_to_be_looked_at: bool = False

    @property
    def is_nothing(self) -> bool:
        """Whether the event leaves the run as it is."""
        return self == Reaction()


def react(program: Program, run: OpenRun, event: Happening) -> Reaction:
    """Say what an event does to a run.

    A goal counts within its days of the entry, also after the end of the run and in the control
    group. An exit rule ends the run at once, wherever it waits. An event that the run waits for
    wakes it; where it waits for a condition, any event is a reason to look.
    """
    if event.id == run.entry_event_id or event.occurred_at < run.entered_at:
        return Reaction()
    goal = None if run.is_goal_reached else _goal(program, run, event)
    rule = _exit(program, event) if run.is_active else None
    if rule is not None:
        return Reaction(goal.name if goal else "", rule.reason)
    step = program.by_id.get(run.step) if run.is_active else None
    awaiting = step if isinstance(step, Await) else None
    return Reaction(
        goal=goal.name if goal else "",
        is_woken=awaiting is not None
        and awaiting.spec is not None
        and awaiting.spec.matches(event.type, event.payload),
        is_to_be_looked_at=awaiting is not None and awaiting.condition is not None,
    )


def _goal(program: Program, run: OpenRun, event: Happening) -> Goal | None:
    for goal in program.goals:
        until = run.entered_at + timedelta(days=goal.days)
        if goal.spec.matches(event.type, event.payload) and event.occurred_at <= until:
            return goal
    return None


def _exit(program: Program, event: Happening) -> ExitRule | None:
    for rule in program.exits:
        if rule.spec.matches(event.type, event.payload):
            return rule
    return None
