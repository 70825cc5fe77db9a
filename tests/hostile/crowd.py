"""A company whose guide, customers, tags, orders and articles read all have hostile names."""

from customers.events import FriendAdded, LinkDwelled, OrderPaid
from customers.models import Customer, Follow
from customers.services.ledger import record_events
from org.models import Staff
from tests.api.people import resolved, tag
from tests.authz.world import World, make_world
from tests.hostile.names import MOST_CHARACTERS, NAMES
from tests.makers import NOW, make_event, make_person


def make_crowd() -> World:
    """One customer of the guide for each name, with everything they can write set to it."""
    world = make_world()
    guide = world.guides[True]
    Staff.objects.filter(pk=guide.pk).update(name='"><pwn>导购', job_title="<pwn>")
    customers = [_customer(guide, name[:MOST_CHARACTERS]) for name in NAMES]
    events = [
        make_event(resolved(customer), payload, staff=guide)
        for customer in customers
        for payload in _happenings(customer.name)
    ]
    record_events(events, now=NOW)
    return world


def _customer(guide: Staff, name: str) -> Customer:
    person = make_person()
    fields = {"name": name, "company_name": name}
    Customer.objects.filter(pk=person.customer_id).update(**fields)
    Follow.objects.create(
        staff=guide,
        identity_id=person.identity_id,
        status="friend",
        added_at=NOW,
        remark=name,
        description=name,
        remark_company=name,
        state="chan1",
    )
    customer = Customer.objects.get(pk=person.customer_id)
    tag(customer, name[:60])
    return customer


def _happenings(name: str) -> list[object]:
    return [
        FriendAdded(),
        OrderPaid(f"no{name[:20]}", 1_990, title=name, shop=name[:30]),
        LinkDwelled("c", 1, name, "knowledge", "v", 10, 63, 80),
    ]
