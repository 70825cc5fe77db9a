"""Programs (旅程程序): what a journey consists of, as frozen data.

A program is structured: steps in order, branches whose arms rejoin. Circles, orphans and loose ends
cannot be written down. `Program.after` says what follows a step once it is over, whatever block it
stands in, so the executor needs no stack.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, TypeAlias

from sop.program.conditions import Condition, EventSpec

MAX_STEPS: Final = 200
PURPOSES: Final = ("knowledge", "service", "care", "activity", "promotion")
LANES: Final = ("M", "T")
# Contacts of these purposes are never held back from a control group.
NEVER_HELD_OUT: Final = frozenset({"service", "care"})
PastDue: TypeAlias = Literal["next", "go"]


@dataclass(frozen=True, slots=True)
class Pause:
    """Wait a while (等待一段时间)."""

    id: str
    seconds: int
    label: str = ""


@dataclass(frozen=True, slots=True)
class SlotWait:
    """Wait for a slot of the n-th local day after the entry (等到第 N 天时段).

    Attributes:
        past_due: What to do when that moment is over already: take the same slot of the `next` day,
            or `go` on at once.
    """

    id: str
    day: int
    slot: int
    past_due: PastDue = "next"
    label: str = ""


@dataclass(frozen=True, slots=True)
class TimeWait:
    """Wait until a time of day (等到时刻), on some weekdays only (1 = Monday)."""

    id: str
    minute_of_day: int
    weekdays: tuple[int, ...] = ()
    label: str = ""


@dataclass(frozen=True, slots=True)
class Await:
    """Wait until something happens or holds, at most so long (等待条件).

    Attributes:
        spec: The event that wakes; or
        condition: what must hold; looked at after each of the customer's events.
        is_already_enough: What held or happened since the entry before this step counts as well.
        met: Steps when it came.
        late: Steps when the time ran out first.
    """

    id: str
    spec: EventSpec | None
    condition: Condition | None
    timeout_seconds: int
    is_already_enough: bool = True
    met: tuple["Step", ...] = ()
    late: tuple["Step", ...] = ()
    label: str = ""


@dataclass(frozen=True, slots=True)
class Arm:
    """One way of a branch: taken when its condition holds, or with its weight."""

    label: str
    steps: tuple["Step", ...]
    condition: Condition | None = None
    weight: int = 1


@dataclass(frozen=True, slots=True)
class Decide:
    """Take the first arm whose condition holds (判断); none: go on."""

    id: str
    arms: tuple[Arm, ...]
    label: str = ""


@dataclass(frozen=True, slots=True)
class Experiment:
    """Take an arm by lot (实验): hashed on the customer, stored, the same for ever."""

    id: str
    arms: tuple[Arm, ...]
    label: str = ""


@dataclass(frozen=True, slots=True)
class Contact:
    """Plan a touch (触达) in lane M or T, if its condition holds.

    Attributes:
        slot: For M the slot of the day (0, 1, 2); None = the next one.
        valid_minutes: How long it may wait for staff; None = by its purpose.
    """

    id: str
    lane: str
    purpose: str
    title: str
    content: Mapping[str, Any]
    condition: Condition | None = None
    slot: int | None = None
    valid_minutes: int | None = None
    label: str = ""


@dataclass(frozen=True, slots=True)
class Retag:
    """Add and remove tags (打标签)."""

    id: str
    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()
    condition: Condition | None = None
    label: str = ""


@dataclass(frozen=True, slots=True)
class Notify:
    """Tell the staff member, or the one who leads them (内部提醒)."""

    id: str
    title: str
    body: str
    to: Literal["owner", "lead"] = "owner"
    condition: Condition | None = None
    label: str = ""


@dataclass(frozen=True, slots=True)
class Leave:
    """End the run here (结束)."""

    id: str
    reason: str
    label: str = ""


Step: TypeAlias = (
    Pause | SlotWait | TimeWait | Await | Decide | Experiment | Contact | Retag | Notify | Leave
)


@dataclass(frozen=True, slots=True)
class Trigger:
    """An event that lets customers in, with what must hold besides."""

    spec: EventSpec
    condition: Condition | None = None


@dataclass(frozen=True, slots=True)
class Reentry:
    """Whether somebody may come in again (再次进入).

    `once`; `after_exit`: when the last run is over for `gap_hours`; `window`: at most `count` times
    in `days`; `keyed`: once per value of the payload field `key`.
    """

    policy: Literal["once", "after_exit", "window", "keyed"] = "once"
    gap_hours: int = 0
    count: int = 0
    days: int = 0
    key: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """Who comes in (进入条件).

    Attributes:
        triggers: Events that let in.
        condition: What must hold, besides.
        scan_minute: Time of day at which everybody for whom the condition holds comes in.
        late_hours: An event told later than this lets nobody in any more.
    """

    triggers: tuple[Trigger, ...]
    condition: Condition | None
    reentry: Reentry
    scan_minute: int | None = None
    late_hours: int = 24


@dataclass(frozen=True, slots=True)
class ExitRule:
    """An event that ends a run at once (退出条件)."""

    spec: EventSpec
    reason: str


@dataclass(frozen=True, slots=True)
class Goal:
    """What the journey is for (目标): an event within so many days of the entry."""

    name: str
    spec: EventSpec
    days: int


@dataclass(frozen=True, slots=True)
class Program:
    """A whole journey (旅程程序), ready to run.

    Attributes:
        control_percent: Share of customers that is only watched.
        by_id: Every step by its logical key.
        after: The step that follows when a step and all inside it are over; "" = the end.
        first: Where a run begins.
    """

    entry: Entry
    steps: tuple[Step, ...]
    exits: tuple[ExitRule, ...] = ()
    goals: tuple[Goal, ...] = ()
    control_percent: float = 0.0
    by_id: Mapping[str, Step] = field(default_factory=dict)
    after: Mapping[str, str] = field(default_factory=dict)
    first: str = ""

    @property
    def goal_days(self) -> int:
        """How long after the entry goals still count."""
        return max((goal.days for goal in self.goals), default=0)


def inner_blocks(step: Step) -> tuple[tuple[Step, ...], ...]:
    """Return the lists of steps inside a step."""
    if isinstance(step, Await):
        return step.met, step.late
    if isinstance(step, Decide | Experiment):
        return tuple(arm.steps for arm in step.arms)
    return ()


def link(steps: tuple[Step, ...], then: str = "") -> tuple[dict[str, Step], dict[str, str]]:
    """Return every step by its key, and what follows each."""
    by_id: dict[str, Step] = {}
    after: dict[str, str] = {}
    for position, step in enumerate(steps):
        follower = steps[position + 1].id if position + 1 < len(steps) else then
        by_id[step.id] = step
        after[step.id] = follower
        for block in inner_blocks(step):
            inner, inner_after = link(block, follower)
            by_id |= inner
            after |= inner_after
    return by_id, after


def conditions_of(program: Program) -> list[Condition]:
    """Return every condition that a run of this program may ask."""
    found = [program.entry.condition]
    found += [trigger.condition for trigger in program.entry.triggers]
    for step in program.by_id.values():
        if isinstance(step, Await | Contact | Retag | Notify):
            found.append(step.condition)
        if isinstance(step, Decide):
            found += [arm.condition for arm in step.arms]
    return [condition for condition in found if condition is not None]


def awaited_specs(program: Program) -> list[EventSpec]:
    """Return the events that some step of this program waits for."""
    return [
        step.spec
        for step in program.by_id.values()
        if isinstance(step, Await) and step.spec is not None
    ]
