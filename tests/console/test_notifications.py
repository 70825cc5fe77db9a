"""Notifications are one's own; looking at them is noted."""

import pytest
from django.test import Client

from org.models import Alert, Staff, User
from tests.api.people import follow, make_named
from tests.makers import NOW, make_staff, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def now(monkeypatch):
    monkeypatch.setattr("common.clock.now", lambda: NOW)


def make_alert(staff: Staff, title: str, customer_id: int) -> Alert:
    return Alert.objects.create(
        key=f"test:{title}",
        kind=Alert.Kind.HIGH_INTENT,
        staff=staff,
        customer_id=customer_id,
        title=title,
        occurred_at=NOW,
        created_at=NOW,
    )


@pytest.fixture
def staff() -> Staff:
    return make_staff("lead")


@pytest.fixture
def client(staff: Staff) -> Client:
    client = Client()
    client.force_login(make_user("lead", User.Role.MANAGER, staff))
    return client


def test_ones_own_are_shown_and_those_of_others_are_not(client: Client, staff: Staff):
    customer = make_named("汪欣怡")
    follow(staff, customer)
    make_alert(staff, "汪欣怡读完价格表", customer.pk)
    make_alert(make_staff("other"), "别人的客户来了", customer.pk)

    for address in ("/alerts/", "/alerts/recent/"):
        shown = client.get(address).content.decode()
        assert "汪欣怡读完价格表" in shown
        assert "别人的客户来了" not in shown


def test_having_looked_is_noted_for_oneself_only(client: Client, staff: Staff):
    own = make_alert(staff, "汪欣怡读完价格表", 1)
    foreign = make_alert(make_staff("other"), "别人的客户来了", 1)
    assert '"alerts": 1' in client.get("/signals/")["HX-Trigger"]

    assert client.post("/alerts/seen/")["Location"] == "/alerts/"

    own.refresh_from_db()
    foreign.refresh_from_db()
    assert (own.seen_at, foreign.seen_at) == (NOW, None)
    assert '"alerts": 0' in client.get("/signals/")["HX-Trigger"]


def test_looking_needs_a_post(client: Client, staff: Staff):
    alert = make_alert(staff, "汪欣怡读完价格表", 1)

    assert client.get("/alerts/seen/").status_code == 405

    alert.refresh_from_db()
    assert alert.seen_at is None


def test_an_account_without_a_staff_member_has_none():
    client = Client()
    client.force_login(make_user("admin", User.Role.ADMIN))

    assert "没有提醒" in client.get("/alerts/").content.decode()
    assert client.post("/alerts/seen/").status_code == 302
