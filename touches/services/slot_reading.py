"""What the slot planner reads of the database (取候选), and the locks it takes on the way.

Lock order: the staff members' loads, which nobody waits for, customers, dispatches, touches. Each
statement has a snapshot of its own, taken after the locks of those before it: what is counted is
what was committed by whoever held the customer before. Locking and counting in one statement would
count the past.
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from common import sql
from common.clock import SHANGHAI, local_date
from content.models import Material
from touches.models import CapRule, SendingRules, Touch
from touches.selectors.apps import Sender, senders_of
from touches.services.books import Books, Candidate, Contact, Person, TaskGroup, task_group
from touches.services.caps import ask_the_profile
from touches.services.judging import CUSTOMERS_A_TASK
from touches.services.slot_content import Content, read_content

# A calendar month, and a week for what was reserved before it and is sent in it.
A_WEEK: Final = 7
LOOK_BACK_DAYS: Final = 31 + A_WEEK
# Loads are locked in so many buckets: a lock a staff member could fill the server's lock table.
LOAD_BUCKETS: Final = 64
_LOAD_LOCKS: Final = 0x70C4_0003

# Each priority is an index scan of its own that ends with what is due: one scan over all of them
# would walk through everything planned for later. Staff and content come before the number, so that
# one task's customers come together.
_PICK: Final = """
SELECT t.id, t.identity_id, t.staff_id, t.lane, t.due_at, t.content_key
  FROM unnest('{10,20,30,40}'::smallint[]) AS urgency(priority)
 CROSS JOIN LATERAL (
       SELECT * FROM touches_touch t
        WHERE t.state = 'planned' AND t.priority = urgency.priority AND t.due_at <= %(horizon)s
          AND (t.lane = 'M' OR (t.lane = 'T' AND t.due_at <= %(now)s))
          AND t.staff_id %% %(buckets)s <> ALL(%(avoided)s::bigint[])
        ORDER BY t.due_at, t.staff_id, t.content_key, t.id
        LIMIT %(limit)s) t
 ORDER BY t.priority, t.due_at, t.staff_id, t.content_key, t.id
 LIMIT %(limit)s
"""
_TRY_LOADS: Final = """
SELECT bucket FROM unnest(%(wanted)s::int[]) AS bucket
 WHERE pg_try_advisory_xact_lock(%(space)s, bucket)
"""
# The keys of the planner's calls begin with staff member and day, and the unique key has an index
# for prefixes: no count over the customers of a day.
_CALLS: Final = """
SELECT wanted.staff_id, wanted.lane, wanted.day, call.id, call.key,
       call.state = 'pending' AND call.first_sent_at IS NULL AND NOT call.is_cancel_wanted
  FROM unnest(%(staff)s::bigint[], %(lanes)s::text[], %(days)s::date[], %(prefixes)s::text[])
       AS wanted(staff_id, lane, day, prefix)
  JOIN touches_dispatch call
    ON call.key ~>=~ wanted.prefix AND call.key ~<~ (wanted.prefix || '~')
 WHERE call.state <> ALL('{cancelled,expired,refused}')
 ORDER BY call.id
"""
_LOCK_JOINABLE: Final = """
SELECT id, key, payload, deadline_at FROM touches_dispatch
 WHERE id = ANY(%s) AND state = 'pending' AND first_sent_at IS NULL AND NOT is_cancel_wanted
 ORDER BY id FOR UPDATE
"""
_LOCK_TOUCHES: Final = """
SELECT t.id, t.uid, anchor.customer_id, target.id AS identity_id, target.value AS external_userid,
       staff.id AS staff_id, staff.userid, staff.left_at IS NOT NULL AS has_left, staff.corp_id,
       corp.mass_quota, t.lane, t.purpose, t.priority, t.title, t.content::text, t.content_key,
       t.due_at, t.valid_until, t.rolled_count
  FROM touches_touch t
  JOIN customers_identity anchor ON anchor.id = t.identity_id
  JOIN org_staff staff ON staff.id = t.staff_id
  JOIN wecom_corp corp ON corp.id = staff.corp_id
  LEFT JOIN LATERAL (
       SELECT own.id, own.value
         FROM customers_identity own
         JOIN customers_friendship friend
           ON friend.identity_id = own.id AND friend.staff_id = t.staff_id AND friend.is_friend
        WHERE own.customer_id = anchor.customer_id AND own.namespace = 'wecom:' || corp.corp_id
        ORDER BY own.id <> anchor.id, own.id LIMIT 1) target ON true
 WHERE t.id = ANY(%(ids)s::bigint[]) AND t.state = 'planned'
   AND t.due_at <= CASE t.lane WHEN 'M' THEN %(horizon)s ELSE %(now)s END
 ORDER BY t.id FOR UPDATE OF t SKIP LOCKED
