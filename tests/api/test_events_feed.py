"""The feed gives every event of the caller's customers once, in order, when it has settled."""

from datetime import timedelta

import pytest

from customers.models import Event
from customers.services.ledger import record_events
from org.models import User
from tests.api.people import follow, make_named, resolved
from tests.makers import NOW, make_event, make_staff, make_user

pytestmark = pytest.mark.django_db
SETTLED = NOW - timedelta(seconds=10)


@pytest.fixture
def operator() -> User:
    return make_user("operator", User.Role.OPERATOR)


def record(customer, count: int, *, at=SETTLED) -> list[int]:
    record_events([make_event(resolved(customer)) for _ in range(count)], now=at)
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


def test_an_event_is_shown_when_it_has_settled(call, operator):
    record(make_named("小林"), 1, at=SETTLED + timedelta(milliseconds=1))

    assert call(operator, "/events/").json() == {"results": [], "next_after": 0}


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
def test_the_feed_costs_two_queries(call, operator, count, django_assert_num_queries):
    record(make_named("小林"), count)
    # issue, mark as used; then: token, events.
    with django_assert_num_queries(2 + 2):
        call(operator, "/events/")
