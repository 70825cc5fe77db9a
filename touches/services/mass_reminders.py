"""Reminding staff of mass messages that wait for their tap (催办), never more than it needs.

First one message a member that names all their open tasks, then WeCom's own reminder, at last the
lead, when too few of a department's tasks of that slot are done. Each step of a task happens once:
the row moves on in the transaction that plans the message.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Final
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from common import sql
from common.clock import SHANGHAI
from touches.models import Dispatch, SendingRules
from touches.selectors.apps import senders_of
from touches.selectors.rules import sending_rules
from touches.services.cards import text_message
from touches.services.mass_schedule import is_staff_time
from touches.services.plan import DispatchDraft, plan_calls

# WeCom tells staff of a new task itself; nobody hears of one task twice in a minute.
FRESH: Final = timedelta(minutes=2)
# Tasks of one slot come due within moments of each other: one message is for all of them.
TOGETHER: Final = timedelta(minutes=15)
MESSAGE_VALIDITY: Final = timedelta(hours=1)
MAX_NAMED: Final = 10
# WeCom allows three reminders of one message in 24 hours.
MAX_REMINDERS: Final = 3
ENOUGH_PERCENT: Final = 70
STAFF_A_RUN: Final = 200
_LOCK: Final = 0x70C4_0003

# All tasks of a member at once, whoever of them is due.
_DUE: Final = """
SELECT m.id, m.staff_id, s.userid, s.left_at IS NOT NULL, m.title, m.msgid, m.valid_until,
       m.remind_at, m.reminded_count, d.id, d.corp_id, d.app_id
  FROM touches_masstask m
  JOIN org_staff s ON s.id = m.staff_id
  JOIN touches_dispatch d ON d.id = m.dispatch_id
 WHERE m.state = 'open' AND m.created_at <= %(fresh)s
   AND m.staff_id IN (SELECT staff_id FROM touches_masstask
                       WHERE state = 'open' AND remind_at <= %(now)s AND created_at <= %(fresh)s
                       GROUP BY staff_id ORDER BY min(remind_at) LIMIT %(limit)s)
 ORDER BY m.staff_id, m.id
   FOR UPDATE OF m
"""
_ADVANCE: Final = """
UPDATE touches_masstask m
   SET reminded_count = m.reminded_count + 1, remind_at = step.at
  FROM unnest(%(ids)s::bigint[], %(times)s::timestamptz[]) AS step(id, at)
 WHERE m.id = step.id
"""
# Of every department that somebody leads who has one of these tasks below them: how far it is.
_LEADS: Final = """
WITH slot AS (
    SELECT DISTINCT seat.department_id, touch.due_at AS at
      FROM touches_masstask m
      JOIN org_staffdepartment seat ON seat.staff_id = m.staff_id
     CROSS JOIN LATERAL (SELECT t.due_at FROM touches_touch t
                          WHERE t.dispatch_id = m.dispatch_id ORDER BY t.id LIMIT 1) touch
     WHERE m.id = ANY(%(ids)s)
), led AS (
    SELECT DISTINCT lead.staff_id, every.department_id, slot.at
      FROM slot
      JOIN org_staffdepartment lead
        ON lead.department_id = slot.department_id AND lead.is_leader
      JOIN org_staffdepartment every ON every.staff_id = lead.staff_id AND every.is_leader
), progress AS (
    SELECT place.department_id, place.at, count(*) AS total,
           count(*) FILTER (WHERE m.confirmed_at IS NOT NULL) AS done
      FROM (SELECT DISTINCT department_id, at FROM led) place
      JOIN org_staffdepartment seat ON seat.department_id = place.department_id
      JOIN touches_masstask m ON m.staff_id = seat.staff_id
           AND m.created_at BETWEEN place.at - interval '1 day' AND place.at + interval '1 day'
     CROSS JOIN LATERAL (SELECT t.due_at FROM touches_touch t
                          WHERE t.dispatch_id = m.dispatch_id ORDER BY t.id LIMIT 1) touch
     WHERE touch.due_at = place.at
     GROUP BY place.department_id, place.at
)
SELECT led.staff_id, s.userid, s.corp_id, led.at, department.name, p.total, p.done
  FROM led
  JOIN progress p USING (department_id, at)
  JOIN org_staff s ON s.id = led.staff_id AND s.left_at IS NULL
  JOIN org_department department ON department.id = led.department_id
 WHERE p.done * 100 < p.total * %(enough)s
 ORDER BY led.staff_id, led.at, department.id
