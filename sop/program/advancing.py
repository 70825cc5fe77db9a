"""Moving a run along (推进): what a run does when it is due. Pure: facts in, a leg out.

A leg begins at the step where the run stands, goes through everything that needs no waiting, and
ends at the next wait or at the end. What it wants done stands in `effects`; the executor writes
them in the same transaction as the run's new place.
"""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, TypeAlias

from sop.program.conditions import Facts, evaluate
from sop.program.examining import because
from sop.program.steps import (
    MAX_STEPS,
    NEVER_HELD_OUT,
    Arm,
    Await,
    Contact,
    Decide,
    Experiment,
    Leave,
    Notify,
    Pause,
    Program,
    Retag,
    SlotWait,
    Step,
    TimeWait,
)
from sop.program.timing import due_at
from touches.models import SendingRules
from touches.services.quiet import next_slot

# A run that may not go on before people have decided is looked at again so often.
HELD_FOR: Final = timedelta(minutes=10)
BUCKETS: Final = 10_000


@dataclass(frozen=True, slots=True)
class RunState:
    """Where a run stands.

    Attributes:
        step: Logical key of the step it waits at; "" before the first.
        due_at: When it goes on; for an `Await` its time-out.
        woken_by: Number of the event that woke it, of `Await` with an event only.
        salt: Makes the lots of one journey differ from those of another.
    """

    id: int
    salt: str
    step: str
    entered_at: datetime
    is_control: bool
    due_at: datetime
    timeout_at: datetime | None = None
    woken_by: int | None = None


@dataclass(frozen=True, slots=True)
class PlanTouch:
    """Plan a touch (触达)."""

    step: Contact
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Expose:
    """Write down that this customer came to this contact, treated or control (曝光)."""

    step: Contact
    arm: str


@dataclass(frozen=True, slots=True)
class ChangeTags:
    """Add and remove tags."""

    step: Retag


@dataclass(frozen=True, slots=True)
class TellStaff:
    """Tell a member of staff."""

    step: Notify


@dataclass(frozen=True, slots=True)
class KeepArm:
    """Store the arm that was drawn."""

    place: str
    arm: str


Effect: TypeAlias = PlanTouch | Expose | ChangeTags | TellStaff | KeepArm


@dataclass(slots=True)
class Leg:
    """What became of a run when it was due.

    Attributes:
        step: Where it stands now; "" when it is over.
        due_at: When it goes on; None when it is over.
        woken_by: What woke it, where that is still to be heeded.
        path: For people: each step passed with its outcome.
        ended: The reason, when it is over.
    """

    step: str = ""
    due_at: datetime | None = None
    timeout_at: datetime | None = None
    woken_by: int | None = None
    effects: list[Effect] = field(default_factory=list)
    path: list[dict[str, Any]] = field(default_factory=list)
    ended: str = ""

    @property
    def is_over(self) -> bool:
        """Whether the run has ended."""
        return self.due_at is None


def advance(
    program: Program, run: RunState, facts: Facts, *, now: datetime, rules: SendingRules
) -> Leg:
    """Move a due run to its next wait, or to its end.

    Args:
        facts: As of `now`, all that the program's conditions ask for.
        now: Business time; the run is due.

    Raises:
        LookupError: the run stands at a step that its version does not have.
    """
    leg = Leg()
    if facts.has_unknown_touch and not run.is_control:
        _hold(leg, run, now)
        return leg
    place = _leave_wait(program, run, facts, leg, now) if run.step else program.first
    for _ in range(MAX_STEPS + 1):
        if place is None:
            return leg
        if place == "":
            leg.ended = leg.ended or "走完"
            return leg
        step = program.by_id[place]
        if isinstance(step, Pause | SlotWait | TimeWait | Await):
            place = _begin_wait(program, step, run, facts, leg, now=now, rules=rules)
        else:
            place = _do(program, step, run, facts, leg, now=now, rules=rules)
    raise AssertionError("a program without circles cannot be this long")


