"""What the customers list shows of each customer (客户行): three statements a page."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from customers.mobiles import masked
from customers.models import Customer, Follow, TagAssignment


@dataclass(frozen=True, slots=True)
class TagName:
    """A tag by its number and name."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class CustomerRow:
    """One customer as lists and exports show them; phones are masked.

    Attributes:
        remark: The first remark that any of the staff wrote.
        owners: The names of the staff who are friends with them, the longest friendship first.
        state: The channel that brought them, '' where none did.
    """

    id: int
    uid: UUID
    name: str
    company: str
    remark: str
    mobiles: tuple[str, ...]
    relation: str
    stage: str
    tags: tuple[TagName, ...]
    owners: tuple[str, ...]
    state: str
    spent_fen: int
    order_count: int
    open_count: int
    added_at: datetime | None
    active_at: datetime | None


def rows_of(ids: Sequence[int]) -> list[CustomerRow]:
    """Return the rows of these customers, in their order; whoever asks has applied the scope."""
    people = Customer.objects.filter(id__in=ids).select_related("profile").in_bulk()
    follows: dict[int, list[Follow]] = defaultdict(list)
    relations = Follow.objects.filter(identity__customer_id__in=ids).select_related(
        "staff", "identity"
    )
    for follow in relations.order_by("added_at", "id"):
        follows[follow.identity.customer_id].append(follow)
    tags = _tags(ids)
    return [_row(people[one], follows[one], tags[one]) for one in ids if one in people]


def masked_mobiles(follows: Sequence[Follow]) -> tuple[str, ...]:
    """Return the remarked phones of a customer, masked, each once."""
    return tuple(dict.fromkeys(masked(mobile) for mobile in plain_mobiles(follows)))


def plain_mobiles(follows: Sequence[Follow]) -> tuple[str, ...]:
    """Return the remarked phones of a customer as they are: only for who may see them whole."""
    numbers = (
        number
        for follow in follows
        for number in (follow.sealed_mobiles or "").split(",")
        if number
    )
    return tuple(dict.fromkeys(numbers))


def _tags(ids: Sequence[int]) -> dict[int, tuple[TagName, ...]]:
    carried: dict[int, dict[int, TagName]] = defaultdict(dict)
    assigned = TagAssignment.objects.filter(
        Q(identity__customer_id__in=ids), tag__is_deleted=False
    ).order_by("id")
    for customer_id, tag_id, name in assigned.values_list(
        "identity__customer_id", "tag_id", "tag__name"
    ):
        carried[customer_id].setdefault(tag_id, TagName(tag_id, name))
    return defaultdict(tuple, {one: tuple(tags.values()) for one, tags in carried.items()})


def _row(customer: Customer, follows: Sequence[Follow], tags: tuple[TagName, ...]) -> CustomerRow:
    profile = customer.profile
    friends = [follow for follow in follows if follow.status == Follow.Status.FRIEND]
    return CustomerRow(
        id=customer.pk,
        uid=customer.uid,
        name=customer.name,
        company=customer.company_name,
        remark=next((follow.remark for follow in follows if follow.remark), ""),
        mobiles=masked_mobiles(follows),
        relation=profile.relation,
        stage=profile.stage,
        tags=tags,
        owners=tuple(dict.fromkeys(str(follow.staff) for follow in friends)),
        state=next((follow.state for follow in follows if follow.state), ""),
        spent_fen=profile.order_amount_fen,
        order_count=profile.order_count,
        open_count=profile.open_count,
        added_at=profile.first_added_at,
        active_at=profile.last_active_at,
    )
