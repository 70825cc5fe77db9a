"""Customers and everything known of them."""

from customers.models.customer import Customer, MergeRecord
from customers.models.event import Event, EventKey, QueuedEvent
from customers.models.follow import Follow
from customers.models.group_chat import GroupChat, Membership
from customers.models.identity import Identity, IdentityEdge
from customers.models.profile import Friendship, GroupPresence, Profile, StageChange
from customers.models.refresh import Drift, RefreshRequest
from customers.models.tag import Tag, TagAssignment, TagGroup
from customers.models.view import ListColumns, SavedView

__all__ = [
    "Customer",
    "Drift",
    "Event",
    "EventKey",
    "Follow",
    "Friendship",
    "GroupChat",
    "GroupPresence",
    "Identity",
    "IdentityEdge",
    "ListColumns",
    "Membership",
    "MergeRecord",
    "Profile",
    "QueuedEvent",
    "RefreshRequest",
    "SavedView",
    "StageChange",
    "Tag",
    "TagAssignment",
    "TagGroup",
]
