"""The page of one customer through its door: what it tells, what may be done, who may."""

import gzip
from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client

from customers.events import CustomerMessaged, LinkDwelled, LinkOpened, OrderPaid, TouchSent
from customers.models import Customer, Event, Follow, Profile, Tag, TagGroup
from customers.services.ledger import record_events
from org.models import Alert, AuditRow, Job, User
from scrm.console.customers.telling_one import TABS
from tests.api.people import follow, make_named, resolved, tag
from tests.makers import (
    NOW,
    make_app,
    make_corp,
    make_department,
    make_event,
    make_staff,
    make_user,
)
from touches.models import Dispatch, Touch

pytestmark = pytest.mark.django_db
PHONE = "13812345678"


@pytest.fixture(autouse=True)
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("common.clock.now", lambda: NOW)


def sign_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def operator() -> Client:
    return sign_in(make_user("operator", User.Role.OPERATOR))


def lin(**over: object) -> Customer:
    """小林, friend of 周宁, with a phone in the remark."""
    customer = make_named("林小满", stage="first")
    relation = follow(make_staff("周宁", department=make_department()), customer)
    relation.remark, relation.sealed_mobiles = "西湖店", PHONE
    relation.save()
    Profile.objects.filter(pk=customer.pk).update(order_amount_fen=26_800, **over)
    return customer


def text(client: Client, address: str, **headers: str) -> str:
    response = client.get(address, headers=headers)
    assert response.status_code == 200
    return response.content.decode()


def page(client: Client, customer: Customer) -> str:
    return text(client, f"/customers/{customer.uid}/")


def tell(customer: Customer, *payloads, first: int = 0) -> None:
    events = [
        make_event(resolved(customer), payload, occurred_at=NOW - timedelta(minutes=first + number))
        for number, payload in enumerate(payloads)
    ]
    record_events(events, now=NOW)


def opened(visit: str = "v1", title: str = "换粮表") -> LinkOpened:
    return LinkOpened("code", 1, title, "knowledge", visit)


def dwelled(seconds: int, visit: str = "v1", title: str = "换粮表") -> LinkDwelled:
    return LinkDwelled("code", 1, title, "knowledge", visit, seconds, seconds, 60)


def test_the_page_tells_who_somebody_is(operator: Client) -> None:
    customer = lin(first_added_at=NOW)
    tag(customer, "敏感肠胃")
    tell(customer, OrderPaid("no1", 26_800, title="成猫粮"), dwelled(95), opened())
    shown = page(operator, customer)
    for words in (
        "林小满", "首购", "138****5678", "西湖店", "周宁", "扫描二维码", "敏感肠胃", "¥268.00",
        "下单 ¥268.00", "成猫粮", "阅读《换粮表》", "1 分 35 秒", "企业微信客户", str(customer.uid),
    ):  # fmt: skip
        assert words in shown
    assert PHONE not in shown
    assert "打开《换粮表》" not in shown


def test_an_old_uid_leads_to_the_survivor_and_strangers_uids_nowhere(operator: Client) -> None:
    kept, absorbed = make_named("留下"), make_named("并入")
    Customer.objects.filter(pk=absorbed.pk).update(merged_into=kept)
    answer = operator.get(f"/customers/{absorbed.uid}/")
    assert (answer.status_code, answer["Location"]) == (302, f"/customers/{kept.uid}/")
    assert operator.get(f"/customers/{uuid4()}/").status_code == 404


def test_who_is_out_of_scope_does_not_exist() -> None:
    make_app()
    customer = lin()
    carried = tag(customer, "x")
    other = sign_in(make_user("other", User.Role.MANAGER, make_staff("other")))
    for address in ("", "timeline/", "tags/card/", f"journeys/{uuid4()}/"):
        assert other.get(f"/customers/{customer.uid}/{address}").status_code == 404
    for address, data in (
        ("notes/", {"text": "x", "note_id": str(uuid4())}),
        ("tags/", {"tag": carried.pk, "remove": "1"}),
        ("phone/", {}),
    ):
        assert other.post(f"/customers/{customer.uid}/{address}", data).status_code == 404
    assert (Event.objects.count(), AuditRow.objects.count(), Dispatch.objects.count()) == (0, 0, 0)


def test_a_whole_phone_is_shown_to_who_may_and_written_down(operator: Client) -> None:
    customer = lin()
    address = f"/customers/{customer.uid}/phone/"
    shown = operator.post(address, headers={"HX-Request": "true"}).content.decode()
    assert PHONE in shown
    row = AuditRow.objects.get()
    assert (row.action, row.subject) == ("reveal", f"customer:{customer.uid}")
    assert PHONE not in str(row.detail)
    assert operator.get(address).status_code == 405


