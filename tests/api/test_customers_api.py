"""The customers API shows what the caller may see, in pages, with exactly as many queries."""

import base64
from uuid import uuid4

import pytest

from customers.events import LinkOpened
from customers.models import Customer
from customers.services.ledger import record_events
from org.models import User
from tests.api.people import ISSUING, follow, identity_of, make_named, resolved, tag
from tests.makers import NOW, make_department, make_event, make_staff, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator() -> User:
    return make_user("operator", User.Role.OPERATOR)


def names(response) -> list[str]:
    return [customer["name"] for customer in response.json()["results"]]


def test_a_customer_is_shown_with_relations_tags_and_counters(call, operator):
    staff = make_staff()
    customer = make_named("小林", stage="first")
    follow(staff, customer)
    made = tag(customer, "猫")

    (shown,) = call(operator, "/customers/").json()["results"]

    assert shown["uid"] == str(customer.uid)
    assert (shown["stage"], shown["relation"]) == ("first", "friend")
    assert shown["follows"] == [
        {
            "staff": {"userid": "zhangsan", "name": "zhangsan"},
            "status": "friend",
            "added_at": "2026-11-21T11:00:00+08:00",
            "add_way": 1,
            "state": "chan1",
        }
    ]
    assert [(each["id"], each["name"], each["group"]) for each in shown["tags"]] == [
        (made.pk, "猫", "需求")
    ]
    assert shown["counters"]["opens"] == 0


def test_the_list_goes_on_by_cursor_newest_first(call, operator):
    for n in range(5):
        make_named(f"客户{n}")

    first = call(operator, "/customers/", limit=2)
    rest = call(operator, first.json()["next"].split("/api/v1")[1])

    assert names(first) == ["客户4", "客户3"]
    assert names(rest) == ["客户2", "客户1"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"stage": "first"}, ["阿福"]),
        ({"relation": "lost"}, ["王小明"]),
        ({"staff": "ZhangSan"}, ["阿福"]),
        ({"name": "小"}, ["王小明", "小林"]),
        ({"name": "小", "relation": "friend"}, ["小林"]),
        ({"name": "小明"}, ["王小明"]),
        ({"name": "王小明"}, ["王小明"]),
        ({"name": "明小"}, []),
        ({"name": "nobody"}, []),
    ],
)
def test_filters_narrow_the_list(call, operator, query, found):
    staff = make_staff()
    make_named("小林")
    follow(staff, make_named("王小明", relation="lost"), status="customer_deleted")
    follow(staff, make_named("阿福", stage="first"))

    assert sorted(names(call(operator, "/customers/", **query))) == sorted(found)


@pytest.mark.parametrize(
    ("name", "part", "is_found"),
    [
        ("Ann-Marie", "MARIE", True),
        ("Ann-Marie", "e", True),
        ("100%猫粮", "%猫", True),
        ("小猫_", "猫_", True),
        ("小猫咪", "猫_", False),
        ("小猫小狗", "小狗猫", False),
        ("Straße", "ße", True),
        ("猫🐱咪", "🐱", True),
    ],
)
def test_part_of_a_name_is_found_in_any_case(call, operator, name, part, is_found):
    make_named(name)

    assert names(call(operator, "/customers/", name=part)) == ([name] if is_found else [])


def test_a_new_name_is_found_and_the_old_one_is_not(call, operator):
    Customer.objects.filter(pk=make_named("小林").pk).update(name="阿福")

    assert names(call(operator, "/customers/", name="阿福")) == ["阿福"]
    assert names(call(operator, "/customers/", name="小林")) == []


def test_a_tag_narrows_the_list(call, operator):
    made = tag(make_named("小林"), "猫")
    tag(make_named("阿福"), "狗")

    assert names(call(operator, "/customers/", tag=made.pk)) == ["小林"]


@pytest.mark.parametrize(
    "query",
    [{"stage": "nonsense"}, {"tag": "x"}, {"name": "\x00"}, {"name": "长" * 65}],
)
def test_nonsense_in_a_filter_is_a_problem(call, operator, query):
    response = call(operator, "/customers/", **query)

    assert (response.status_code, response["Content-Type"]) == (400, "application/problem+json")
    assert list(response.json()["invalid"]) == list(query)


