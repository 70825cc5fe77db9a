"""The calls of touches that have their place (组装发送): mass tasks, task cards, their links."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID

from common import sql
from common.clock import local_date
from common.ids import uuid7
from common.text import cut
from content.models import Material
from content.services.links import LinkSpec, create_link_codes, public_url
from touches.models import Dispatch, Touch
from touches.services.books import TaskGroup
from touches.services.judging import CUSTOMERS_A_TASK, Verdict
from touches.services.plan import BATCH_ROWS, DispatchDraft, dispatch_row, frozen
from touches.services.slot_reading import Calls, DueTouch, OpenTask, mass_key, task_key
from touches.services.tasks_for_staff import task_draft
from touches.services.workers import worker_name
from wecom.api.attachments import Link, content

# A task whose customers go on in the next batch waits so long for them before it leaves.
GATHERING: Final = timedelta(seconds=5)
MAX_TITLE_BYTES: Final = 128
MAX_DESCRIPTION_BYTES: Final = 512

_LOG: Final = """
INSERT INTO touches_effectlog (dispatch_id, from_state, to_state, actor, token, detail)
SELECT id, '', 'pending', %(actor)s, 0, '' FROM unnest(%(ids)s::uuid[]) AS id
"""
_JOIN: Final = """
UPDATE touches_dispatch call
   SET payload = more.payload, deadline_at = more.deadline_at, available_at = more.available_at
  FROM jsonb_to_recordset(%s::jsonb) AS more(
       id uuid, payload text, deadline_at timestamptz, available_at timestamptz)
 WHERE call.id = more.id
"""


@dataclass(frozen=True, slots=True)
class Placed:
    """A touch that has its place, with the verdict that says so."""

    due: DueTouch
    verdict: Verdict


class _Linked(NamedTuple):
    """A material with the tracked link that leads to it."""

    material: Material
    url: str


@dataclass(slots=True)
class _Task:
    """One call of lane M: a new one, or one that these customers join."""

    group: TaskGroup
    key: str
    placed: list[Placed] = field(default_factory=list)
    open_task: OpenTask | None = None
    dispatch_id: UUID = field(default_factory=uuid7)

    @property
    def first(self) -> Placed:
        """Whose content, sender and staff member stand for all of them."""
        return self.placed[0]

    def leave_by(self) -> datetime:
        """The earliest end of anybody's validity."""
        ends = [one.verdict.leave_by for one in self.placed]
        if self.open_task is not None and self.open_task.deadline_at is not None:
            ends.append(self.open_task.deadline_at)
        return min(ends)


def write_calls(
    placed: Sequence[Placed], calls: Calls, *, continued: TaskGroup | None, now: datetime
) -> dict[int, UUID]:
    """Write the calls of these touches and return each touch's, in the caller's transaction.

    Mass touches of one (staff member, slot, content) become one call, or join one that has not left
    yet; each task card is a call of its own.

    Args:
        continued: The task whose customers did not all fit into this batch.
    """
    mass = [one for one in placed if one.verdict.candidate.lane == Touch.Lane.MASS]
    cards = [one for one in placed if one.verdict.candidate.lane == Touch.Lane.TASK]
    tasks = _tasks(mass, calls)
    links = _links(tasks, cards, now=now)
    rows = [
        _mass_row(task, links.get(task.key), is_continued=task.group == continued, now=now)
        for task in tasks
        if task.open_task is None
    ]
    rows += [_card_row(one, links.get(_card_batch(one.due)), now=now) for one in cards]
    Dispatch.objects.bulk_create(rows, batch_size=BATCH_ROWS)
    sql.execute(_LOG, {"ids": [row.id for row in rows], "actor": worker_name()})
    _join([task for task in tasks if task.open_task is not None], continued=continued, now=now)
    found = {
        one.verdict.candidate.touch_id: task.dispatch_id for task in tasks for one in task.placed
    }
    ids = {row.key: row.id for row in rows}
    for one in cards:
        found[one.verdict.candidate.touch_id] = ids[_card_key(one)]
    return found


