"""A team's work in numbers (团队): who has what to do, who has confirmed, who has not."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q, QuerySet

from touches.models import MassTask, Touch
from touches.selectors.desk import open_mass_tasks, open_tasks, overdue_tasks


@dataclass(frozen=True, slots=True)
class WorkCounts:
    """One member's work: mass messages and tasks that wait, done since a moment, overdue."""

    to_confirm_count: int = 0
    todo_count: int = 0
    overdue_count: int = 0
    done_count: int = 0
    confirmed_count: int = 0


def work_counts(
    *, staff_ids: Collection[int], since: datetime, now: datetime
) -> dict[int, WorkCounts]:
    """Return everybody's counts; a constant number of queries."""
    to_confirm = _by_staff(open_mass_tasks(staff_ids=staff_ids, now=now))
    todo = _by_staff(open_tasks(staff_ids=staff_ids, now=now))
    overdue = _by_staff(overdue_tasks(staff_ids=staff_ids, now=now))
    done = _by_staff(
        Touch.objects.filter(
            staff_id__in=staff_ids,
            lane=Touch.Lane.TASK,
            state=Touch.State.CONFIRMED,
            finished_at__gte=since,
        )
    )
    confirmed = _by_staff(MassTask.objects.filter(staff_id__in=staff_ids, confirmed_at__gte=since))
    return {
        staff_id: WorkCounts(
            to_confirm_count=to_confirm.get(staff_id, 0),
            todo_count=todo.get(staff_id, 0),
            overdue_count=overdue.get(staff_id, 0),
            done_count=done.get(staff_id, 0),
            confirmed_count=confirmed.get(staff_id, 0),
        )
        for staff_id in staff_ids
    }


def unconfirmed(
    *, staff_ids: Collection[int], now: datetime, limit: int = 50
) -> Sequence[MassTask]:
    """Return the mass messages that wait for their staff, with who and how many customers."""
    tasks = open_mass_tasks(staff_ids=staff_ids, now=now)
    return list(
        tasks.select_related("staff")
        .annotate(
            customer_count=Count(
                "dispatch__touches", filter=Q(dispatch__touches__state=Touch.State.DISPATCHED)
            )
        )
        .order_by("valid_until", "id")[:limit]
    )


def _by_staff(rows: QuerySet[Touch] | QuerySet[MassTask]) -> dict[int, int]:
    counted = rows.values("staff_id").annotate(count=Count("id")).order_by("staff_id")
    return {row["staff_id"]: row["count"] for row in counted}
