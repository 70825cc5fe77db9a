"""What the pictures show: the things of the demo company with the most to see."""

from dataclasses import dataclass

from django.db.models import Count

from campaigns.models import ChannelCode
from content.models import TrackedLink
from customers.models import Customer, Follow, GroupChat
from org.models import User
from sop.models import Journey
from touches.models import Touch


@dataclass(frozen=True, slots=True)
class World:
    """What stands in the addresses of `tests/screenshots/pages.py`.

    Attributes:
        contact: The customer of the staff account's task, as WeCom names them.
        buyer: The one of theirs who bought most; `own` in our own words.
    """

    customer: str
    code: int
    busy_code: int
    journey: str
    material: int
    link: str
    contact: str
    buyer: str
    own: str
    group: str


def look() -> World:
    """Choose them; the same company gives the same ones.

    Raises:
        IndexError: the story of the demo has not ended.
    """
    staff = User.objects.get(username="staff").staff
    link = TrackedLink.objects.filter(staff=staff).order_by("pk")[0]
    own = Follow.objects.filter(staff=staff, status=Follow.Status.FRIEND)
    buyer = own.order_by("-identity__customer__profile__order_count")[0]
    tasks = Touch.objects.filter(staff=staff, lane=Touch.Lane.TASK)
    customers = Customer.objects.filter(profile__order_count__gt=2, profile__open_count__gt=2)
    codes = ChannelCode.objects.annotate(tag_count=Count("tags"))
    added = Follow.objects.exclude(state="").values_list("state").annotate(number=Count("pk"))
    busy = added.order_by("-number")[0][0]
    return World(
        customer=str(customers.order_by("-profile__last_event_at")[0].uid),
        code=codes.order_by("-tag_count", "pk")[0].pk,
        busy_code=codes.get(state=busy).pk,
        journey=str(Journey.objects.filter(state=Journey.State.LIVE).order_by("pk")[0].uid),
        material=link.material_id,
        link=link.code,
        contact=tasks.order_by("-pk")[0].identity.value,
        buyer=buyer.identity.value,
        own=str(buyer.identity.customer.uid),
        group=GroupChat.objects.filter(owner=staff).order_by("pk")[0].chat_id,
    )
