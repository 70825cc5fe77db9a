"""Journeys in memory: what `executor`, `reactions` and `entering` write, around their decisions."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sop.program.advancing import Expose, KeepArm, PlanTouch, RunState, advance, since_entry
from sop.program.conditions import EventSpec, EventTest, Facts, parts_of
from sop.program.entering import CONTROL, Happening, PastRun, judge_entry
from sop.program.reacting import OpenRun, react
from sop.program.steps import Await, Program, conditions_of
from sop.services.effects import Moved, _planned, _text_key
from tests.sim.rows import TouchRow
from tests.sim.tasks import RULES
from tests.sim.world import World

STAFF = {1: "li", 2: "wang"}
OPEN_TOUCHES = frozenset({"planned", "queued", "dispatched"})


@dataclass(eq=False, slots=True)
class RunRow:
    """A run; `path` is its step log."""

    id: int
    journey: "Journey"
    customer: "Customer"
    entered_at: datetime
    entry_event_id: int
    is_control: bool
    due_at: datetime | None
    step: str = ""
    state: str = "active"
    timeout_at: datetime | None = None
    woken_by: int | None = None
    ended_at: datetime | None = None
    is_goal_reached: bool = False
    path: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Journey:
    """A published program, and what its runs count."""

    id: int
    program: Program
    specs: tuple[EventSpec, ...]

    @classmethod
    def of(cls, number: int, program: Program) -> "Journey":
        specs = [
            part.spec
            for condition in conditions_of(program)
            for part in parts_of(condition)
            if isinstance(part, EventTest)
        ]
        specs += [
            since_entry(step)
            for step in program.by_id.values()
            if isinstance(step, Await) and step.spec is not None
        ]
        return cls(number, program, tuple(specs))


@dataclass(eq=False, slots=True)
class Customer:
    """A customer, their friend among the staff, and everything they did."""

    id: int
    name: str
    staff_id: int
    is_friend: bool = False
    events: list[Happening] = field(default_factory=list)


class Journeys:
    """The journeys of one world, with their runs."""

    def __init__(self, world: World, programs: Sequence[Program], names: Sequence[str]) -> None:
        self._world = world
        self.journeys = [Journey.of(n, program) for n, program in enumerate(programs, start=1)]
        self.customers = [
            Customer(n, name, staff_id=1 + n % 2) for n, name in enumerate(names, start=1)
        ]
        self.runs: dict[int, RunRow] = {}
        self.arms: dict[tuple[int, int, str], str] = {}
        self.exposures: set[tuple[int, str, str]] = set()
        self.queue: list[tuple[Customer, Happening]] = []
        self._events = 0

    def happen(self, customer: Customer, event_type: str, payload: dict[str, Any]) -> None:
        """Record an event; the dispatcher works it in."""
        self._events += 1
        moment = self._world.engine.moment()
        event = Happening(self._events, event_type, moment, payload)
        self.queue.append((customer, event))
        self._world.engine.note("customer", "{}: {}", customer.name, event_type)
        self._world.engine.ring("journey")

    def dispatch_one(self, now: datetime) -> list[RunRow]:
        """Let the oldest event act, one transaction; returns the runs that it ended."""
        customer, event = self.queue.pop(0)
        customer.events.append(event)
        if event.type == "friend_added":
            customer.is_friend = True
        if event.type == "friend_removed_by_customer":
            customer.is_friend = False
        gone = [run for run in self._open_runs(customer) if self._react(run, event, now)]
        for run in gone:
            self._withdraw(run, now)
        for journey in self.journeys:
            self._enter(journey, customer, event, now)
        return gone

    def due(self, now: datetime) -> list[RunRow]:
        """The runs that are due, the longest first."""
        rows = [
            run
            for run in self.runs.values()
            if run.state == "active" and run.due_at is not None and run.due_at <= now
        ]
        return sorted(rows, key=lambda run: (run.due_at, run.id))

    def move(self, run: RunRow, now: datetime) -> None:
        """Move a due run along, one transaction."""
        journey = run.journey
        state = RunState(
            run.id,
            f"salt{journey.id}",
            run.step,
            run.entered_at,
            run.is_control,
            run.due_at or now,
            run.timeout_at,
            run.woken_by,
        )
        facts = self.facts(journey, run.customer, run.entered_at, now, run)
        leg = advance(journey.program, state, facts, now=now, rules=RULES)
        for effect in leg.effects:
            if isinstance(effect, KeepArm):
                self.arms.setdefault((journey.id, run.customer.id, effect.place), effect.arm)
            elif isinstance(effect, Expose):
                self.exposures.add((run.id, effect.step.id, effect.arm))
            elif isinstance(effect, PlanTouch):
                moved = Moved(
                    run.id, journey.id, run.customer.id, run.customer.id, run.customer.staff_id,
                    20, facts, leg,
                )  # fmt: skip
                self._plan(run, moved, effect)
        run.path += [entry | {"at": now} for entry in leg.path]
        run.step, run.due_at, run.timeout_at = leg.step, leg.due_at, leg.timeout_at
        run.woken_by = leg.woken_by
        if leg.is_over:
            run.state, run.ended_at = "done", now
        self._world.engine.note(
            "journey", "run {}: {}", run.id, [(p["step"], p["outcome"]) for p in leg.path]
        )

    def facts(
        self,
        journey: Journey,
        customer: Customer,
        since: datetime,
        now: datetime,
        run: RunRow | None = None,
    ) -> Facts:
        """What the program asks of a customer, as `read_facts` answers it."""
        counts = {}
        for spec in journey.specs:
            seconds = spec.since_seconds
            begin = since if seconds == 0 else None
            if seconds:
                begin = now - timedelta(seconds=seconds)
            counts[spec] = sum(
                spec.matches(event.type, event.payload)
                and (begin is None or event.occurred_at >= begin)
                and event.occurred_at <= now
                for event in customer.events
            )
        return Facts(
            uid=f"uid-{customer.id}",
            profile={},
            counts=counts,
            owner=(customer.id, customer.staff_id) if customer.is_friend else None,
            has_unknown_touch=run is not None and self.has_unknown(run),
            arms={
                place: arm
                for (journey_id, customer_id, place), arm in self.arms.items()
                if journey_id == journey.id and customer_id == customer.id
            },
        )

    def touches_of(self, run: RunRow) -> Iterator[TouchRow]:
        return (t for t in self._world.tables.touches.values() if t.run_id == run.id)

    def has_unknown(self, run: RunRow) -> bool:
        """Whether the fate of one of its touches is unknown."""
        return any(touch.state == "unknown" for touch in self.touches_of(run))

    def _open_runs(self, customer: Customer) -> list[RunRow]:
        return [
            run
            for run in self.runs.values()
            if run.customer is customer and (run.state == "active" or not run.is_goal_reached)
        ]

    def _react(self, run: RunRow, event: Happening, now: datetime) -> bool:
        """Write what an event does to a run; true where it ends it."""
        seen = OpenRun(
            run.state == "active", run.step, run.entered_at, run.entry_event_id, run.is_goal_reached
        )
        reaction = react(run.journey.program, seen, event)
        if reaction.goal:
            run.is_goal_reached = True
        if reaction.exit_reason:
            run.state, run.ended_at, run.due_at = "exited", now, None
            run.path.append({"step": run.step, "outcome": "exited", "at": now})
            return True
        if reaction.is_woken:
            run.woken_by = event.id
        if reaction.is_woken or reaction.is_to_be_looked_at:
            run.due_at = now
        return False

    def _withdraw(self, run: RunRow, now: datetime) -> None:
        ids = [touch.id for touch in self.touches_of(run) if touch.state in OPEN_TOUCHES]
        if ids:
            self._world.withdraw(ids, "已退出旅程", now)

    def _enter(self, journey: Journey, customer: Customer, event: Happening, now: datetime) -> None:
        past = [
            PastRun("", run.entered_at, run.ended_at)
            for run in self.runs.values()
            if run.customer is customer and run.journey is journey
        ]
        facts = self.facts(journey, customer, event.occurred_at, now)
        salt = f"salt{journey.id}"
        verdict = judge_entry(journey.program, facts, past, event=event, salt=salt, now=now)
        if verdict is None or not verdict.is_in:
            return
        number = len(self.runs) + 1
        is_control = verdict.arm == CONTROL
        self.arms.setdefault((journey.id, customer.id, CONTROL), verdict.arm)
        self.runs[number] = RunRow(
            number, journey, customer, event.occurred_at, event.id, is_control, due_at=now
        )

    def _plan(self, run: RunRow, moved: Moved, effect: PlanTouch) -> None:
        planned = _planned(moved, effect, _text_key(effect.step), RULES)
        if planned is None:
            return
        number = len(self._world.tables.touches) + 1
        touch = TouchRow(
            id=number,
            key=planned.key,
            lane=effect.step.lane,
            external_userid=run.customer.name,
            staff=STAFF[planned.staff_id],
            due_at=planned.due_at,
            valid_until=planned.valid_until,
            state="suppressed" if planned.suppressed else "planned",
            reason=planned.suppressed,
            run_id=run.id,
            step=planned.step,
            purpose=effect.step.purpose,
            content_key=planned.text,
            priority=planned.priority,
            uid=f"touch{number}",
        )
        self._world.people.desk.plan_touch(touch)
