"""The rows of the protocol in memory: as the tables have them, the database's clock in seconds."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(eq=False, slots=True)
class DispatchRow:
    id: UUID
    kind: str
    payload: str
    available_at: datetime
    key: str = ""
    app_id: int = 1
    deadline_at: datetime | None = None
    serial_key: str = ""
    context: dict[str, Any] = field(default_factory=dict)
    state: str = "pending"
    settle_until: float | None = None
    lease_until: float | None = None
    token: int = 0
    worker: str = ""
    attempts: int = 0
    ambiguous_rounds: int = 0
    first_sent_at: float | None = None
    is_cancel_wanted: bool = False
    wecom_ref: str = ""
    response_code: str = ""
    last_error: str = ""
    done_at: datetime | None = None


@dataclass(eq=False, slots=True)
class TouchRow:
    id: int
    key: str
    lane: str
    external_userid: str
    staff: str
    due_at: datetime
    valid_until: datetime
    state: str = "planned"
    reason: str = ""
    dispatch_id: UUID | None = None
    run_id: int | None = None
    step: str = ""
    purpose: str = "service"
    title: str = ""
    content_key: str = ""
    priority: int = 20
    finished_at: datetime | None = None
    withdrawn_at: datetime | None = None
    uid: str = ""


@dataclass(eq=False, slots=True)
class TaskRow:
    id: int
    dispatch_id: UUID
    staff: str
    msgid: str
    created_at: datetime
    valid_until: datetime
    state: str = "open"
    poll_at: datetime | None = None
    poll_count: int = 0
    remind_at: datetime | None = None
    confirmed_at: datetime | None = None
    final_at: datetime | None = None
    last_error: str = ""
    failing_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """A row of the effect log."""

    subject: UUID | int
    before: str
    after: str
    actor: str
    token: int
    detail: str
    t: float


class Tables:
    """Everything that is stored."""

    def __init__(self) -> None:
        self.dispatches: dict[UUID, DispatchRow] = {}
        self.touches: dict[int, TouchRow] = {}
        self.tasks: dict[int, TaskRow] = {}
        self.log: list[Change] = []

    def touches_of(self, dispatch_id: UUID) -> Iterator[TouchRow]:
        return (row for row in self.touches.values() if row.dispatch_id == dispatch_id)

    def held(self, msgids: object) -> set[str]:
        """Which of these messages at WeCom some call holds."""
        return {task.msgid for task in self.tasks.values() if task.msgid in msgids}
