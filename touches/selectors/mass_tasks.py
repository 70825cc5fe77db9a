"""Mass messages at WeCom (群发任务): what waits for staff, and each customer's result."""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import Count

from common import sql
from touches.models import Touch

# A task is made a little before its slot, on the same day; an index serves the day's tasks.
_PROGRESS: Final = """
SELECT slot.at, count(*), count(*) FILTER (WHERE task.confirmed_at IS NOT NULL),
       count(*) FILTER (WHERE task.state = 'open'), count(DISTINCT task.staff_id)
  FROM touches_masstask task
 CROSS JOIN LATERAL (SELECT touch.due_at FROM touches_touch touch
                      WHERE touch.dispatch_id = task.dispatch_id
                      ORDER BY touch.id LIMIT 1) AS slot(at)
 WHERE task.created_at >= %(start)s AND slot.at >= %(start)s AND slot.at < %(end)s
   AND (%(staff)s::bigint[] IS NULL OR task.staff_id = ANY(%(staff)s::bigint[]))
 GROUP BY slot.at
"""


@dataclass(frozen=True, slots=True)
class SlotProgress:
    """How far the staff are with a slot (时段进度): tasks made, confirmed, still waiting."""

    task_count: int
    confirmed_count: int
    open_count: int
    staff_count: int


def slot_progress(
    *, start: datetime, end: datetime, staff_ids: Collection[int] | None = None
) -> dict[datetime, SlotProgress]:
    """Return how far the slots between two moments of a day are, by slot.

    Args:
        staff_ids: Whose tasks; None is everybody's.
    """
    staff = None if staff_ids is None else list(staff_ids)
    rows = sql.fetch_all(_PROGRESS, {"start": start, "end": end, "staff": staff})
    return {at: SlotProgress(*counts) for at, *counts in rows}


def results_of(dispatch_ids: Iterable[UUID]) -> dict[UUID, Counter[str]]:
    """Return how many customers of some calls stand in which state."""
    results: dict[UUID, Counter[str]] = {}
    rows = Touch.objects.filter(dispatch_id__in=list(dispatch_ids))
    for dispatch_id, state, n in rows.values_list("dispatch_id", "state").annotate(n=Count("id")):
        results.setdefault(dispatch_id, Counter())[state] = n
    return results
