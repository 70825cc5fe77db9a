"""Who gets a place and who does not (触达裁决): pure decisions over what the books say.

No database and no clock, so that the slot planner and a simulator decide by the same code.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from common.clock import SHANGHAI, local_date
from touches.models import CapRule, SendingRules, Touch
from touches.services.books import Books, Candidate, Contact, Person
from touches.services.caps import Refusal, refused_by_caps, refused_by_quota
from touches.services.quiet import is_quiet, next_slot, quiet_end, quiet_start

# Customers of one call of `add_msg_template`, wecom-api §11.1.
CUSTOMERS_A_TASK: Final = 10_000
NOT_FRIENDS: Final = "不是好友"
SAME_TASK: Final = "同一内容的群发任务里已有该客户"
TOO_LATE: Final = "有效期内未能发出"
_NOBODY: Final = Person()


class Ruling(StrEnum):
    """What becomes of a candidate."""

    QUEUE = "queue"
    DEFER = "defer"
    ROLL = "roll"
    SUPPRESS = "suppress"
    EXPIRE = "expire"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The ruling on one candidate (裁决).

    Attributes:
        moment: When it counts: the slot, or now if that is over.
        reason: For people; '' where it has its place.
        winner_id: Which touch took the place, if one did.
        due_at, valid_until: As they are from now on.
        send_at: From when on its call may be made.
        leave_by: After which its call must not be made any more.
    """

    candidate: Candidate
    ruling: Ruling
    moment: datetime
    due_at: datetime
    valid_until: datetime
    send_at: datetime
    leave_by: datetime
    reason: str = ""
    winner_id: int | None = None


def judge(
    candidates: Iterable[Candidate],
    *,
    books: Books,
    rules: SendingRules,
    caps: Sequence[CapRule],
    now: datetime,
) -> list[Verdict]:
    """Decide on each candidate, the more urgent first; places taken are written into the books.

    In this order: validity, quiet hours, friendship, what makes it impossible, WeCom's quota, our
    caps, the staff member's load. Among candidates for one place the better (priority, due, number)
    wins, and the loser's verdict names it.
    """
    court = _Court(books, rules, caps, now)
    return [court.decide(candidate) for candidate in sorted(candidates, key=_urgency)]


def _urgency(candidate: Candidate) -> tuple[int, datetime, int]:
    return candidate.priority, candidate.due_at, candidate.touch_id


@dataclass(frozen=True, slots=True)
class _Moment:
    """A moment by the wall clock; a batch has few different ones."""

    at: datetime
    day: date
    is_quiet: bool
    quiet_start: datetime | None


class _Court:
    """One judgement: what holds for all of its candidates."""

    def __init__(
        self, books: Books, rules: SendingRules, caps: Sequence[CapRule], now: datetime
    ) -> None:
        self.books = books
        self.rules = rules
        self.caps = caps
        self.now = now
        self.today = local_date(now)
        self.quiet_end = quiet_end(now, rules)
        self._moments: dict[datetime, _Moment] = {}

    def decide(self, candidate: Candidate) -> Verdict:
        verdict = _Case(candidate, self).verdict()
        if verdict.ruling == Ruling.QUEUE:
            self.books.take(candidate, moment=verdict.moment, room_of_a_task=CUSTOMERS_A_TASK)
        return verdict

    def moment(self, at: datetime) -> _Moment:
        """Return what the wall clock says at a moment."""
        found = self._moments.get(at)
        if found is None:
            rules = self.rules
            found = _Moment(at, local_date(at), is_quiet(at, rules), quiet_start(at, rules))
            self._moments[at] = found
        return found