"""


@dataclass(frozen=True, slots=True)
class _Open:
    """An open task of a member who may have to be reminded."""

    id: int
    staff_id: int
    userid: str
    has_left: bool
    title: str
    msgid: str
    valid_until: datetime
    remind_at: datetime | None
    reminded_count: int
    dispatch_id: UUID
    corp_id: int
    app_id: int


def remind_staff(now: datetime) -> int:
    """Remind staff, and in the end their leads, of open mass messages (催办).

    Returns how many tasks took a step. Only within staff hours, by the minutes of the sending
    rules. One transaction, and one process at a time; a step that is late is taken, but no two
    steps of a task in a row.

    Source: operations §1, §6.
    """
    if not is_staff_time(now):
        return 0
    rules = sending_rules()
    with transaction.atomic():
        if not sql.fetch_value("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK]):
            return 0
        rows = sql.fetch_all(_DUE, {"now": now, "fresh": now - FRESH, "limit": STAFF_A_RUN})
        tasks = [_Open(*row) for row in rows]
        due = _due(tasks, now=now)
        _advance(due, rules, now=now)
        _send_digests(tasks, due, now=now)
        steps = len(rules.remind_after_minutes)
        _remind_by_wecom([task for task in due if 0 < task.reminded_count < steps], now=now)
        _tell_leads([task.id for task in due if task.reminded_count == steps], now=now)
    return len(due)


def _due(tasks: Sequence[_Open], *, now: datetime) -> list[_Open]:
    """Return the tasks that take a step: the due ones, and those the first message names early."""
    digested = {
        task.staff_id
        for task in tasks
        if task.reminded_count == 0 and task.remind_at is not None and task.remind_at <= now
    }
    return [
        task
        for task in tasks
        if task.remind_at is not None
        and (
            task.remind_at <= now
            or (
                task.reminded_count == 0
                and task.staff_id in digested
                and task.remind_at <= now + TOGETHER
            )
        )
    ]


def _advance(due: Sequence[_Open], rules: SendingRules, *, now: datetime) -> None:
    times = [*rules.remind_after_minutes, rules.tell_lead_after_minutes]
    following: list[datetime | None] = []
    for task in due:
        step = task.reminded_count
        if step + 1 >= len(times) or task.remind_at is None:
            following.append(None)
            continue
        gap = timedelta(minutes=max(times[step + 1] - times[step], 0))
        following.append(max(task.remind_at + gap, now + TOGETHER))
    sql.execute(_ADVANCE, {"ids": [task.id for task in due], "times": following})


def _send_digests(tasks: Sequence[_Open], due: Sequence[_Open], *, now: datetime) -> None:
    """One message a member (群发待确认提醒) that names all their open tasks."""
    first: dict[int, _Open] = {}
    for task in due:
        if task.reminded_count == 0 and not task.has_left:
            first.setdefault(task.staff_id, task)
    senders = senders_of(task.corp_id for task in first.values())
    drafts = []
    for staff_id, named in groupby(tasks, key=lambda task: task.staff_id):
        if staff_id not in first or first[staff_id].corp_id not in senders:
            continue
        task = first[staff_id]
        agent_id = senders[task.corp_id].agent_id
        drafts.append(
            (
                f"mass_digest:{task.id}",
                _message(
                    task.corp_id,
                    senders[task.corp_id].app_id,
                    text_message(
                        userid=task.userid, agent_id=agent_id, content=_digest(list(named))
                    ),
                    now=now,
                ),
            )
        )
    plan_calls(drafts, now=now)


def _digest(tasks: Sequence[_Open]) -> str:
    lines = [
        _("{title}（{time} 前有效）").format(title=task.title, time=_local(task.valid_until))
        for task in tasks[:MAX_NAMED]
    ]
    if len(tasks) > MAX_NAMED:
        lines.append("…")
    head = _("你有 {count} 个群发待确认，请打开「群发助手」发送：").format(count=len(tasks))
    return "\n".join([head, *(f"{n}. {line}" for n, line in enumerate(lines, 1))])


def _remind_by_wecom(tasks: Sequence[_Open], *, now: datetime) -> None:
    plan_calls(
        [
            (
                f"mass_remind:{task.dispatch_id}:{task.reminded_count}",
                DispatchDraft(
                    kind=Dispatch.Kind.MASS_REMIND,
                    corp_id=task.corp_id,
                    app_id=task.app_id,
                    body={"msgid": task.msgid},
                    deadline_at=now + MESSAGE_VALIDITY,
                ),
            )
            for task in tasks
            if task.reminded_count <= MAX_REMINDERS
        ],
        now=now,
    )


def _tell_leads(task_ids: Sequence[int], *, now: datetime) -> None:
    """One message a lead and slot (组长提醒), where less than 70 % of a department is done."""
    if not task_ids:
        return
    rows = sql.fetch_all(_LEADS, {"ids": list(task_ids), "enough": ENOUGH_PERCENT})
    senders = senders_of(row[2] for row in rows)
    drafts = []
    for (staff_id, userid, corp_id, at), behind in groupby(rows, key=lambda row: row[:4]):
        if corp_id not in senders:
            continue
        parts = [
            _("{department}已完成 {done}/{total}").format(department=name, done=done, total=total)
            for *_who, name, total, done in behind
        ]
        content = _("{time} 的群发尚未确认完：{parts}。请提醒同事。").format(
            time=_local(at), parts="，".join(parts)
        )
        sender = senders[corp_id]
        body = text_message(userid=userid, agent_id=sender.agent_id, content=content)
        key = f"mass_lead:{staff_id}:{at.isoformat()}"
        drafts.append((key, _message(corp_id, sender.app_id, body, now=now)))
    plan_calls(drafts, now=now)


def _message(corp_id: int, app_id: int, body: dict[str, object], *, now: datetime) -> DispatchDraft:
    return DispatchDraft(
        kind=Dispatch.Kind.STAFF_MESSAGE,
        corp_id=corp_id,
        app_id=app_id,
        body=body,
        deadline_at=now + MESSAGE_VALIDITY,
    )


def _local(moment: datetime) -> str:
    return f"{moment.astimezone(SHANGHAI):%H:%M}"
