"""The feed gives every event of the caller's customers once, in order, when it has settled."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from customers.models import Event
from customers.services.ledger import record_events
from org.models import User
from tests.api.people import ISSUING, follow, make_named, resolved
from tests.makers import NOW, make_event, make_staff, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator() -> User:
    return make_user("operator", User.Role.OPERATOR)


def record(customer, count: int) -> list[int]:
    record_events([make_event(resolved(customer)) for _ in range(count)], now=NOW)
    return list(Event.objects.order_by("id").values_list("id", flat=True))


def test_a_follower_gets_every_event_once(call, operator):
    ids = record(make_named("小林"), 5)
    seen, after = [], 0

    while True:
        page = call(operator, "/events/", after=after, limit=2).json()
        if not page["results"]:
            break
        seen += [event["id"] for event in page["results"]]
        after = page["next_after"]

    assert seen == ids
    assert page["next_after"] == ids[-1]


@pytest.mark.django_db(transaction=True)
def test_an_event_waits_until_nothing_with_a_lower_number_can_come(call, operator):
    early, open_one, late = (make_named(name) for name in ("早", "中", "晚"))
    (first,) = record(early, 1)
    taken, may_end = threading.Event(), threading.Event()

    def record_slowly() -> None:
        try:
            with transaction.atomic():
                record(open_one, 1)
                taken.set()
                assert may_end.wait(20)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as other:
        slow = other.submit(record_slowly)
        assert taken.wait(20)
        *_, last = record(late, 1)
        held_back = call(operator, "/events/").json()
        may_end.set()
        slow.result()

    assert [event["id"] for event in held_back["results"]] == [first]
    rest = call(operator, "/events/", after=held_back["next_after"]).json()["results"]
    assert [event["customer"] for event in rest] == [str(open_one.uid), str(late.uid)]
    assert [event["id"] for event in rest] == [last - 1, last]


def test_staff_get_only_their_customers_events(call):
    mine = make_staff("mine")
    own = make_named("我的")
    follow(mine, own)
    record(own, 1)
    record(make_named("别人的"), 1)

    results = call(make_user("guide", User.Role.STAFF, mine), "/events/").json()["results"]

    assert [event["customer"] for event in results] == [str(own.uid)]


@pytest.mark.parametrize(
    "query", [{"after": "x"}, {"after": -1}, {"after": 2**63}, {"limit": 0}, {"limit": 1_001}]
)
def test_nonsense_is_a_problem(call, operator, query):
    response = call(operator, "/events/", **query)

    assert response.status_code == 400
    assert list(response.json()["invalid"]) == list(query)


@pytest.mark.parametrize("count", [1, 6])
def test_the_feed_costs_three_queries(call, operator, count, django_assert_num_queries):
    record(make_named("小林"), count)
    # issue, mark as used; then: token, what has settled, events.
    with django_assert_num_queries(ISSUING + 3):
        call(operator, "/events/")
