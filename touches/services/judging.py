"""Who gets a place and who does not (触达裁决): pure decisions over what the books say.

No database and no clock, so that the slot planner and a simulator decide by the same code.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from common.clock import SHANGHAI, local_date
from touches.models import CapRule, SendingRules, Touch
from touches.services.books import Books, Candidate, Person
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
    verdicts = []
    for candidate in sorted(candidates, key=_urgency):
        verdict = _Case(candidate, books, rules, caps, now).verdict()
        if verdict.ruling == Ruling.QUEUE:
            books.take(candidate, moment=verdict.moment, room_of_a_task=CUSTOMERS_A_TASK)
        verdicts.append(verdict)
    return verdicts


def _urgency(candidate: Candidate) -> tuple[int, datetime, int]:
    return candidate.priority, candidate.due_at, candidate.touch_id


class _Case:
    """One candidate before the judge."""

    def __init__(
        self,
        candidate: Candidate,
        books: Books,
        rules: SendingRules,
        caps: Sequence[CapRule],
        now: datetime,
    ) -> None:
        self._candidate = candidate
        self._books = books
        self._rules = rules
        self._caps = caps
        self._now = now
        self._moment = max(now, candidate.due_at)
        self._is_mass = candidate.lane == Touch.Lane.MASS
        # Somebody who has just written waits for an answer, whatever the hour.
        self._minds_quiet = candidate.priority != Touch.Priority.REPLY

    def verdict(self) -> Verdict:
        return self._time() or self._place() or self._load() or self._ruled(Ruling.QUEUE)

    def _time(self) -> Verdict | None:
        """Validity and quiet hours; a slot of an earlier day is missed and gives way to the next.

        One of today that is over is used late: the staff member still has the time.
        """
        candidate = self._candidate
        if candidate.valid_until <= self._now:
            return self._ruled(Ruling.EXPIRE, TOO_LATE)
        if self._minds_quiet and is_quiet(self._moment, self._rules):
            end = quiet_end(self._moment, self._rules)
            due = next_slot(end, None, self._rules) if self._is_mass else end
            return self._deferred(due, "静默时段")
        if self._is_mass and local_date(candidate.due_at) < local_date(self._now):
            return self._deferred(next_slot(self._now, None, self._rules), "错过时段")
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
        refusal = self._refused_as_double()
        if refusal is None and self._is_mass:
            refusal = refused_by_quota(candidate, contacts, moment=self._moment)
        if refusal is None:
            person = self._books.people.get(candidate.customer_id, _NOBODY)
            refusal = refused_by_caps(candidate, contacts, person, self._caps, moment=self._moment)
        if refusal is None:
            return None
        return self._ruled(Ruling.SUPPRESS, refusal.reason, winner_id=refusal.winner_id)

    def _refused_as_double(self) -> Refusal | None:
        """WeCom's list of a task names a customer once."""
        if not self._is_mass:
            return None
        for contact in self._books.contacts[self._candidate.customer_id]:
            is_same_person = contact.identity_id == self._candidate.identity_id
            if is_same_person and contact.group == self._candidate.group:
                return Refusal(SAME_TASK, contact.touch_id)
        return None

    def _load(self) -> Verdict | None:
        """The staff member's day: joining a task that is not out yet costs no confirmation."""
        candidate, day = self._candidate, local_date(self._moment)
        if self._is_mass and self._books.rooms.get(candidate.group, 0):
            return None
        limit = self._rules.mass_a_staff_a_day if self._is_mass else self._rules.tasks_a_staff_a_day
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
        return quiet_end(self._now, self._rules) if self._minds_quiet else self._now

    def _leave_by(self) -> datetime:
        start = quiet_start(self._moment, self._rules) if self._minds_quiet else None
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
            moment=self._moment,
            due_at=due_at or self._candidate.due_at,
            valid_until=valid_until or self._candidate.valid_until,
            send_at=self._send_at(),
            leave_by=self._leave_by(),
            reason=reason,
            winner_id=winner_id,
        )
