"""Whom a staff member follows (我的客户): the way from a chat, or a list, to a customer."""

from collections.abc import Collection
from typing import Final
from uuid import UUID

from django.db.models import F, Q, QuerySet

from customers.errors import UnknownCustomer
from customers.models import Follow
from customers.selectors.customers import living_customer_id
from customers.selectors.grams import holds
from customers.selectors.lookup import WECOM
from org.models import Staff

# Who deleted the customer follows them no more; whom the customer deleted still has the chat.
_FOLLOWED: Final = (
    Follow.Status.FRIEND,
    Follow.Status.HALF,
    Follow.Status.CUSTOMER_DELETED,
)


def follows_of(staff: Staff) -> QuerySet[Follow]:
    """Return the relations of a staff member with their customers, without an order."""
    return Follow.objects.filter(staff=staff, status__in=_FOLLOWED).select_related(
        "staff__corp", "identity__customer__profile"
    )


def access_follow(*, staff: Staff, follow_id: int) -> Follow:
    """Return one relation of a staff member for a request, with customer and profile.

    Raises:
        UnknownCustomer: there is none, or it is another member's; the two look alike.
    """
    return _only(follows_of(staff).filter(pk=follow_id), str(follow_id))


def access_contact(*, staff: Staff, external_userid: str) -> Follow:
    """Return the relation to the customer whom the WeCom client shows.

    The id came through the browser and proves nothing: only the staff member's own are found.

    Raises:
        UnknownCustomer: the staff member does not follow them.
    """
    own = follows_of(staff).filter(
        identity__namespace=WECOM + staff.corp.corp_id, identity__value=external_userid
    )
    return _only(own, external_userid)


def access_followed(*, staff: Staff, uid: UUID) -> Follow:
    """Return the relation to a customer: of several identities that of the newest friendship.

    Raises:
        UnknownCustomer: the staff member does not follow them.
    """
    own = follows_of(staff).filter(identity__customer_id=living_customer_id(uid))
    newest = own.order_by(F("added_at").desc(nulls_last=True), "-id")
    return _only(newest, str(uid))


def followed_like(follows: QuerySet[Follow], part: str) -> QuerySet[Follow]:
    """Keep the relations whose customer's name, or whose remark, holds a text."""
    named = holds(part, grams="identity__customer__name_bigrams", text="identity__customer__name")
    return follows.filter(named | Q(remark__icontains=part))


def followed_among(staff: Staff, identity_ids: Collection[int]) -> dict[int, Follow]:
    """Return the staff member's own relations to some identities, by identity."""
    found = follows_of(staff).filter(identity_id__in=identity_ids)
    return {follow.identity_id: follow for follow in found}


def _only(follows: QuerySet[Follow], asked: str) -> Follow:
    follow = follows.first()
    if follow is None:
        raise UnknownCustomer(asked)
    return follow
