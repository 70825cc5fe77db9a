"""Tasks at WeCom in memory: the twin of `mass_tasks` and `mass_ends`."""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from tests.sim.desk import Desk
from tests.sim.rows import DispatchRow, TaskRow
from touches.models import Dispatch
from touches.selectors.rules import default_rules
from touches.services.mass_schedule import QUICK
from touches.services.mass_tasks import STOP_WAIT, stop_key
from touches.services.quiet import is_quiet

CANCEL = str(Dispatch.Kind.MASS_CANCEL)
RULES = default_rules()
REMIND_AFTER = timedelta(minutes=RULES.remind_after_minutes[0])


def open_tasks(desk: Desk, dispatch_ids: Sequence[UUID], *, now: datetime) -> None:
    """Open the tasks of calls that WeCom took, and stop those that nobody wants any more."""
    tables = desk.tables
    held = {task.dispatch_id for task in tables.tasks.values()}
    for dispatch_id in dispatch_ids:
        touches = list(tables.touches_of(dispatch_id))
        if not touches or dispatch_id in held:
            continue
        wanted = [
            t.valid_until for t in touches if t.state == "dispatched" and t.withdrawn_at is None
        ]
        number = len(tables.tasks) + 1
        tables.tasks[number] = TaskRow(
            id=number,
            dispatch_id=dispatch_id,
            staff=touches[0].staff,
            msgid=tables.dispatches[dispatch_id].wecom_ref,
            created_at=now,
            valid_until=min(wanted or [t.valid_until for t in touches]),
            poll_at=now + QUICK,
            remind_at=max(min(t.due_at for t in touches), now) + REMIND_AFTER,
        )
    stop_unwanted(desk, dispatch_ids, now=now)


def stop_unwanted(desk: Desk, dispatch_ids: Collection[UUID], *, now: datetime) -> None:
    """Stop the tasks in which no touch is wanted any more."""
    for task in list(desk.tables.tasks.values()):
        if task.dispatch_id in dispatch_ids and not any(
            touch.state == "dispatched" and touch.withdrawn_at is None
            for touch in desk.tables.touches_of(task.dispatch_id)
        ):
            stop_task(desk, task, now=now)


def stop_ended(desk: Desk, *, now: datetime) -> None:
    """Stop tasks at the end of their validity, and all of them in quiet hours."""
    is_night = is_quiet(now, RULES)
    for task in list(desk.tables.tasks.values()):
        if is_night or task.valid_until <= now:
            stop_task(desk, task, now=now)


def stop_task(desk: Desk, task: TaskRow, *, now: datetime) -> None:
    """Have an open task stopped at WeCom: a call of its own, planned once."""
    if task.state != "open":
        return
    task.state, task.poll_at, task.remind_at = "stopping", now + STOP_WAIT, None
    _plan_stop(desk, stop_key(task.dispatch_id), task.msgid, {"mass_task": task.id}, now=now)


def stop_twins(desk: Desk, msgids: Sequence[str], *, now: datetime) -> None:
    """Have second messages of a call stopped."""
    for msgid in msgids:
        _plan_stop(desk, f"mass_twin:{msgid}", msgid, {}, now=now)


def wake(desk: Desk, contexts: Sequence[Mapping[str, Any]], *, now: datetime) -> None:
    """Have the tasks looked at whose stop has been decided at WeCom."""
    for context in contexts:
        task = desk.tables.tasks.get(context.get("mass_task", 0))
        if task is not None and task.state == "stopping":
            task.poll_at = now


def _plan_stop(desk: Desk, key: str, msgid: str, context: dict[str, Any], *, now: datetime) -> None:
    desk.plan_call(
        DispatchRow(
            id=desk.new_id(),
            key=key,
            kind=CANCEL,
            payload=json.dumps({"msgid": msgid}),
            available_at=now,
            context=context,
        )
    )
