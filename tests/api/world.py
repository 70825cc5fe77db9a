"""One of everything that the open API shows, so that whatever is asked finds something."""

from dataclasses import dataclass
from uuid import UUID

from campaigns.models import ChannelCode
from content.models import Material
from customers.models import Customer, Tag
from org.models import User
from sop.models import Journey, JourneyRun
from tests.api.people import follow, tag
from tests.campaigns.world import make_code
from tests.content.makers import make_article, make_link, opened
from tests.makers import NOW, make_user
from tests.sop.explaining import call_for
from tests.sop.world import GREETING, befriend, live, program, run_until, staff
from touches.models import Dispatch, Touch
from wecom.api.contact_ways import NewContactWay

PAUSE = {"id": "pause", "type": "wait", "for": {"days": 1}, "label": "歇一天"}
WAYS = "campaigns.services.channel_codes.contact_ways"


@dataclass(frozen=True, slots=True)
class World:
    """A customer in a journey with a touch whose fate is unknown, a code, an article."""

    operator: User
    customer: Customer
    journey: Journey
    run: JourneyRun
    touch: Touch
    call: Dispatch
    code: ChannelCode
    material: Material
    tag: Tag

    @property
    def uids(self) -> dict[str, UUID]:
        """Uids by the first word of their address."""
        return {
            "customers": self.customer.uid,
            "journeys": self.journey.uid,
            "touches": self.touch.uid,
        }


def make_world() -> World:
    """Make one of everything."""
    journey = live("J01", program(GREETING, PAUSE))
    person = befriend()
    customer = Customer.objects.get(pk=person.customer_id)
    Customer.objects.filter(pk=customer.pk).update(name="小满和她的猫")
    follow(staff("lisi"), customer)
    carried = tag(customer, "猫")
    article = make_article()
    opened(make_link(article), customer.identities.get())
    run_until(NOW)
    touch = Touch.objects.get()
    call = call_for(touch, state="unknown", last_error="ReadTimeout")
    Touch.objects.filter(pk=touch.pk).update(state="unknown")
    return World(
        operator=make_user(),
        customer=customer,
        journey=journey,
        run=JourneyRun.objects.get(),
        touch=touch,
        call=call,
        code=make_code(),
        material=article,
        tag=carried,
    )


def let_wecom_make_codes(monkeypatch) -> None:
    """WeCom does whatever is asked of it about channel codes."""

    def add(client, **body):
        return NewContactWay(config_id=body["state"], qr_code="https://wework.example/qr")

    monkeypatch.setattr(f"{WAYS}.add_contact_way", add)
    for name in ("update_contact_way", "del_contact_way"):
        monkeypatch.setattr(f"{WAYS}.{name}", lambda client, **body: None)