def lot(salt: str, uid: str, place: str) -> int:
    """Return the lot of a customer at a place: the same for ever, 0 to 9,999."""
    digest = hashlib.sha256(f"{salt}:{place}:{uid}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % BUCKETS


def _hold(leg: Leg, run: RunState, now: datetime) -> None:
    """Nobody passes a touch whose fate is unknown; what woke the run meanwhile is kept."""
    leg.step, leg.due_at, leg.timeout_at = run.step, now + HELD_FOR, run.timeout_at
    leg.woken_by = run.woken_by
    leg.path.append({"step": run.step, "outcome": "held", "why": "有触达结果未知,等待人工处理"})


def _leave_wait(
    program: Program, run: RunState, facts: Facts, leg: Leg, now: datetime
) -> str | None:
    """Return the step after the one waited at; None when it has to be waited for longer."""
    step = program.by_id[run.step]
    if not isinstance(step, Await):
        leg.path.append({"step": step.id, "outcome": "waited"})
        return program.after[step.id]
    is_met = run.woken_by is not None or (
        step.condition is not None and evaluate(step.condition, facts, now)
    )
    if not is_met and run.timeout_at is not None and now < run.timeout_at:
        leg.step, leg.due_at, leg.timeout_at = step.id, run.timeout_at, run.timeout_at
        return None
    return _take_way(program, step, leg, is_met=is_met)


def _take_way(program: Program, step: Await, leg: Leg, *, is_met: bool) -> str:
    leg.path.append({"step": step.id, "outcome": "met" if is_met else "timeout"})
    steps = step.met if is_met else step.late
    return steps[0].id if steps else program.after[step.id]


def _begin_wait(
    program: Program,
    step: Pause | SlotWait | TimeWait | Await,
    run: RunState,
    facts: Facts,
    leg: Leg,
    *,
    now: datetime,
    rules: SendingRules,
) -> str | None:
    if isinstance(step, Await) and step.is_already_enough and _holds_already(step, facts, now):
        return _take_way(program, step, leg, is_met=True)
    due = due_at(step, entered_at=run.entered_at, now=now, rules=rules)
    if due <= now and not isinstance(step, Await):
        leg.path.append({"step": step.id, "outcome": "past_due"})
        return program.after[step.id]
    leg.step, leg.due_at = step.id, due
    leg.timeout_at = due if isinstance(step, Await) else None
    leg.path.append({"step": step.id, "outcome": "waiting", "until": due.isoformat()})
    return None


def _holds_already(step: Await, facts: Facts, now: datetime) -> bool:
    if step.condition is not None:
        return evaluate(step.condition, facts, now)
    return step.spec is not None and (facts.counts or {}).get(since_entry(step), 0) > 0


def since_entry(step: Await) -> Any:
    """Return the counted kind of the event an `Await` waits for: since the run's entry."""
    spec = step.spec
    return None if spec is None else type(spec)(spec.type, spec.where, 0)


def _do(
    program: Program,
    step: Step,
    run: RunState,
    facts: Facts,
    leg: Leg,
    *,
    now: datetime,
    rules: SendingRules,
) -> str:
    """Do a step that needs no waiting; returns what comes next."""
    match step:
        case Decide():
            return _decide(program, step, facts, leg, now)
        case Experiment():
            return _draw(program, step, run, facts, leg)
        case Leave():
            leg.path.append({"step": step.id, "outcome": "exit", "why": step.reason})
            leg.ended = step.reason
            return ""
        case Contact() | Retag() | Notify():
            if evaluate(step.condition, facts, now):
                _act(step, run, leg, now=now, rules=rules)
            else:
                leg.path.append(
                    {
                        "step": step.id,
                        "outcome": "skipped",
                        "why": because(step.condition, facts, now),
                    }
                )
    return program.after[step.id]


def _decide(program: Program, step: Decide, facts: Facts, leg: Leg, now: datetime) -> str:
    for arm in step.arms:
        if evaluate(arm.condition, facts, now):
            why = because(arm.condition, facts, now)
            leg.path.append({"step": step.id, "outcome": "arm", "arm": arm.label, "why": why})
            return _into(program, step, arm)
    why = because(step.arms[-1].condition, facts, now)
    leg.path.append({"step": step.id, "outcome": "arm", "arm": "", "why": why})
    return program.after[step.id]


def _draw(program: Program, step: Experiment, run: RunState, facts: Facts, leg: Leg) -> str:
    """Take the arm this customer has had before, or draw one and have it stored."""
    known = (facts.arms or {}).get(step.id)
    arm = next((arm for arm in step.arms if arm.label == known), None)
    if arm is None:
        arm = _drawn(step, lot(run.salt, facts.uid, step.id))
        leg.effects.append(KeepArm(step.id, arm.label))
    leg.path.append({"step": step.id, "outcome": "arm", "arm": arm.label})
    return _into(program, step, arm)


def _drawn(step: Experiment, number: int) -> Arm:
    total = sum(arm.weight for arm in step.arms)
    reached = 0
    for arm in step.arms:
        reached += arm.weight
        if number * total < reached * BUCKETS:
            return arm
    return step.arms[-1]


def _into(program: Program, step: Step, arm: Arm) -> str:
    return arm.steps[0].id if arm.steps else program.after[step.id]


def _act(
    step: Contact | Retag | Notify, run: RunState, leg: Leg, *, now: datetime, rules: SendingRules
) -> None:
    """Have something done; a control run only leaves the trace of what would have been done."""
    if isinstance(step, Contact):
        is_held_out = run.is_control and step.purpose not in NEVER_HELD_OUT
        leg.effects.append(Expose(step, "control" if is_held_out else "treated"))
        if is_held_out:
            leg.path.append({"step": step.id, "outcome": "control"})
            return
        due = next_slot(now, step.slot, rules) if step.lane == "M" else now
        leg.effects.append(PlanTouch(step, due))
        leg.path.append({"step": step.id, "outcome": "planned", "at": due.isoformat()})
    elif run.is_control:
        leg.path.append({"step": step.id, "outcome": "control"})
    elif isinstance(step, Retag):
        leg.effects.append(ChangeTags(step))
        leg.path.append({"step": step.id, "outcome": "tagged"})
    else:
        leg.effects.append(TellStaff(step))
        leg.path.append({"step": step.id, "outcome": "told"})
