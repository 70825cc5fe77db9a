"""A customer group as one of its staff sees it (客户群)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Q

from customers.errors import UnknownGroup
from customers.models import Follow, GroupChat, Membership
from customers.selectors.following import followed_among
from org.models import Staff

RECENT: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class OwnMember:
    """A customer of the staff member who sits in the group."""

    follow: Follow
    joined_at: datetime


@dataclass(frozen=True, slots=True)
class GroupView:
    """A group: how many sit in it, who of them is a customer of the staff member."""

    group: GroupChat
    member_count: int
    customer_count: int
    staff_count: int
    joined_lately_count: int
    left_lately_count: int
    own_members: list[OwnMember]


def access_group(*, staff: Staff, chat_id: str) -> GroupChat:
    """Return a group that the staff member owns or sits in.

    Raises:
        UnknownGroup: there is none; or the staff member has no part in it: the two look alike.
    """
    sits = Membership.objects.filter(staff=staff, left_at=None).values("group_id")
    groups = GroupChat.objects.filter(
        Q(owner=staff) | Q(id__in=sits), corp=staff.corp, chat_id=chat_id, is_dismissed=False
    )
    group = groups.select_related("owner").first()
    if group is None:
        raise UnknownGroup(chat_id)
    return group


def view_group(group: GroupChat, *, staff: Staff, now: datetime, limit: int = 50) -> GroupView:
    """Return a group with the staff member's own customers in it, the newest first."""
    present = list(
        Membership.objects.filter(group=group, left_at=None)
        .order_by("-joined_at", "-id")
        .values_list("identity_id", "staff_id", "joined_at")
    )
    left = Membership.objects.filter(group=group, left_at__gte=now - RECENT).count()
    identities = [identity for identity, _, _ in present if identity is not None]
    own = followed_among(staff, identities)
    return GroupView(
        group=group,
        member_count=len(present),
        customer_count=len(identities),
        staff_count=sum(1 for _, member, _ in present if member is not None),
        joined_lately_count=sum(1 for _, _, joined_at in present if joined_at >= now - RECENT),
        left_lately_count=left,
        own_members=[
            OwnMember(own[identity], joined_at)
            for identity, _, joined_at in present
            if identity in own
        ][:limit],
    )
