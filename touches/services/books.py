"""What a judgement knows (判断依据): candidates, places taken, loads. No database, no clock.

SQL fills these for a batch of due touches; a simulator keeps them for a whole run.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple

from common.clock import local_date
from touches.models import Touch


class TaskGroup(NamedTuple):
    """What makes mass touches one task for a staff member: one call, one confirmation."""

    staff_id: int
    slot: datetime
    content_key: str


def task_group(staff_id: int, due_at: datetime, content_key: str) -> TaskGroup:
    """Return the task of a touch; slots are told apart by the second, as in the call's key."""
    return TaskGroup(staff_id, due_at.replace(microsecond=0), content_key)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A due touch that asks for a place (候选触达).

    Attributes:
        identity_id: Whom it would reach: the customer's identity in the staff member's corp; None
            where the two are no friends.
        quota_mode: The corp's rule for mass messages.
        obstacle: Why it cannot go whatever the budgets say; '' = nothing is in the way.
        group: The task it would belong to, in lane M.
    """

    touch_id: int
    customer_id: int
    identity_id: int | None
    corp_id: int
    quota_mode: str
    staff_id: int
    lane: str
    purpose: str
    priority: int
    due_at: datetime
    valid_until: datetime
    content_key: str = ""
    rolled_count: int = 0
    obstacle: str = ""
    group: TaskGroup | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        """Say once which task it would belong to."""
        if self.lane == Touch.Lane.MASS:
            group = task_group(self.staff_id, self.due_at, self.content_key)
            object.__setattr__(self, "group", group)


@dataclass(frozen=True, slots=True)
class Contact:
    """A place that a touch has taken (已占用额度).

    Until its result is known it may fall on any moment between `at` and `until`, because a mass
    message leaves when the staff member taps; then both are the moment it was sent. `first_on` and
    `last_on` are their days in Asia/Shanghai.
    """

    touch_id: int
    identity_id: int
    lane: str
    purpose: str
    at: datetime
    until: datetime
    first_on: date
    last_on: date
    group: TaskGroup | None = None

    def may_fall_between(self, first: date, last: date) -> bool:
        """Say whether it counts, or may come to count, in these days."""
        return self.first_on <= last and self.last_on >= first


@dataclass(frozen=True, slots=True)
class Person:
    """What the profile says of a customer that protects them."""

    last_added_at: datetime | None = None
    last_order_at: datetime | None = None


@dataclass(slots=True)
class Books:
    """Places taken, by customer; loads, by (staff, lane, day); room in tasks that can be joined.

    `judge` keeps them current while it goes, so that later candidates see what earlier ones took.
    """

    contacts: defaultdict[int, list[Contact]] = field(default_factory=lambda: defaultdict(list))
    people: dict[int, Person] = field(default_factory=dict)
    loads: defaultdict[tuple[int, str, date], int] = field(default_factory=lambda: defaultdict(int))
    rooms: dict[TaskGroup, int] = field(default_factory=dict)

    def take(self, candidate: Candidate, *, moment: datetime, room_of_a_task: int) -> None:
        """Write down that the candidate has its place."""
        if candidate.identity_id is None:
            return
        day, group = local_date(moment), candidate.group
        self.contacts[candidate.customer_id].append(
            Contact(
                touch_id=candidate.touch_id,
                identity_id=candidate.identity_id,
                lane=candidate.lane,
                purpose=candidate.purpose,
                at=moment,
                until=candidate.valid_until,
                first_on=day,
                last_on=local_date(candidate.valid_until),
                group=group,
            )
        )
        room = self.rooms.get(group, 0) if group is not None else 0
        if not room:
            self.loads[candidate.staff_id, candidate.lane, day] += 1
        if group is not None:
            self.rooms[group] = (room or room_of_a_task) - 1