@pytest.mark.parametrize(("kind", "label"), TABS)
def test_each_tab_shows_its_kind(operator: Client, kind: str, label: str) -> None:
    customer = lin()
    tag(customer, "敏感肠胃")
    tell(
        customer,
        CustomerMessaged(3),
        OrderPaid("no1", 26_800),
        opened(),
        TouchSent("u", "W", "欢迎"),
    )
    operator.post(f"/customers/{customer.uid}/notes/", {"text": "记一笔", "note_id": str(uuid4())})
    shown = text(operator, f"/customers/{customer.uid}/timeline/?kind={kind}")
    told = {
        "messages": "发来消息",
        "orders": "下单",
        "content": "打开《换粮表》",
        "touches": "欢迎语已送达",
        "notes": "记一笔",
        "tags": "打上标签：敏感肠胃",
    }
    found = {name for name, words in told.items() if words in shown}
    assert found == ({kind} & set(told) if kind else set(told) - {"tags"})
    assert str(label) in shown


def test_the_time_line_goes_on_without_a_gap(operator: Client) -> None:
    customer = lin()
    tell(customer, *(OrderPaid(f"no{number}", 100 + number) for number in range(35)))
    first = text(operator, f"/customers/{customer.uid}/timeline/?kind=orders")
    assert first.count("下单") == 30
    mark = first.partition("after=")[2].partition('"')[0]
    rest = text(operator, f"/customers/{customer.uid}/timeline/?kind=orders&after={mark}")
    assert (rest.count("下单"), "更早的动态" in rest) == (5, False)


@pytest.mark.parametrize("after", ["x", "1.", "9" * 40 + ".1", "-1.-1"])
def test_a_place_that_is_none_is_harmless(operator: Client, after: str) -> None:
    customer = lin()
    text(operator, f"/customers/{customer.uid}/timeline/?kind=nonsense&after={after}")


def test_a_note_is_written_once_and_shown(operator: Client) -> None:
    customer = lin()
    address, data = (
        f"/customers/{customer.uid}/notes/",
        {"text": "喜欢冻干", "note_id": str(uuid4())},
    )
    for _twice in range(2):
        shown = operator.post(address, data, headers={"HX-Request": "true"})
    assert "喜欢冻干" in shown.content.decode()
    assert Event.objects.filter(type="note_written").count() == 1
    assert operator.post(address, {"text": " ", "note_id": str(uuid4())}).status_code == 302
    assert Event.objects.count() == 1


def test_a_tag_on_its_way_is_shown_as_such(operator: Client) -> None:
    make_app()
    customer = lin()
    group = TagGroup.objects.create(corp=make_corp(), name="意向", wecom_id="eg")
    made = Tag.objects.create(corp=make_corp(), group=group, name="高意向", wecom_id="et")
    address = f"/customers/{customer.uid}/tags/"
    shown = operator.post(address, {"tag": made.pk}, headers={"HX-Request": "true"})
    assert "写入中" in shown.content.decode()
    assert Dispatch.objects.get().context["add_tags"] == [made.pk]
    assert 'hx-trigger="load delay:2s"' in text(
        operator, f"{address}card/", **{"HX-Request": "true"}
    )
    assert operator.post(address, {"tag": "x"}).status_code == 302
    assert Dispatch.objects.count() == 1


def test_what_to_do_next_is_only_what_data_says(operator: Client) -> None:
    customer = lin()
    assert "下一步建议" not in page(operator, customer)
    staff = Follow.objects.get().staff
    Alert.objects.create(
        key="a",
        kind="high_intent",
        staff=staff,
        customer_id=customer.pk,
        title="高意向：林小满",
        occurred_at=NOW,
        created_at=NOW,
    )
    assert "高意向：林小满" in page(operator, customer)
    Touch.objects.create(
        key="t",
        identity_id=resolved(customer).identity_id,
        customer=customer,
        staff=staff,
        lane="T",
        purpose="service",
        title="回访林小满",
        due_at=NOW,
        valid_until=NOW + timedelta(days=1),
        origin_kind="test",
        created_at=NOW,
    )
    shown = page(operator, customer)
    assert ("回访林小满" in shown, "高意向：林小满" in shown) == (True, False)


def test_a_hostile_name_stays_text(operator: Client) -> None:
    customer = make_named('"><img src=x onerror=alert(1)>\u202e')
    assert "<img src=x" not in page(operator, customer)
    assert "<img src=x" not in text(operator, "/customers/")


@pytest.mark.parametrize("count", [1, 12])
def test_the_page_costs_the_same_queries_however_much_happened(
    operator: Client, count: int, django_assert_num_queries
) -> None:
    customer = lin()
    for number in range(count):
        tag(customer, f"标签{number}")
        follow(make_staff(f"s{number}"), customer)
        tell(customer, OrderPaid(f"no{number}", 100), opened(f"v{number}"), first=number * 5)
    page(operator, customer)
    # session, user with rights; uid, customer; identities, relations, groups, tags, merges,
    # channels; runs, journeys; touches; content, orders; task, alert; calls, tags; events.
    with django_assert_num_queries(20):
        page(operator, customer)


def test_the_page_is_light(operator: Client) -> None:
    customer = lin()
    for number in range(40):
        tell(
            customer, opened(f"v{number}", f"标题{number}"), dwelled(9, f"v{number}"), first=number
        )
    assert len(gzip.compress(page(operator, customer).encode())) < 14_000
    assert not Job.objects.exists()
