"""What follows from a material that was read to its end: the tag it gives (读完打标).

A reaction of the loop on `link_completed`. The tag hangs on a relation: that of the staff member
whose link it was, or else the customer's newest friend. Once a material, tag and customer: what
staff take away later does not come back.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from content.models import Material
from customers.models import Follow, Identity
from customers.services.ledger import LedgerEvent
from touches.selectors.apps import senders_of
from touches.services.plan import DispatchDraft, plan_calls
from touches.services.retagging import tag_draft

SOURCE: Final = "material"
# What was read longer ago (an import) is kept, but gives no tag any more.
LATE_AFTER: Final = timedelta(hours=24)


def tag_readers(events: Sequence[LedgerEvent], *, now: datetime) -> None:
    """Plan the tags of these events' materials; a constant number of queries.

    Source: wecom-api §7.2.
    """
    fresh = [event for event in events if event.occurred_at > now - LATE_AFTER]
    materials = _tagging({event.payload.get("material_id") for event in fresh})
    told = [event for event in fresh if event.payload.get("material_id") in materials]
    if not told:
        return
    friends = _friends({event.identity_id for event in told})
    external = dict(
        Identity.objects.filter(id__in={event.identity_id for event in told}).values_list(
            "id", "value"
        )
    )
    senders = senders_of(follow.staff.corp_id for rows in friends.values() for follow in rows)
    drafts: dict[str, DispatchDraft] = {}
    for event in told:
        material = materials[event.payload["material_id"]]
        follow = _relation(friends.get(event.identity_id, []), event, material)
        sender = senders.get(follow.staff.corp_id) if follow else None
        if follow is None or sender is None or material.tag is None:
            continue
        key = f"read_tag:{material.pk}:{material.tag.pk}:{event.identity_id}"
        drafts[key] = tag_draft(
            app_id=sender.app_id,
            staff=follow.staff,
            external_userid=external[event.identity_id],
            identity_id=event.identity_id,
            add={material.tag.pk: material.tag.wecom_id or ""},
            remove={},
            source=SOURCE,
            reason=f"读完《{material.title}》"[:200],
        )
    plan_calls(list(drafts.items()), now=now)


def _tagging(numbers: set[int | None]) -> Mapping[int, Material]:
    """Return which of these materials give a tag that WeCom knows."""
    ids = {number for number in numbers if number is not None}
    rows = Material.objects.filter(id__in=ids, tag__is_deleted=False, tag__wecom_id__isnull=False)
    return rows.select_related("tag").defer("body").in_bulk()


def _friends(identity_ids: set[int]) -> Mapping[int, list[Follow]]:
    """Return the friends of each identity, the newest friendship first."""
    found: dict[int, list[Follow]] = {}
    rows = Follow.objects.filter(
        identity_id__in=identity_ids, status=Follow.Status.FRIEND, staff__left_at=None
    )
    for follow in rows.select_related("staff").order_by("-added_at", "-id"):
        found.setdefault(follow.identity_id, []).append(follow)
    return found


def _relation(friends: Sequence[Follow], event: LedgerEvent, material: Material) -> Follow | None:
    """Choose through whom the tag is given, in the corp that the tag belongs to."""
    corp_id = material.tag.corp_id if material.tag else None
    own = [follow for follow in friends if follow.staff.corp_id == corp_id]
    mine = [follow for follow in own if follow.staff_id == event.staff_id]
    return next(iter([*mine, *own]), None)
