"""Tasks at WeCom in memory: the twin of `mass_tasks`."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from tests.sim.rows import DispatchRow, Tables, TaskRow
from touches.models import Dispatch
from touches.services.mass_schedule import QUICK
from touches.services.mass_tasks import STOP_WAIT, stop_key

CANCEL = str(Dispatch.Kind.MASS_CANCEL)
REMIND_AFTER = timedelta(minutes=60)


class Tasks:
    """The mass message tasks of the tables."""

    def __init__(
        self,
        tables: Tables,
        plan_call: Callable[[DispatchRow], None],
        new_id: Callable[[], UUID],
    ) -> None:
        self._tables = tables
        self._plan_call = plan_call
        self._new_id = new_id

    def open(self, dispatch_ids: Sequence[UUID], *, now: datetime) -> None:
        """Open the tasks of calls that WeCom took, and stop those that nobody wants any more."""
        held = {task.dispatch_id for task in self._tables.tasks.values()}
        for dispatch_id in dispatch_ids:
            touches = list(self._tables.touches_of(dispatch_id))
            if not touches or dispatch_id in held:
                continue
            wanted = [
                t.valid_until for t in touches if t.state == "dispatched" and not t.withdrawn_at
            ]
            number = len(self._tables.tasks) + 1
            self._tables.tasks[number] = TaskRow(
                id=number,
                dispatch_id=dispatch_id,
                staff=touches[0].staff,
                msgid=self._tables.dispatches[dispatch_id].wecom_ref,
                created_at=now,
                valid_until=min(wanted or [t.valid_until for t in touches]),
                poll_at=now + QUICK,
                remind_at=max(min(t.due_at for t in touches), now) + REMIND_AFTER,
            )
        for task in self._tables.tasks.values():
            if task.dispatch_id in dispatch_ids and task.state == "open":
                if not self._is_wanted(task.dispatch_id):
                    self.stop(task, now=now)

    def stop(self, task: TaskRow, *, now: datetime) -> None:
        """Have an open task stopped at WeCom: a call of its own, planned once."""
        task.state, task.poll_at, task.remind_at = "stopping", now + STOP_WAIT, None
        self._plan_call(
            DispatchRow(
                id=self._new_id(),
                key=stop_key(task.dispatch_id),
                kind=CANCEL,
                payload=f'{{"msgid":"{task.msgid}"}}',
                available_at=now,
                context={"mass_task": task.id},
            )
        )

    def wake(self, contexts: Sequence[Mapping[str, Any]], *, now: datetime) -> None:
        """Have the tasks looked at whose stop has been decided at WeCom."""
        for context in contexts:
            task = self._tables.tasks[context["mass_task"]]
            if task.state == "stopping":
                task.poll_at = now

    def _is_wanted(self, dispatch_id: UUID) -> bool:
        return any(
            t.state == "dispatched" and t.withdrawn_at is None
            for t in self._tables.touches_of(dispatch_id)
        )