"""
_CONTACTS: Final = """
SELECT own.customer_id, place.touch_id, place.identity_id, place.lane, place.purpose,
       place.counted_at, place.counted_on, touch.valid_until, touch.staff_id, touch.due_at,
       touch.content_key
  FROM customers_identity own
  JOIN touches_contactledger place
    ON place.identity_id = own.id AND place.counted_on >= %(since)s AND place.state <> 'released'
  LEFT JOIN touches_touch touch ON touch.id = place.touch_id AND place.state = 'reserved'
 WHERE own.customer_id = ANY(%(customers)s::bigint[])
 ORDER BY place.counted_at, place.touch_id
"""
_PEOPLE: Final = """
SELECT customer_id, last_added_at, last_order_at FROM customers_profile WHERE customer_id = ANY(%s)
"""


@dataclass(frozen=True, slots=True)
class Picked:
    """A due touch as it was found, before anything was locked."""

    touch_id: int
    identity_id: int
    staff_id: int
    lane: str
    due_at: datetime
    content_key: str

    @property
    def bucket(self) -> int:
        """Which lock keeps the load of its staff member."""
        return self.staff_id % LOAD_BUCKETS

    @property
    def group(self) -> TaskGroup:
        """The task it would belong to in lane M."""
        return task_group(self.staff_id, self.due_at, self.content_key)


@dataclass(frozen=True, slots=True)
class DueTouch:
    """A due touch in our hands, with whom it goes to and through whom."""

    candidate: Candidate
    uid: UUID
    title: str
    content: Content
    userid: str
    external_userid: str
    sender: Sender | None
    material: Material | None


@dataclass(slots=True)
class OpenTask:
    """A mass task that is not out yet, in our hands: more customers may join it."""

    dispatch_id: UUID
    body: dict[str, Any]
    deadline_at: datetime | None


@dataclass(frozen=True, slots=True)
class Calls:
    """The planner's calls of some staff members' days: loads, tasks to join, numbers in use."""

    loads: dict[tuple[int, str, date], int]
    open_tasks: dict[TaskGroup, OpenTask]
    parts: dict[str, int]


def horizon(now: datetime, rules: SendingRules) -> datetime:
    """Return up to which slot mass touches are due: their tasks are made a little ahead."""
    return now + timedelta(minutes=rules.slot_lead_minutes)


@dataclass(frozen=True, slots=True)
class Pick:
    """A batch of due touches whose staff members' loads are ours until the transaction ends.

    Attributes:
        continued: The task whose customers go on beyond the end of the batch.
    """

    touches: list[Picked]
    has_more: bool
    continued: TaskGroup | None


def pick_due(*, now: datetime, rules: SendingRules, limit: int) -> Pick:
    """Pick the most urgent due touches (取候选), one task's customers together.

    The loads of their staff members are locked on the way, and nobody ever waits for those: what
    another worker has is left out, and this one looks for other members' touches instead.
    """
    avoided: set[int] = set()
    while True:
        params = {
            "now": now,
            "horizon": horizon(now, rules),
            "limit": limit + 1,
            "buckets": LOAD_BUCKETS,
            "avoided": sql.numbers(avoided),
        }
        found = [Picked(*row) for row in sql.fetch_all(_PICK, params)]
        batch, rest = found[:limit], found[limit:]
        wanted = {picked.bucket for picked in batch}
        ours = _try_loads(wanted)
        touches = [picked for picked in batch if picked.bucket in ours]
        if touches or not batch:
            return Pick(touches, bool(rest), _continued(touches, rest))
        avoided |= wanted


def _continued(touches: Sequence[Picked], rest: Sequence[Picked]) -> TaskGroup | None:
    if not touches or not rest or rest[0].lane != Touch.Lane.MASS:
        return None
    last = touches[-1]
    is_cut = last.lane == Touch.Lane.MASS and last.group == rest[0].group
    return last.group if is_cut else None


def _try_loads(buckets: Iterable[int]) -> set[int]:
    """Keep others from counting these members' loads until this transaction ends, if they let us.

    Returns:
        The buckets that are ours.
    """
    params = {"space": _LOAD_LOCKS, "wanted": sql.numbers(sorted(buckets))}
    return {row[0] for row in sql.fetch_all(_TRY_LOADS, params)}


def mass_key(group: TaskGroup) -> str:
    """Return the key of a task's calls without the number: at most 62 characters with it."""
    slot = group.slot.astimezone(SHANGHAI).isoformat(timespec="seconds")
    return f"mass:{group.staff_id}:{slot}:{group.content_key[:16]}"


def task_key(staff_id: int, day: date, uid: UUID) -> str:
    """Return the key of the call that carries one task card."""
    return f"task:{staff_id}:{day}:{uid}"


