"""Who came into a journey, and why: in the viewer's scope, with retrying and stopping."""

import pytest

from customers.models import Customer
from org.models import User
from sop.models import JourneyRun
from tests.api.people import follow
from tests.console.journey_pages import HTMX, WAIT, draft, signed_in, url
from tests.makers import NOW, make_person, make_staff
from tests.sop.world import GREETING, befriend, live, program, run_until
from touches.models import Touch

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def here(monkeypatch):
    monkeypatch.setattr("common.clock.now", lambda: NOW)


@pytest.fixture
def client():
    return signed_in()


def text(response) -> str:
    return response.content.decode()


def named(name: str) -> Customer:
    person = befriend()
    Customer.objects.filter(pk=person.customer_id).update(name=name)
    return Customer.objects.get(pk=person.customer_id)


def run_of(customer: Customer) -> JourneyRun:
    return JourneyRun.objects.get(identity__customer=customer)


def park(customer: Customer) -> JourneyRun:
    run = run_of(customer)
    JourneyRun.objects.filter(pk=run.pk).update(state="parked", reason="KeyError: 'x'", attempts=3)
    return run


def names(client, journey, **query) -> list[str]:
    shown = text(client.get(url("journey_runs", journey), query, headers=HTMX))
    known = Customer.objects.exclude(name="").values_list("name", flat=True)
    return sorted(name for name in known if f"<b>{name}</b>" in shown)


@pytest.fixture
def journey():
    return live(raw=program(GREETING | {"if": {"tag": "猫"}}, WAIT))


def test_runs_are_narrowed_by_state_step_arm_goal_and_name(client, journey):
    early = named("林早")
    run_until(NOW)
    late, sick = named("陈晚"), named("周病")
    park(sick)
    JourneyRun.objects.filter(pk=run_of(early).pk).update(is_control=True, goal_at=NOW)

    assert names(client, journey) == ["周病", "林早", "陈晚"]
    assert names(client, journey, state="parked") == ["周病"]
    assert names(client, journey, step="pause") == ["林早"]
    assert names(client, journey, step="start") == ["周病", "陈晚"]
    assert names(client, journey, arm="control") == ["林早"]
    assert names(client, journey, goal="1") == ["林早"]
    assert names(client, journey, q="晚") == ["陈晚"]
    assert names(client, journey, state="moon", page="x", step="\x00") == ["周病", "林早", "陈晚"]
    assert run_of(late).state == "active"


def test_a_run_tells_why(client, journey):
    customer = named("林早")
    run_until(NOW)

    shown = text(client.get(url("journey_run", journey, run_of(customer).pk)))

    for words in (
        "在旅程中（第 1 版）",
        "「添加好友」",
        "符合进入条件",
        "跳过，条件不成立",
        "有标签「猫」（实际 没有）",
        "等待 1 天",
        "实验组",
        "现在的值",
    ):
        assert words in shown


def test_why_not_is_told_of_a_customer_who_never_came(client, journey):
    person = make_person()
    Customer.objects.filter(pk=person.customer_id).update(name="路人甲")
    customer = Customer.objects.get(pk=person.customer_id)

    found = text(client.get(url("journey_why", journey), {"q": "路人"}, headers=HTMX))
    assert url("journey_why_customer", journey, customer.uid) in found
    shown = text(client.get(url("journey_why_customer", journey, customer.uid)))
    assert "没有进入：从未发生触发行为「添加好友」" in shown
    assert "从来没有进入过" in shown
    nobody = text(client.get(url("journey_why", journey), {"q": "无此人"}, headers=HTMX))
    assert "没有找到这样的客户" in nobody


def test_why_is_told_before_anything_was_published(client):
    journey, customer = draft(), named("林早")
    shown = text(client.get(url("journey_why_customer", journey, customer.uid)))
    assert "旅程还没有发布" in shown
    assert "旅程还没有发布" in text(client.get(url("journey_runs", journey)))


def test_parked_runs_are_tried_again(client, journey):
    sick, well = named("周病"), named("林早")
    parked = park(sick)
    shown = text(client.get(url("journey_runs", journey)))
    assert "1 位客户因出错停住了" in shown
    assert "KeyError" in shown
    data = {"ids": [parked.pk, run_of(well).pk, "x", "9" * 30]}

    answer = client.post(url("journey_runs_revive", journey), data, follow=True)

    assert "1 位客户重新推进" in text(answer)
    parked.refresh_from_db()
    assert (parked.state, parked.attempts, parked.reason) == ("active", 0, "")


def test_runs_are_stopped_with_a_reason_and_their_touches_withdrawn(client):
    journey = live(raw=program(GREETING, WAIT))
    gone, stays = named("林早"), named("陈晚")
    run_until(NOW)

    unsaid = client.post(
        url("journey_runs_stop", journey), {"ids": run_of(gone).pk, "reason": " "}, follow=True
    )
    assert "请写明停止的原因" in text(unsaid)
    assert run_of(gone).state == "active"
    client.post(url("journey_runs_stop", journey), {"ids": run_of(gone).pk, "reason": "客户要求"})

    assert (run_of(gone).state, run_of(gone).reason) == ("stopped", "operator：客户要求")
    assert Touch.objects.get(origin_id=str(run_of(gone).pk)).state == "cancelled"
    assert run_of(stays).state == "active"


def test_runs_of_another_journey_are_not_touched(client, journey):
    other = live("J2", program(WAIT))
    person = befriend()
    run = JourneyRun.objects.get(journey=other, identity_id=person.identity_id)
    data = {"ids": run.pk, "reason": "弄错了"}
    client.post(url("journey_runs_stop", journey), data)
    run.refresh_from_db()
    assert run.state == "active"
    assert client.get(url("journey_run", journey, run.pk)).status_code == 404


def test_only_ones_own_customers_are_seen_and_nothing_is_stopped_without_the_right(journey):
    own, foreign = named("我的客户"), named("别人的客户")
    boss = make_staff("boss", is_leader=True)
    follow(boss, own)
    manager = signed_in(User.Role.MANAGER, "boss", staff=boss)

    assert names(manager, journey) == ["我的客户"]
    assert manager.get(url("journey_run", journey, run_of(own).pk)).status_code == 200
    for address in (
        url("journey_run", journey, run_of(foreign).pk),
        url("journey_why_customer", journey, foreign.uid),
    ):
        assert manager.get(address).status_code == 404
    found = text(manager.get(url("journey_why", journey), {"q": "客户"}, headers=HTMX))
    assert "我的客户" in found
    assert "别人的客户" not in found
    for name in ("journey_runs_stop", "journey_runs_revive"):
        refused = manager.post(url(name, journey), {"ids": run_of(own).pk, "reason": "x"})
        assert refused.status_code == 403
    assert run_of(own).state == "active"


@pytest.mark.parametrize("count", [1, 7])
def test_the_list_costs_the_same_queries_however_long(
    client, journey, count, django_assert_num_queries
):
    for _ in range(count):
        befriend()
    run_until(NOW)
    # session, user; journey; counts by state, counts by step, runs with all that is shown.
    with django_assert_num_queries(6):
        client.get(url("journey_runs", journey))