@pytest.mark.parametrize("position", ["p=abc", "p=9999999999999999999999", "o=-5", "garbage"])
def test_a_foreign_cursor_is_a_problem_or_an_empty_page(call, operator, position: str):
    cursor = base64.b64encode(position.encode()).decode()

    assert call(operator, "/customers/", cursor=cursor).status_code in {200, 404}


def test_staff_see_their_own_customers_only(call):
    mine, theirs = make_staff("mine"), make_staff("theirs")
    own, foreign = make_named("我的"), make_named("别人的")
    follow(mine, own)
    follow(theirs, foreign)
    viewer = make_user("guide", User.Role.STAFF, mine)

    assert names(call(viewer, "/customers/")) == ["我的"]
    assert call(viewer, f"/customers/{own.uid}/").status_code == 200
    for path in (f"/customers/{foreign.uid}/", f"/customers/{foreign.uid}/events/"):
        response = call(viewer, path)
        assert (response.status_code, response["Content-Type"]) == (404, "application/problem+json")


def test_another_departments_manager_sees_nothing(call):
    store, other = make_department(wecom_id=10), make_department(wecom_id=20)
    customer = make_named("小林")
    follow(make_staff("guide", department=store), customer)
    boss = make_staff("boss", department=store, is_leader=True)
    rival = make_staff("rival", department=other, is_leader=True)

    assert names(call(make_user("boss", User.Role.MANAGER, boss), "/customers/")) == ["小林"]
    stranger = make_user("rival", User.Role.MANAGER, rival)
    assert names(call(stranger, "/customers/")) == []
    assert call(stranger, f"/customers/{customer.uid}/").status_code == 404
    assert call(stranger, f"/customers/{customer.uid}/events/").status_code == 404


def test_an_unknown_customer_is_a_problem(call, operator):
    response = call(operator, f"/customers/{uuid4()}/")

    assert response.status_code == 404
    assert response.json() == {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "detail": "There is no such customer in your data scope.",
        "request_id": response["X-Request-ID"],
    }


def test_the_timeline_shows_a_customers_events_latest_first(call, operator):
    customer = make_named("小林")
    opened = LinkOpened(
        link_code="c", material_id=1, title="换粮表", purpose="knowledge", visit="v"
    )
    record_events([make_event(resolved(customer)), make_event(resolved(customer), opened)], now=NOW)

    results = call(operator, f"/customers/{customer.uid}/events/").json()["results"]

    assert [event["type"] for event in results] == ["link_opened", "friend_added"]
    assert results[0]["payload"]["title"] == "换粮表"
    assert results[0]["customer"] == str(customer.uid)


@pytest.mark.parametrize("count", [1, 8])
def test_a_page_costs_the_same_queries_however_long(
    call, operator, count, django_assert_num_queries
):
    staff = make_staff()
    for n in range(count):
        customer = make_named(f"客户{n}")
        follow(staff, customer)
        tag(customer, "猫")
    # issue, mark as used; then: token, customers, identities, relations, tags.
    with django_assert_num_queries(ISSUING + 5):
        call(operator, "/customers/")


def test_one_customer_costs_seven_queries(call, operator, django_assert_num_queries):
    customer = make_named("小林")
    identity_of(customer)
    # issue, mark as used; then: token, uid, scope, customer, identities, relations, tags.
    with django_assert_num_queries(ISSUING + 7):
        call(operator, f"/customers/{customer.uid}/")


def test_the_api_only_reads(call, operator):
    assert call(operator, "/customers/").headers["Allow"] == "GET, HEAD"


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ({"stages": "lost"}, "stages"),
        ({"stage": ""}, "stage"),
        ({"limit": 0}, "limit"),
        ({"limit": 201}, "limit"),
        ({"limit": "٣"}, "limit"),
        ({"limit": "9" * 400}, "limit"),
        ({"stage": ["lost", "first"]}, "stage"),
        ({"format": "xml"}, "format"),
    ],
)
def test_a_query_that_is_not_understood_is_refused(call, operator, query, name):
    refused = call(operator, "/customers/", **query)

    assert refused.status_code == 400
    assert list(refused.json()["invalid"]) == [name]
