"""One worker's desk: the tables, its clocks, its name in the log, and the simplest of writing."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from tests.sim.rows import Change, DispatchRow, Tables, TouchRow
from touches.models import Dispatch, Touch

# Plain strings: what the product hands over may be members of an enumeration.
DISPATCH_STATES = {str(state): str(state) for state in Dispatch.State}
TOUCH_STATES = {str(state): str(state) for state in Touch.State}
OPEN = ("planned", "queued")


@dataclass(frozen=True, slots=True)
class Desk:
    """Where a worker works.

    Attributes:
        worker: Who it is, for the log.
        clock: The database's clock, in seconds.
        ticks: The worker's monotonic clock.
        new_id: Makes numbers of dispatches.
    """

    tables: Tables
    worker: str
    clock: Callable[[], float]
    ticks: Callable[[], float]
    new_id: Callable[[], UUID]

    def log(
        self, subject: UUID | int, before: str, after: str, actor: str, token: int, detail: str
    ) -> None:
        change = Change(subject, before, after, actor, token, detail, self.clock())
        self.tables.log.append(change)

    def end(self, touch: TouchRow, state: str, reason: str, *, actor: str, now: datetime) -> None:
        """End a touch."""
        before = touch.state
        touch.state, touch.reason, touch.finished_at = TOUCH_STATES[state], reason, now
        self.log(touch.id, before, touch.state, actor, 0, reason)

    def plan_call(self, d: DispatchRow) -> None:
        """Plan a call; one whose key is known is left as it is."""
        if d.key and any(other.key == d.key for other in self.tables.dispatches.values()):
            return
        self.tables.dispatches[d.id] = d
        self.log(d.id, "", d.state, self.worker, 0, "")

    def plan_touch(self, touch: TouchRow) -> bool:
        """Plan a touch; false when its key is known."""
        if any(other.key == touch.key for other in self.tables.touches.values()):
            return False
        self.tables.touches[touch.id] = touch
        self.log(touch.id, "", touch.state, self.worker, 0, touch.reason[:300])
        return True

    def touches(self, ids: Sequence[int]) -> list[TouchRow]:
        return [self.tables.touches[i] for i in sorted(ids) if i in self.tables.touches]
