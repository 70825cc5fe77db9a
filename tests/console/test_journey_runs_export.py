"""The customers of a journey are taken along as Excel; what people did to runs is written down."""

import re

import pytest
from django.test import Client

from customers.models import Customer
from org.models import AuditRow, User
from org.permissions import DEFAULT_PERMISSIONS, Permission
from org.services.roles import edit_role
from sop.models import Journey, JourneyRun
from tests.api.people import follow
from tests.console.journey_pages import WAIT, signed_in, url
from tests.hostile.workbooks import cells_of, live_parts_of
from tests.makers import NOW, make_staff, make_user
from tests.sop.world import GREETING, befriend, live, program, run_until

pytestmark = pytest.mark.django_db
LINK = re.compile(r'href="([^"]*/runs/export/[^"]*)"')


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("common.clock.now", lambda: NOW)


@pytest.fixture
def journey() -> Journey:
    return live(raw=program(GREETING, WAIT))


def named(name: str) -> Customer:
    person = befriend()
    Customer.objects.filter(pk=person.customer_id).update(name=name)
    return Customer.objects.get(pk=person.customer_id)


def exported(client: Client, journey: Journey, query: str = "") -> bytes:
    """Follow the link that the page shows."""
    shown = client.get(f"{url('journey_runs', journey)}{query}").content.decode()
    (address,) = LINK.findall(shown)
    answer = client.get(address.replace("&amp;", "&"))
    assert answer.status_code == 200
    return answer.content


def test_the_link_of_the_page_gives_what_the_page_lists(journey: Journey):
    hostile, other = named("=1+1"), named("林早")
    run_until(NOW)
    JourneyRun.objects.filter(identity__customer=other).update(is_control=True)
    client = signed_in()

    everybody = exported(client, journey)
    control = cells_of(exported(client, journey, "?arm=control"))

    assert {"=1+1", "林早", str(hostile.uid)} <= set(cells_of(everybody))
    assert live_parts_of(everybody) == []
    assert control[:3] == ["林早", str(other.uid), "进行中"]
    assert "=1+1" not in control
    rows = AuditRow.objects.filter(action="export").order_by("id")
    assert [(str(row.actor), row.subject, row.detail["rows"]) for row in rows] == [
        ("operator", f"journey:{journey.uid}", 2),
        ("operator", f"journey:{journey.uid}", 1),
    ]


def test_it_takes_the_right_and_stays_in_ones_scope(journey: Journey):
    own, _foreign = named("我的客户"), named("别人的客户")
    boss = make_staff("boss", is_leader=True)
    follow(boss, own)
    manager = signed_in(User.Role.MANAGER, "boss", staff=boss)
    address = url("journey_runs_export", journey)

    assert LINK.findall(manager.get(url("journey_runs", journey)).content.decode()) == []
    assert manager.get(address).status_code == 403
    assert not AuditRow.objects.filter(action="export").exists()

    edit_role(
        role=User.Role.MANAGER,
        permissions=DEFAULT_PERMISSIONS[User.Role.MANAGER] | {Permission.CUSTOMERS_EXPORT},
        actor=make_user("admin", User.Role.ADMIN),
        now=NOW,
        address="",
    )

    cells = cells_of(exported(manager, journey))
    assert "我的客户" in cells
    assert "别人的客户" not in cells


@pytest.mark.parametrize("count", [1, 7])
def test_an_export_costs_the_same_queries_however_long(
    journey: Journey, count: int, django_assert_num_queries
):
    for _ in range(count):
        befriend()
    run_until(NOW)
    client = signed_in()
    # session, user; journey; runs with all that is written; the audit row.
    with django_assert_num_queries(5):
        client.get(url("journey_runs_export", journey))


def test_who_lets_runs_go_on_is_written_down(journey: Journey):
    run = JourneyRun.objects.get(identity__customer=named("周病"))
    JourneyRun.objects.filter(pk=run.pk).update(state="parked", reason="KeyError: 'x'")

    signed_in().post(url("journey_runs_revive", journey), {"ids": [run.pk]})

    row = AuditRow.objects.filter(action="journey_changed").latest("id")
    assert (str(row.actor), row.detail["act"], row.detail["count"]) == ("operator", "revived", 1)
    assert row.address == "127.0.0.1"
