"""What an explanation consists of (旅程说明): plain frozen data for pages, API and shell."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sop.program.examining import Finding
from touches.selectors.stories import TouchStory


@dataclass(frozen=True, slots=True)
class EventRef:
    """An event of the customer's ledger (行为)."""

    id: int
    type: str
    label: str
    occurred_at: datetime
    source: str


@dataclass(frozen=True, slots=True)
class EntryTest:
    """One occasion on which the customer might have entered (进入判定).

    Attributes:
        tested_at: When it was decided; None where the journey never looked at the event.
        is_in: Whether they came in.
        event: None on a scan, or where the event lies beyond what the ledger keeps.
    """

    event: EventRef | None
    tested_at: datetime | None
    is_in: bool
    reason: str
    run_id: int | None = None


@dataclass(frozen=True, slots=True)
class ConditionNow:
    """One condition on the values of now (现在的值); history of facts is not stored."""

    label: str
    is_met: bool
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class EntryNow:
    """Whether they would come in now (现在判定).

    Attributes:
        is_possible: All conditions hold, re-entry is allowed and the journey lets people in.
        reason: In one sentence.
        triggers: The events that let people in, each with its own condition.
        condition: What must hold besides; None when nothing need.
        reentry: The rule, in words.
    """

    is_possible: bool
    reason: str
    triggers: tuple[ConditionNow, ...]
    condition: ConditionNow | None
    reentry: str
    scan: str


@dataclass(frozen=True, slots=True)
class PassedStep:
    """A step that a run passed, or began to wait at (经过的步骤).

    Attributes:
        detail: What was decided on, as the log kept it at that time.
        now: Its conditions on the values of now.
    """

    step: str
    title: str
    kind: str
    outcome: str
    label: str
    detail: str
    now: tuple[ConditionNow, ...] = ()


@dataclass(frozen=True, slots=True)
class Leg:
    """One row of the step log (步骤日志)."""

    at: datetime
    kind: str
    label: str
    reason: str
    event: EventRef | None
    steps: tuple[PassedStep, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an open run stands and what it waits for (所在步骤)."""

    step: str
    title: str
    kind: str
    waits_for: str
    until: datetime | None
    now: tuple[ConditionNow, ...] = ()


@dataclass(frozen=True, slots=True)
class GoalState:
    """One goal of the journey (目标)."""

    name: str
    event: str
    until: datetime
    is_open: bool
    reached_at: datetime | None


@dataclass(frozen=True, slots=True)
class ArmGiven:
    """An arm that the customer was given (分组): stored for ever."""

    place: str
    title: str
    arm: str
    assigned_at: datetime


@dataclass(frozen=True, slots=True)
class Exposed:
    """That the run came to a contact, treated or control (曝光)."""

    step: str
    title: str
    arm: str
    exposed_at: datetime


@dataclass(frozen=True, slots=True)
class TouchTold:
    """One touch of a run, with its step and the journey that its winner came from."""

    step: str
    title: str
    story: TouchStory
    winner_journey: str = ""


@dataclass(frozen=True, slots=True)
class RunStory:
    """One way through the journey (旅程进入) from the entry to the end."""

    id: int
    version: int
    is_current_version: bool
    state: str
    state_label: str
    reason: str
    is_control: bool
    entered_at: datetime
    entered_by: EventRef | None
    entry_key: str
    staff: str
    priority: int
    attempts: int
    ended_at: datetime | None
    standing: Standing | None
    legs: tuple[Leg, ...]
    goals: tuple[GoalState, ...]
    exposures: tuple[Exposed, ...]
    touches: tuple[TouchTold, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why or why not: one customer in one journey (旅程说明).

    Attributes:
        asked_at: As of when the values of now are.
        answer: The whole in one sentence.
        entry_tests: Latest first.
        entry_now: None while a run is open, or where nothing was ever published.
        runs: Latest first.
        is_cut: There is more history than is shown.
    """

    customer: UUID
    customer_name: str
    journey: UUID
    code: str
    journey_name: str
    journey_state: str
    journey_state_label: str
    version: int | None
    asked_at: datetime
    answer: str
    entry_tests: tuple[EntryTest, ...]
    entry_now: EntryNow | None
    arms: tuple[ArmGiven, ...]
    runs: tuple[RunStory, ...]
    is_cut: bool = False
