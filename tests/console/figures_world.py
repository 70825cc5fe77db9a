"""A company with figures of every kind: two departments, journeys, touches in every state."""

from dataclasses import dataclass
from datetime import timedelta

from customers import events as kinds
from customers.models import Customer
from customers.services.identities import Resolved
from customers.services.ledger import record_events
from org.models import Department, Staff, User
from sop.models import Journey, JourneyRun, JourneyVersion
from tests.analytics.world import at, fold, follow
from tests.makers import NOW, make_department, make_event, make_person, make_staff, make_user
from touches.models import EffectLog, Touch

READ = kinds.LinkOpened("code", 1, "换粮表", "knowledge", "v")
STATES = ("delivered", "confirmed", "suppressed", "expired", "refused", "cancelled", "planned")


@dataclass
class Shop:
    """One department: its head, a seller, their customers, the head's account."""

    department: Department
    boss: Staff
    seller: Staff
    people: list[Resolved]
    manager: User


def tell(person: Resolved, payload, moment: str, staff: Staff) -> None:
    """Record one event."""
    record_events([make_event(person, payload, occurred_at=at(moment), staff=staff)], now=NOW)


def make_shop(name: str, number: int, size: int) -> Shop:
    """Make a department whose customers came, read, replied and left."""
    department = make_department(wecom_id=number)
    Department.objects.filter(pk=department.pk).update(name=name)
    department.refresh_from_db()
    boss = make_staff(f"{name}店长", department=department, is_leader=True)
    seller = make_staff(f"{name}导购", department=department)
    people = []
    for n in range(size):
        person = make_person()
        Customer.objects.filter(pk=person.customer_id).update(name=f"{name}客户{n}")
        follow(seller, person)
        day = f"2026-11-{14 + n % 9}"
        tell(person, kinds.FriendAdded(state="door" if n % 2 else ""), f"{day} 10:00", seller)
        if n % 3 == 0:
            tell(person, READ, f"{day} 12:30", seller)
        if n % 6 == 0:
            tell(person, kinds.StaffMarked("replied"), f"{day} 15:00", seller)
        if n % 5 == 4:
            gone = kinds.FriendRemovedByCustomer() if n % 2 else kinds.FriendRemovedByStaff()
            tell(person, gone, f"{day} 20:00", seller)
        people.append(person)
    manager = make_user(f"manager-{number}", User.Role.MANAGER, boss)
    return Shop(department, boss, seller, people, manager)


def make_touches(shop: Shop) -> list[Touch]:
    """Give each customer a touch; one of each state in turn, today."""
    made = []
    for n, person in enumerate(shop.people):
        state = STATES[n % len(STATES)]
        touch = Touch.objects.create(
            key=f"{shop.department.pk}:{n}",
            identity_id=person.identity_id,
            customer_id=person.customer_id,
            staff=shop.seller,
            lane="T" if state in ("confirmed", "expired") else "M",
            purpose="care",
            title=f"关怀{n}",
            content={"text": "今天还好吗"},
            due_at=at("2026-11-22 10:05"),
            valid_until=at("2026-11-22 18:00"),
            state=state,
            reason="频次上限：一天一次" if state == "suppressed" else "",
            origin_kind="test",
            created_at=NOW,
            finished_at=None if state == "planned" else NOW,
        )
        EffectLog.objects.create(touch=touch, to_state=state, actor="test")
        made.append(touch)
    return made


def make_journey(shop: Shop) -> Journey:
    """Let the customers of a department run through a journey, each third in the control group."""
    journey = Journey.objects.create(code=f"j{shop.department.pk}", name="新客培育", salt="s")
    version = JourneyVersion.objects.create(
        journey=journey, number=1, program={}, checksum="x", published_at=NOW
    )
    journey.current, journey.state = version, Journey.State.LIVE
    journey.save()
    JourneyRun.objects.bulk_create(
        JourneyRun(
            journey=journey,
            version=version,
            identity_id=person.identity_id,
            staff=shop.seller,
            entered_at=NOW - timedelta(days=1),
            is_control=n % 3 == 0,
            due_at=NOW,
            goal_at=NOW if n % 4 == 0 else None,
            goal_name="首购" if n % 4 == 0 else "",
        )
        for n, person in enumerate(shop.people)
    )
    return journey


def make_company() -> tuple[Shop, Shop]:
    """Two departments, folded."""
    north, south = make_shop("城北", 2, 14), make_shop("城南", 3, 7)
    for shop in (north, south):
        make_touches(shop)
    make_journey(north)
    fold()
    return north, south