def read_calls(picked: Sequence[Picked], *, now: datetime) -> Calls:
    """Read what is planned for the staff members of these touches, and lock what can be joined."""
    wanted = sorted({(p.staff_id, p.lane, local_date(max(now, p.due_at))) for p in picked})
    rows = sql.fetch_all(
        _CALLS,
        {
            "staff": [staff_id for staff_id, _, _ in wanted],
            "lanes": [lane for _, lane, _ in wanted],
            "days": [day for _, _, day in wanted],
            "prefixes": [
                f"mass:{staff}:{day}T" if lane == Touch.Lane.MASS else f"task:{staff}:{day}:"
                for staff, lane, day in wanted
            ],
        },
    )
    loads: dict[tuple[int, str, date], int] = {}
    parts: dict[str, int] = {}
    for staff_id, lane, day, _id, key, _is_open in rows:
        loads[staff_id, lane, day] = loads.get((staff_id, lane, day), 0) + 1
        if lane == Touch.Lane.MASS:
            stem, _, part = key.rpartition(":")
            parts[stem] = max(parts.get(stem, 0), int(part))
    groups = {mass_key(p.group): p.group for p in picked if p.lane == Touch.Lane.MASS}
    joinable = [row[3] for row in rows if row[5] and row[4].rpartition(":")[0] in groups]
    return Calls(loads=loads, open_tasks=_lock_open(groups, joinable), parts=parts)


def _lock_open(groups: dict[str, TaskGroup], ids: Sequence[UUID]) -> dict[TaskGroup, OpenTask]:
    if not ids:
        return {}
    return {
        groups[key.rpartition(":")[0]]: OpenTask(dispatch_id, json.loads(payload), deadline_at)
        for dispatch_id, key, payload, deadline_at in sql.fetch_all(_LOCK_JOINABLE, [list(ids)])
    }


def lock_touches(
    touch_ids: Collection[int], *, now: datetime, rules: SendingRules
) -> list[DueTouch]:
    """Take these touches into our hands, unless somebody else has them or they are due no more."""
    params = {"ids": sql.numbers(touch_ids), "now": now, "horizon": horizon(now, rules)}
    rows = sql.fetch_dicts(_LOCK_TOUCHES, params)
    senders = senders_of(row["corp_id"] for row in rows)
    # Equal texts are read once: most of a batch says the same.
    contents = {
        (lane, text): read_content(lane, text)
        for lane, text in {(row["lane"], row["content"]) for row in rows}
    }
    found = contents.values()
    wanted = {content.material_id for content in found if content.material_id is not None}
    materials = Material.objects.filter(is_published=True).in_bulk(wanted)
    return [
        _due_touch(
            row, contents[row["lane"], row["content"]], senders.get(row["corp_id"]), materials
        )
        for row in rows
    ]


def _due_touch(
    row: dict[str, Any], content: Content, sender: Sender | None, materials: Mapping[int, Material]
) -> DueTouch:
    return DueTouch(
        candidate=Candidate(
            touch_id=row["id"],
            customer_id=row["customer_id"],
            identity_id=row["identity_id"],
            corp_id=row["corp_id"],
            quota_mode=row["mass_quota"],
            staff_id=row["staff_id"],
            lane=row["lane"],
            purpose=row["purpose"],
            priority=row["priority"],
            due_at=row["due_at"],
            valid_until=row["valid_until"],
            content_key=row["content_key"],
            rolled_count=row["rolled_count"],
            obstacle=content.obstacle(
                has_left=row["has_left"], has_sender=sender is not None, readable=materials
            ),
        ),
        uid=row["uid"],
        title=row["title"],
        content=content,
        userid=row["userid"],
        external_userid=row["external_userid"] or "",
        sender=sender,
        material=None if content.material_id is None else materials.get(content.material_id),
    )


def read_books(
    due: Sequence[DueTouch], calls: Calls, *, caps: Sequence[CapRule], now: datetime
) -> Books:
    """Count (计数) what the customers of these touches have taken; their locks are held already."""
    books = Books()
    books.loads.update(calls.loads)
    for group, task in calls.open_tasks.items():
        books.rooms[group] = CUSTOMERS_A_TASK - len(task.body["external_userid"])
    customers = sorted({touch.candidate.customer_id for touch in due})
    days = max([LOOK_BACK_DAYS, *(rule.days + rule.hours // 24 + A_WEEK for rule in caps)])
    since = local_date(now) - timedelta(days=days)
    for row in sql.fetch_all(_CONTACTS, {"customers": sql.numbers(customers), "since": since}):
        books.contacts[row[0]].append(_contact(*row[1:]))
    if ask_the_profile(caps, (touch.candidate for touch in due)):
        for customer_id, added_at, ordered_at in sql.fetch_all(_PEOPLE, [customers]):
            books.people[customer_id] = Person(added_at, ordered_at)
    return books


def _contact(
    touch_id: int,
    identity_id: int,
    lane: str,
    purpose: str,
    counted_at: datetime,
    counted_on: date,
    valid_until: datetime | None,
    staff_id: int | None,
    due_at: datetime | None,
    content_key: str | None,
) -> Contact:
    if valid_until is None or valid_until <= counted_at:
        at = (counted_at, counted_at, counted_on, counted_on)
        return Contact(touch_id, identity_id, lane, purpose, *at)
    group = None
    if lane == Touch.Lane.MASS and staff_id is not None and due_at is not None:
        group = task_group(staff_id, due_at, content_key or "")
    at = (counted_at, valid_until, counted_on, local_date(valid_until))
    return Contact(touch_id, identity_id, lane, purpose, *at, group)
