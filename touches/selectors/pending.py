"""What is on its way to WeCom about one relation (同步中): our copy follows when it is done."""

from dataclasses import dataclass
from json import loads

from customers.models import Follow
from touches.models import Dispatch
from touches.pairs import pair_key


@dataclass(frozen=True, slots=True)
class PendingChanges:
    """Tags that are being put on and taken off; what is being written, None where nothing is."""

    added: frozenset[int]
    removed: frozenset[int]
    remark: str | None
    description: str | None

    def apply(self, tag_ids: set[int]) -> set[int]:
        """Return the tags as they will be."""
        return (tag_ids | self.added) - self.removed


def pending_changes(follow: Follow) -> PendingChanges:
    """Return what calls of one member and customer will change, in their order."""
    added: set[int] = set()
    removed: set[int] = set()
    written: dict[str, str] = {}
    calls = Dispatch.objects.filter(
        serial_key=pair_key(follow.staff, follow.identity.value),
        state__in=[Dispatch.State.PENDING, Dispatch.State.SENDING],
    )
    for call in calls.order_by("id"):
        if call.kind == Dispatch.Kind.REMARK:
            written |= loads(call.payload)
        elif call.kind == Dispatch.Kind.MARK_TAG:
            added = (added | set(call.context["add_tags"])) - set(call.context["remove_tags"])
            removed = (removed | set(call.context["remove_tags"])) - set(call.context["add_tags"])
    return PendingChanges(
        added=frozenset(added),
        removed=frozenset(removed),
        remark=written.get("remark"),
        description=written.get("description"),
    )
