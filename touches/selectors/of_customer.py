"""What was sent to one customer, or is on its way (客户的触达), and tags not yet written."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from customers.models import Follow
from touches.models import Dispatch, Touch
from touches.pairs import pair_key

MOST_TOUCHES: Final = 12
# Tasks that wait for a staff member.
OPEN_TASK: Final = (Touch.State.PLANNED, Touch.State.QUEUED, Touch.State.DISPATCHED)


@dataclass(frozen=True, slots=True)
class PendingTags:
    """Tags that are being written at WeCom, by number: to be put on, and to be taken off."""

    added: frozenset[int]
    removed: frozenset[int]


def touches_of(identity_ids: Sequence[int]) -> list[Touch]:
    """Return the last touches of a customer, internal ones left out, latest first.

    Args:
        identity_ids: Of a customer already accessed through `access_customer`.
    """
    touches = Touch.objects.filter(identity_id__in=list(identity_ids)).exclude(
        lane=Touch.Lane.INTERNAL
    )
    return list(touches.select_related("staff").order_by("-due_at", "-id")[:MOST_TOUCHES])


def open_task_of(identity_ids: Sequence[int]) -> Touch | None:
    """Return the task about a customer that waits longest for a staff member."""
    tasks = Touch.objects.filter(
        identity_id__in=list(identity_ids), lane=Touch.Lane.TASK, state__in=OPEN_TASK
    )
    return tasks.select_related("staff").order_by("due_at", "id").first()


def pending_tags(follows: Sequence[Follow]) -> PendingTags:
    """Return the tags of a customer that are on their way to WeCom; one statement.

    Args:
        follows: The customer's relations, loaded with `staff` and `identity`.
    """
    keys = [pair_key(follow.staff, follow.identity.value) for follow in follows]
    open_calls = Dispatch.objects.filter(
        serial_key__in=keys,
        kind=Dispatch.Kind.MARK_TAG,
        state__in=[Dispatch.State.PENDING, Dispatch.State.SENDING],
    ).exclude(serial_key="")
    added: set[int] = set()
    removed: set[int] = set()
    for context in open_calls.order_by("id").values_list("context", flat=True):
        added |= set(context.get("add_tags", ()))
        removed |= set(context.get("remove_tags", ()))
    return PendingTags(frozenset(added), frozenset(removed))
