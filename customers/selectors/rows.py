"""What the customers list shows of each customer (客户行): three statements a page."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from django.db.models import Q

from customers.mobiles import masked
from customers.models import Customer, Follow, TagAssignment
from org.selectors.staff import called


@dataclass(frozen=True, slots=True)
class TagName:
    """A tag by its number and name."""

    id: int
    name: str


class _Relation(NamedTuple):
    """A relation with one of the staff, as far as a row tells of it."""

    status: str
    remark: str
    state: str
    sealed_mobiles: str | None
    staff_name: str


# Of the customer and of the profile, as `_row` takes them.
_FACTS: Final = (
    "id",
    "uid",
    "name",
    "company_name",
    "profile__relation",
    "profile__stage",
    "profile__order_amount_fen",
    "profile__order_count",
    "profile__open_count",
    "profile__first_added_at",
    "profile__last_active_at",
)


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
    people = Customer.objects.filter(id__in=ids, profile__isnull=False).values_list(*_FACTS)
    facts = {row[0]: row for row in people}
    relations, tags = _relations(ids), _tags(ids)
    return [_row(facts[one], relations[one], tags[one]) for one in ids if one in facts]


def plain_mobiles(follows: Iterable[Follow | _Relation]) -> tuple[str, ...]:
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


def _relations(ids: Sequence[int]) -> dict[int, list[_Relation]]:
    held: dict[int, list[_Relation]] = defaultdict(list)
    follows = Follow.objects.filter(identity__customer_id__in=ids).order_by("added_at", "id")
    of_whom = follows.annotate(staff_name=called("staff__"))
    for customer_id, *facts in of_whom.values_list("identity__customer_id", *_Relation._fields):
        held[customer_id].append(_Relation(*facts))
    return held


def _row(
    facts: tuple[Any, ...], relations: Sequence[_Relation], tags: tuple[TagName, ...]
) -> CustomerRow:
    friends = [one.staff_name for one in relations if one.status == Follow.Status.FRIEND]
    number, uid, name, company, *measured = facts
    relation, stage, spent_fen, order_count, open_count, added_at, active_at = measured
    return CustomerRow(
        id=number,
        uid=uid,
        name=name,
        company=company,
        remark=next((one.remark for one in relations if one.remark), ""),
        mobiles=tuple(dict.fromkeys(masked(mobile) for mobile in plain_mobiles(relations))),
        relation=relation,
        stage=stage,
        tags=tags,
        owners=tuple(dict.fromkeys(friends)),
        state=next((one.state for one in relations if one.state), ""),
        spent_fen=spent_fen,
        order_count=order_count,
        open_count=open_count,
        added_at=added_at,
        active_at=active_at,
    )
