"""Everything about one customer beside their events (客户画像页): one statement a kind."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from customers.identifiers import PHONE
from customers.mobiles import masked
from customers.models import (
    Customer,
    Follow,
    Identity,
    Membership,
    MergeRecord,
    TagAssignment,
)
from customers.selectors.rows import plain_mobiles


@dataclass(frozen=True, slots=True)
class CarriedTag:
    """A tag that a customer carries (所带标签), once, with where it came from and why."""

    id: int
    name: str
    group: str
    is_enterprise: bool
    source: str
    reason: str
    assigned_at: datetime
    staff: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Merge:
    """A merge in a customer's past (合并记录): the uid that is no longer theirs alone."""

    absorbed_uid: UUID
    absorbed_name: str
    rule: str
    identity_count: int
    merged_at: datetime
    undone_at: datetime | None


@dataclass(frozen=True, slots=True)
class Portrait:
    """One customer with identities, relations, tags, groups and merges."""

    customer: Customer
    identities: tuple[Identity, ...]
    follows: tuple[Follow, ...]
    tags: tuple[CarriedTag, ...]
    memberships: tuple[Membership, ...]
    merges: tuple[Merge, ...]

    @property
    def identity_ids(self) -> list[int]:
        """The numbers of the identities, to which all that happened hangs."""
        return [identity.pk for identity in self.identities]

    @property
    def mobiles(self) -> tuple[str, ...]:
        """The phones that are known, masked."""
        return tuple(masked(mobile) for mobile in whole_mobiles(self))


def portrait_of(customer: Customer) -> Portrait:
    """Return the portrait of a customer.

    Args:
        customer: Already accessed through `access_customer`.
    """
    identities = tuple(Identity.objects.filter(customer=customer).order_by("id"))
    ids = [identity.pk for identity in identities]
    follows = Follow.objects.filter(identity_id__in=ids).select_related("staff", "identity")
    memberships = Membership.objects.filter(identity_id__in=ids).select_related("group__owner")
    return Portrait(
        customer=customer,
        identities=identities,
        follows=tuple(follows.order_by("added_at", "id")),
        tags=carried_tags(ids),
        memberships=tuple(memberships.order_by("left_at", "-joined_at", "id")),
        merges=_merges(customer),
    )


def whole_mobiles(portrait: Portrait) -> tuple[str, ...]:
    """Return the phones of a customer as they are: only for who may see them whole, audited."""
    told = [
        identity.sealed_value
        for identity in portrait.identities
        if identity.namespace == PHONE and identity.sealed_value
    ]
    return tuple(dict.fromkeys([*told, *plain_mobiles(portrait.follows)]))


def identity_ids_of(customer: Customer) -> list[int]:
    """Return the numbers of a customer's identities, for who needs no portrait."""
    return list(Identity.objects.filter(customer=customer).values_list("id", flat=True))


def carried_tags(ids: Sequence[int]) -> tuple[CarriedTag, ...]:
    """Return the tags that identities carry, each once."""
    carried: dict[int, list[TagAssignment]] = {}
    assigned = TagAssignment.objects.filter(identity_id__in=ids, tag__is_deleted=False)
    for row in assigned.select_related("tag__group", "follow__staff").order_by("id"):
        carried.setdefault(row.tag_id, []).append(row)
    return tuple(_carried(rows) for rows in carried.values())


def _carried(rows: Sequence[TagAssignment]) -> CarriedTag:
    first = rows[0]
    return CarriedTag(
        id=first.tag_id,
        name=first.tag.name,
        group=first.tag.group.name,
        is_enterprise=first.tag.wecom_id is not None,
        source=first.source,
        reason=first.reason,
        assigned_at=first.assigned_at,
        staff=tuple(str(row.follow.staff) for row in rows if row.follow is not None),
    )


def _merges(customer: Customer) -> tuple[Merge, ...]:
    rows = MergeRecord.objects.filter(kept=customer).select_related("absorbed", "edge")
    return tuple(
        Merge(
            absorbed_uid=row.absorbed.uid,
            absorbed_name=row.absorbed.name,
            rule=row.edge.rule,
            identity_count=len(row.moved_identity_ids),
            merged_at=row.merged_at,
            undone_at=row.undone_at,
        )
        for row in rows.order_by("-merged_at", "-id")
    )