class _Case:
    """One candidate before the court."""

    def __init__(self, candidate: Candidate, court: _Court) -> None:
        self._candidate = candidate
        self._court = court
        self._books = court.books
        self._moment = court.moment(max(court.now, candidate.due_at))
        self._is_mass = candidate.lane == Touch.Lane.MASS
        # Somebody who has just written waits for an answer, whatever the hour.
        self._minds_quiet = candidate.priority != Touch.Priority.REPLY

    def verdict(self) -> Verdict:
        return self._time() or self._place() or self._load() or self._ruled(Ruling.QUEUE)

    def _time(self) -> Verdict | None:
        """Validity and quiet hours; a slot of an earlier day is missed and gives way to the next.

        One of today that is over is used late: the staff member still has the time.
        """
        candidate, rules = self._candidate, self._court.rules
        if candidate.valid_until <= self._court.now:
            return self._ruled(Ruling.EXPIRE, TOO_LATE)
        if self._minds_quiet and self._moment.is_quiet:
            end = quiet_end(self._moment.at, rules)
            due = next_slot(end, None, rules) if self._is_mass else end
            return self._deferred(due, "静默时段")
        if self._is_mass and self._court.moment(candidate.due_at).day < self._court.today:
            return self._deferred(next_slot(self._court.now, None, rules), "错过时段")
        if candidate.valid_until <= self._send_at():
            return self._ruled(Ruling.EXPIRE, TOO_LATE)
        return None

    def _place(self) -> Verdict | None:
        """Friendship, WeCom's quota, our caps."""
        candidate = self._candidate
        if candidate.identity_id is None:
            return self._ruled(Ruling.SUPPRESS, NOT_FRIENDS)
        if candidate.obstacle:
            return self._ruled(Ruling.REFUSE, candidate.obstacle)
        contacts = self._books.contacts[candidate.customer_id]
        refusal = self._refused_as_double(contacts)
        if refusal is None and self._is_mass:
            refusal = refused_by_quota(candidate, contacts, moment=self._moment.at)
        if refusal is None:
            person = self._books.people.get(candidate.customer_id, _NOBODY)
            refusal = refused_by_caps(
                candidate, contacts, person, self._court.caps, moment=self._moment.at
            )
        if refusal is None:
            return None
        return self._ruled(Ruling.SUPPRESS, refusal.reason, winner_id=refusal.winner_id)

    def _refused_as_double(self, contacts: Sequence[Contact]) -> Refusal | None:
        """WeCom's list of a task names a customer once."""
        candidate = self._candidate
        if candidate.group is None:
            return None
        for contact in contacts:
            is_same_person = contact.identity_id == candidate.identity_id
            if is_same_person and contact.group == candidate.group:
                return Refusal(SAME_TASK, contact.touch_id)
        return None

    def _load(self) -> Verdict | None:
        """The staff member's day: joining a task that is not out yet costs no confirmation."""
        candidate, day, rules = self._candidate, self._moment.day, self._court.rules
        if candidate.group is not None and self._books.rooms.get(candidate.group, 0):
            return None
        limit = rules.mass_a_staff_a_day if self._is_mass else rules.tasks_a_staff_a_day
        if self._books.loads[candidate.staff_id, candidate.lane, day] < limit:
            return None
        what = "群发确认" if self._is_mass else "1v1 任务"
        if candidate.rolled_count:
            return self._ruled(Ruling.EXPIRE, f"员工每日{what}上限 {limit}，顺延后仍无空位")
        later = timedelta(days=(day - local_date(candidate.due_at)).days + 1)
        return self._ruled(
            Ruling.ROLL,
            f"员工每日{what}上限 {limit}，顺延一天",
            due_at=candidate.due_at + later,
            valid_until=candidate.valid_until + later,
        )

    def _deferred(self, due_at: datetime, why: str) -> Verdict:
        if due_at >= self._candidate.valid_until:
            return self._ruled(Ruling.EXPIRE, f"{why}，有效期内没有可发送的时间")
        local = due_at.astimezone(SHANGHAI)
        return self._ruled(Ruling.DEFER, f"{why}，顺延至 {local:%m-%d %H:%M}", due_at=due_at)

    def _send_at(self) -> datetime:
        """A task is made ahead of its slot, but not inside the quiet hours before it."""
        return self._court.quiet_end if self._minds_quiet else self._court.now

    def _leave_by(self) -> datetime:
        start = self._moment.quiet_start if self._minds_quiet else None
        valid_until = self._candidate.valid_until
        return valid_until if start is None else min(valid_until, start)

    def _ruled(
        self,
        ruling: Ruling,
        reason: str = "",
        *,
        winner_id: int | None = None,
        due_at: datetime | None = None,
        valid_until: datetime | None = None,
    ) -> Verdict:
        return Verdict(
            candidate=self._candidate,
            ruling=ruling,
            moment=self._moment.at,
            due_at=due_at or self._candidate.due_at,
            valid_until=valid_until or self._candidate.valid_until,
            send_at=self._send_at(),
            leave_by=self._leave_by(),
            reason=reason,
            winner_id=winner_id,
        )
