"""Touches and calls page by page (触达列表): by their numbers, however many there are."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar
from uuid import UUID

from django.db.models import Model, QuerySet

from touches.models import Dispatch, MassTask, Touch

M = TypeVar("M", bound=Model)

# What is counted one by one is counted so far.
COUNTED: Final = 10_000


@dataclass(frozen=True, slots=True)
class Slice(Generic[M]):
    """One page (一页), newest first; `newer` and `older` are where the neighbors begin, if any."""

    rows: Sequence[M]
    newer: Any
    older: Any


def slice_of(rows: QuerySet[M], *, limit: int, before: Any = None, after: Any = None) -> Slice[M]:
    """Return a page of rows by their primary keys, newest first.

    Args:
        before: Only rows with a smaller key: the next page.
        after: Only rows with a larger key, the nearest ones: the page before.
    """
    if after is not None:
        found = list(rows.filter(pk__gt=after).order_by("pk")[: limit + 1])
        has_newer, found = len(found) > limit, found[:limit][::-1]
        has_older = bool(found)
    else:
        older = rows if before is None else rows.filter(pk__lt=before)
        found = list(older.order_by("-pk")[: limit + 1])
        has_older, found = len(found) > limit, found[:limit]
        has_newer = before is not None and bool(found)
    return Slice(
        found,
        newer=found[0].pk if has_newer else None,
        older=found[-1].pk if has_older else None,
    )


def counted_by_state(touches: QuerySet[Touch]) -> tuple[Counter[str], bool]:
    """Count touches by state, one by one, and whether that was all of them."""
    states = list(touches.order_by("-pk").values_list("state", flat=True)[: COUNTED + 1])
    return Counter(states[:COUNTED]), len(states) <= COUNTED


def mass_tasks_of(staff_ids: Collection[int] | None) -> QuerySet[MassTask]:
    """Return the mass messages at WeCom of some staff, or of everybody, without an order."""
    tasks = MassTask.objects.select_related("staff", "dispatch")
    return tasks if staff_ids is None else tasks.filter(staff_id__in=staff_ids)


def first_touches_of(calls: Sequence[Dispatch]) -> dict[UUID, Touch]:
    """Return the first touch of each call, which says what it is about and by whom."""
    touches = (
        Touch.objects.filter(dispatch_id__in=[call.pk for call in calls])
        .order_by("dispatch_id", "pk")
        .distinct("dispatch_id")
        .select_related("staff", "identity__customer")
    )
    return {touch.dispatch_id: touch for touch in touches if touch.dispatch_id is not None}