def _tasks(mass: Sequence[Placed], calls: Calls) -> list[_Task]:
    """Divide touches into tasks as the judge counted them: what is open is filled up first."""
    groups: defaultdict[TaskGroup, list[Placed]] = defaultdict(list)
    for one in mass:
        group = one.verdict.candidate.group
        if group is not None:
            groups[group].append(one)
    tasks: list[_Task] = []
    for group, members in groups.items():
        stem, rest = mass_key(group), members
        open_task = calls.open_tasks.get(group)
        if open_task is not None:
            room = CUSTOMERS_A_TASK - len(open_task.body["external_userid"])
            joining, rest = rest[:room], rest[room:]
            if joining:
                tasks.append(_Task(group, stem, joining, open_task, open_task.dispatch_id))
        part = calls.parts.get(stem, 0)
        for start in range(0, len(rest), CUSTOMERS_A_TASK):
            part += 1
            tasks.append(_Task(group, f"{stem}:{part}", rest[start : start + CUSTOMERS_A_TASK]))
    return tasks


def _links(tasks: Sequence[_Task], cards: Sequence[Placed], *, now: datetime) -> dict[str, _Linked]:
    """Make the tracked links, by batch: one a mass task, which marks it, and one a person."""
    wanted: list[tuple[Placed, str, int | None]]
    wanted = [(task.first, task.key, None) for task in tasks if task.open_task is None]
    wanted += [(one, _card_batch(one.due), one.verdict.candidate.identity_id) for one in cards]
    specs: list[LinkSpec] = []
    materials: list[Material] = []
    for one, batch, identity_id in wanted:
        material, candidate = one.due.material, one.verdict.candidate
        if material is not None:
            where = candidate.corp_id, candidate.staff_id
            specs.append(LinkSpec(material.pk, *where, batch=batch, identity_id=identity_id))
            materials.append(material)
    codes = create_link_codes(specs, now=now)
    return {
        spec.batch: _Linked(material, public_url(code))
        for spec, material, code in zip(specs, materials, codes, strict=True)
    }


def _mass_row(
    task: _Task, linked: _Linked | None, *, is_continued: bool, now: datetime
) -> Dispatch:
    due, verdict = task.first.due, task.first.verdict
    attachments = [] if linked is None else [_attachment(linked)]
    body: dict[str, Any] = {
        "chat_type": "single",
        "external_userid": [one.due.external_userid for one in task.placed],
        "sender": due.userid,
        **content(text=due.content.text, attachments=attachments),
    }
    draft = DispatchDraft(
        kind=Dispatch.Kind.MASS_MESSAGE,
        corp_id=verdict.candidate.corp_id,
        app_id=due.sender.app_id if due.sender else 0,
        body=body,
        deadline_at=task.leave_by(),
        context={"staff_id": verdict.candidate.staff_id, "title": due.title},
    )
    send_at = now + GATHERING if is_continued else now
    return dispatch_row(
        task.key, draft, task.dispatch_id, due_at=max(send_at, verdict.send_at), now=now
    )


def _attachment(linked: _Linked) -> Link:
    return Link(
        title=cut(linked.material.title, MAX_TITLE_BYTES),
        desc=cut(linked.material.summary, MAX_DESCRIPTION_BYTES),
        url=linked.url,
    )


def _join(tasks: Sequence[_Task], *, continued: TaskGroup | None, now: datetime) -> None:
    rows = []
    for task in tasks:
        if task.open_task is None:
            continue
        body = task.open_task.body
        body["external_userid"] += [one.due.external_userid for one in task.placed]
        send_at = now + GATHERING if task.group == continued else now
        rows.append(
            {
                "id": task.dispatch_id,
                "payload": frozen(body),
                "deadline_at": task.leave_by(),
                "available_at": max(send_at, task.first.verdict.send_at),
            }
        )
    if rows:
        sql.execute(_JOIN, [sql.json_rows(rows)])


def _card_row(one: Placed, linked: _Linked | None, *, now: datetime) -> Dispatch:
    due = one.due
    if due.sender is None:
        raise ValueError("a task without a sender was given a place")
    draft = task_draft(
        due.sender,
        userid=due.userid,
        title=due.title,
        body=due.content.text,
        facts=due.content.facts,
        material=None if linked is None else (linked.material.title, linked.url),
    )
    return dispatch_row(
        _card_key(one),
        draft,
        uuid7(),
        due_at=one.verdict.send_at,
        deadline_at=one.verdict.leave_by,
        touch_uid=due.uid,
        now=now,
    )


def _card_key(one: Placed) -> str:
    return task_key(one.verdict.candidate.staff_id, local_date(one.verdict.moment), one.due.uid)


def _card_batch(due: DueTouch) -> str:
    return f"task:{due.uid}"
