"""What the pictures show: the things of the demo company with the most to see."""

from dataclasses import dataclass

from django.db.models import Count

from campaigns.models import ChannelCode
from content.models import TrackedLink
from customers.models import Customer, Follow, GroupChat
from org.models import User
from sop.models import Journey


@dataclass(frozen=True, slots=True)
class World:
    """What stands in the addresses of `tests/screenshots/pages.py`."""

    customer: str
    code: int
    journey: str
    material: int
    link: str
    contact: str
    group: str


def look() -> World:
    """Choose them; the same company gives the same ones.

    Raises:
        ObjectDoesNotExist: the story of the demo has not ended.
    """
    staff = User.objects.get(username="staff").staff
    link = TrackedLink.objects.exclude(staff=None).order_by("pk")[0]
    own = Follow.objects.filter(staff=staff, status=Follow.Status.FRIEND)
    customers = Customer.objects.filter(profile__order_count__gt=2, profile__open_count__gt=2)
    codes = ChannelCode.objects.annotate(tag_count=Count("tags"))
    return World(
        customer=str(customers.order_by("-profile__last_event_at")[0].uid),
        code=codes.order_by("-tag_count", "pk")[0].pk,
        journey=str(Journey.objects.filter(state=Journey.State.LIVE).order_by("pk")[0].uid),
        material=link.material_id,
        link=link.code,
        contact=own.order_by("-identity__customer__profile__order_count")[0].identity.value,
        group=GroupChat.objects.filter(owner=staff).order_by("pk")[0].chat_id,
    )
