"""What a program asks of staff (员工确认量): confirmations of mass messages a day. Pure.

Staff confirm once a (day, slot, content), however many customers it goes to. Customers who came in
on one day reach a step on the same later day, so what falls on one of their days falls on one
working day of every member who has such customers; arms of a branch add up, for a member has
customers in each of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from sop.program.steps import (
    Arm,
    Await,
    Contact,
    Decide,
    Experiment,
    Leave,
    Pause,
    Program,
    SlotWait,
    Step,
    TimeWait,
)
from touches.models import Touch

DAY_SECONDS: Final = 86_400
# Where an event lets people go on at any time, no more days are looked at.
MOST_DAYS: Final = 60


@dataclass(frozen=True, slots=True)
class Moment:
    """When customers of one entry day may stand at a place of the program.

    Attributes:
        early, late: Seconds since the entry.
        slot: The slot they were woken for; None = none.
    """

    early: int = 0
    late: int = 0
    slot: int | None = None


@dataclass(frozen=True, slots=True)
class ConfirmationLoad:
    """How often a staff member confirms mass messages of one journey (员工每日确认次数).

    Attributes:
        most_a_day: On the fullest day of customers who came in together.
        fullest_day: That day, counted from the entry.
        steps: The steps that fall on it.
        steady: A day, when customers come in every day.
    """

    most_a_day: int = 0
    fullest_day: int = 0
    steps: tuple[str, ...] = ()
    steady: int = 0


_Moments: TypeAlias = frozenset[Moment]
_Key: TypeAlias = tuple[int | None, str]


def confirmation_load(program: Program) -> ConfirmationLoad:
    """Count how often staff confirm mass messages of a program (每日确认次数)."""
    walk = _Walk()
    walk.block(program.steps, frozenset({Moment()}))
    if not walk.days:
        return ConfirmationLoad()
    fullest = max(sorted(walk.days), key=lambda day: len(walk.days[day]))
    keys = walk.days[fullest]
    every = {key for day in walk.days.values() for key in day}
    return ConfirmationLoad(len(keys), fullest, tuple(dict.fromkeys(keys.values())), len(every))


class _Walk:
    """Goes through a program and notes on which days mass messages may fall."""

    def __init__(self) -> None:
        self.days: dict[int, dict[_Key, str]] = {}

    def block(self, steps: Sequence[Step], moments: _Moments) -> _Moments:
        for step in steps:
            moments = self._step(step, moments)
        return moments

    def _step(self, step: Step, moments: _Moments) -> _Moments:
        match step:
            case Leave():
                return frozenset()
            case Contact(lane=Touch.Lane.MASS):
                self._note(step, moments)
            case Pause() | SlotWait() | TimeWait():
                return frozenset(_after(step, moment) for moment in moments)
            case Await():
                return self._await(step, moments)
            case Decide() | Experiment():
                return self._branch(step, moments)
            case _:
                pass
        return moments

    def _await(self, step: Await, moments: _Moments) -> _Moments:
        span = step.timeout_seconds
        met = frozenset(Moment(one.early, one.late + span) for one in moments)
        late = frozenset(Moment(one.early + span, one.late + span) for one in moments)
        return self.block(step.met, met) | self.block(step.late, late)

    def _branch(self, step: Decide | Experiment, moments: _Moments) -> _Moments:
        ends = [self.block(arm.steps, moments) for arm in step.arms]
        if isinstance(step, Decide) and not _is_exhaustive(step.arms):
            ends.append(moments)
        return frozenset().union(*ends)

    def _note(self, step: Contact, moments: _Moments) -> None:
        for moment in moments:
            slot = step.slot if step.slot is not None else moment.slot
            key = (slot, f"{step.title}\n{sorted(step.content.items())}")
            first, last = moment.early // DAY_SECONDS, moment.late // DAY_SECONDS
            for day in range(first, min(last, first + MOST_DAYS) + 1):
                self.days.setdefault(day, {}).setdefault(key, step.id)


def _after(step: Pause | SlotWait | TimeWait, moment: Moment) -> Moment:
    match step:
        case Pause(seconds=seconds):
            return Moment(moment.early + seconds, moment.late + seconds)
        case SlotWait(day=day, slot=slot):
            # A slot counts from the entry: whoever is in time takes it on the same day.
            begin = day * DAY_SECONDS
            return Moment(max(moment.early, begin), max(moment.late, begin), slot)
        case TimeWait(weekdays=weekdays):
            span = 7 if weekdays else 1
            return Moment(moment.early, moment.late + span * DAY_SECONDS)


def _is_exhaustive(arms: Sequence[Arm]) -> bool:
    return bool(arms) and arms[-1].condition is None
