"""A customer's reading reaches the right staff member: once, and loudly only when it matters."""

from datetime import timedelta

import pytest

from content.models import Visit
from content.services.alerts import raise_read_alerts
from content.services.visits import Beacon, apply_beacon, beacon_token
from customers.models import Event, Identity
from customers.services.ledger import LedgerEvent
from org.models import Alert
from tests.content.makers import (
    NOON,
    after,
    befriend,
    make_article,
    make_customer,
    make_link,
    make_staff,
    opened,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def reader():
    return make_customer()


@pytest.fixture
def product():
    return make_article(title="冻干成猫粮 价格表", is_high_intent=True)


def ledger() -> list[LedgerEvent]:
    """Everything recorded, as reducers get it."""
    owners = dict(Identity.objects.values_list("id", "customer_id"))
    fields = set(LedgerEvent.__dataclass_fields__) - {"customer_id"}
    return [
        LedgerEvent(customer_id=owners[row["identity_id"]], **row)
        for row in Event.objects.order_by("id").values(*fields)
    ]


def react(now=NOON) -> None:
    """Let the loop react to every event, one at a time as its rounds do."""
    for event in ledger():
        raise_read_alerts([event], now=now)


def dwell(visit: Visit, seconds: int, *, seq: int = 1) -> None:
    apply_beacon(
        code=visit.link.code,
        token=beacon_token(visit),
        beacon=Beacon(seq=seq, active_seconds=seconds, depth_percent=10),
        now=visit.opened_at + timedelta(seconds=seconds),
    )


def kinds() -> list[str]:
    return list(Alert.objects.order_by("id").values_list("kind", flat=True))


def test_the_first_opening_is_told_to_the_sender(reader):
    sender = make_staff()
    befriend(sender, reader)
    visit = opened(make_link(staff_id=sender.pk), reader)
    opened(visit.link, reader, at=after(5))

    react()

    alert = Alert.objects.get()
    assert (alert.kind, alert.staff, alert.customer_id) == ("read", sender, reader.customer_id)
    assert (alert.key, alert.occurred_at) == (f"read:link_opened:{visit.uuid}", NOON)
    assert (alert.title, alert.body) == ("小林 打开了你的素材", "《7 天换粮表》")
    assert alert.detail["delivery"] == "live"
    assert alert.detail["reason"] == "first_open"


def test_each_link_has_its_own_first_opening(reader):
    befriend(make_staff(), reader)
    opened(make_link(batch="one"), reader)
    opened(make_link(batch="two"), reader, at=after(60))

    react()

    assert kinds() == ["read", "read"]


def test_a_repeated_batch_tells_nobody_twice(reader):
    befriend(make_staff(), reader)
    opened(make_link(), reader)

    react()
    react()

    assert kinds() == ["read"]


def test_a_link_without_sender_is_told_to_the_newest_friend(reader):
    befriend(make_staff("older"), reader, days_ago=9)
    newest = make_staff("newest")
    befriend(newest, reader, days_ago=2)
    opened(make_link(), reader)

    react()

    assert Alert.objects.get().staff == newest


def test_a_sender_who_is_no_friend_gives_way_to_the_friend(reader):
    friend = make_staff("friend")
    befriend(friend, reader)
    opened(make_link(staff_id=make_staff("poster").pk), reader)

    react()

    assert Alert.objects.get().staff == friend


def test_a_reader_without_any_friend_is_told_to_the_sender(reader):
    sender = make_staff()
    opened(make_link(staff_id=sender.pk), reader)

    react()

    assert Alert.objects.get().staff == sender


def test_whoever_left_is_told_nothing(reader):
    befriend(make_staff("leaver", left_at=NOON), reader, days_ago=1)
    opened(make_link(), reader)

    react()

    assert not Alert.objects.exists()


def test_sixty_seconds_of_product_content_are_high_intent(reader, product):
    befriend(make_staff(), reader)
    visit = opened(make_link(product), reader)
    dwell(visit, 59)
    react()
    assert kinds() == ["read"]

    dwell(visit, 61, seq=2)
    react()

    alert = Alert.objects.get(kind="high_intent")
    assert (alert.title, alert.body) == ("高意向：小林", "《冻干成猫粮 价格表》已阅读 61 秒")
    assert alert.detail["total_seconds"] == 61


def test_a_second_opening_within_a_day_is_high_intent(reader, product):
    befriend(make_staff(), reader)
    opened(make_link(product, batch="one"), reader)
    opened(make_link(product, batch="two"), reader, at=after(3_600))

    react()

    assert Alert.objects.get(kind="high_intent").detail["reason"] == "opened_again"


def test_a_second_opening_after_a_day_is_not(reader, product):
    befriend(make_staff(), reader)
    link = make_link(product)
    opened(link, reader)
    opened(link, reader, at=after(24 * 3_600))

    react()

    assert kinds() == ["read"]


def test_other_content_is_never_high_intent(reader):
    befriend(make_staff(), reader)
    link = make_link()
    opened(link, reader)
    dwell(opened(link, reader, at=after(600)), 300)

    react()

    assert kinds() == ["read"]


def test_high_intent_cools_down_for_four_hours(reader, product):
    befriend(make_staff(), reader)
    link = make_link(product)
    opened(link, reader)
    opened(link, reader, at=after(60))
    react(now=after(60))
    opened(link, reader, at=after(4 * 3_600))
    react(now=after(4 * 3_600))
    assert kinds().count("high_intent") == 1

    opened(link, reader, at=after(4 * 3_600 + 61))
    react(now=after(4 * 3_600 + 61))

    assert kinds().count("high_intent") == 2


def test_the_ninth_alert_of_a_day_waits_for_the_digest():
    staff = make_staff()
    link = make_link(staff_id=staff.pk)
    for n in range(10):
        opened(link, make_customer(f"wmTEST{n}"), at=after(n))

    raise_read_alerts(ledger(), now=NOON)

    deliveries = [alert.detail["delivery"] for alert in Alert.objects.order_by("occurred_at")]
    assert deliveries == ["live"] * 8 + ["digest"] * 2


def test_imported_readings_are_told_to_nobody(reader):
    befriend(make_staff(), reader)
    opened(make_link(), reader)
    Event.objects.update(source="import")

    react()

    assert not Alert.objects.exists()


def test_a_batch_costs_two_statements(reader, django_assert_num_queries):
    befriend(make_staff(), reader)
    link = make_link()
    for n in range(5):
        opened(link, make_customer(f"wmTEST{n + 2}"))
    events = ledger()

    with django_assert_num_queries(2):
        raise_read_alerts(events, now=NOON)
