"""Touches are listed and shown with what became of them, within the caller's data scope."""

from datetime import timedelta
from uuid import uuid4

import pytest

from customers.models import Customer
from org.models import User
from tests.api.people import ISSUING, follow
from tests.makers import NOW, make_staff, make_user
from tests.sop.explaining import call_for, touch
from tests.sop.world import befriend, later, live, program, run_until
from touches.models import EffectLog, Touch

pytestmark = pytest.mark.django_db
MASS = touch("mass", lane="M", content={"text": "换季小知识"}, title="换季")


@pytest.fixture
def operator() -> User:
    return make_user("operator", User.Role.OPERATOR)


@pytest.fixture
def people():
    """Two customers, each touched by a task and a mass message of one journey."""
    live(raw=program(touch("greet"), MASS))
    found = [befriend(), befriend()]
    run_until(NOW)
    return found


def customer_of(person) -> Customer:
    return Customer.objects.get(pk=person.customer_id)


def steps(response) -> list[str]:
    return [one["origin"]["step"] for one in response.json()["results"]]


def uids(response) -> set[str]:
    return {one["uid"] for one in response.json()["results"]}


def of(person) -> set[str]:
    touches = Touch.objects.filter(identity_id=person.identity_id)
    return {str(uid) for uid in touches.values_list("uid", flat=True)}


def test_a_touch_is_listed_with_its_reason_and_its_winner(call, operator, people):
    winner = Touch.objects.filter(origin_step="greet").first()
    Touch.objects.filter(origin_step="mass").update(
        state="suppressed", reason="已达频次上限：促销", winner=winner, finished_at=NOW
    )

    shown = call(operator, "/touches/", state="suppressed").json()["results"][0]

    assert (shown["state"], shown["reason"]) == ("suppressed", "已达频次上限：促销")
    assert shown["winner"] == str(winner.uid)
    assert (shown["lane"], shown["purpose"], shown["title"]) == ("M", "care", "换季")
    assert shown["customer"] == str(customer_of(people[1]).uid)
    assert shown["origin"]["kind"] == "journey"
    assert call(operator, "/touches/", lane="T").json()["results"][0]["winner"] is None


def test_filters_narrow_the_list(call, operator, people):
    first = people[0]
    run = Touch.objects.filter(identity_id=first.identity_id).first().origin_id
    Touch.objects.filter(origin_step="greet").update(
        due_at=later(days=2), valid_until=later(days=3)
    )

    assert len(steps(call(operator, "/touches/"))) == 4
    assert uids(call(operator, "/touches/", run=run)) == of(first)
    assert uids(call(operator, "/touches/", customer=str(customer_of(first).uid))) == of(first)
    assert steps(call(operator, "/touches/", lane="M")) == ["mass", "mass"]
    assert len(steps(call(operator, "/touches/", staff="ZhangSan"))) == 4
    assert steps(call(operator, "/touches/", staff="nobody")) == []
    assert len(steps(call(operator, "/touches/", journey="J1"))) == 4
    assert steps(call(operator, "/touches/", journey="J9")) == []
    soon = (NOW + timedelta(days=1)).isoformat()
    assert steps(call(operator, "/touches/", due_from=soon)) == ["greet", "greet"]
    assert steps(call(operator, "/touches/", due_until=soon)) == ["mass", "mass"]


def test_touches_of_a_big_journey_are_found_by_walking(call, operator, people, monkeypatch):
    monkeypatch.setattr("sop.selectors.journeys.FEW_RUNS", 1)
    other = Touch.objects.filter(origin_step="greet").first()
    Touch.objects.filter(pk=other.pk).update(origin_kind="alert", origin_id=str(uuid4()))

    assert sorted(steps(call(operator, "/touches/", journey="J1"))) == ["greet", "mass", "mass"]


@pytest.mark.parametrize(
    "query",
    [{"state": "lost"}, {"lane": "Z"}, {"due_from": "soon"}, {"customer": "x"}, {"run": "x"}],
)
def test_nonsense_in_a_filter_is_a_problem(call, operator, query):
    response = call(operator, "/touches/", **query)

    assert (response.status_code, list(response.json()["invalid"])) == (400, list(query))


def test_a_touch_is_shown_with_its_call_and_every_state_change(call, operator, people):
    target = Touch.objects.filter(origin_step="greet").first()
    dispatch = call_for(target, state="unknown", attempts=2, last_error="ReadTimeout")
    EffectLog.objects.create(
        dispatch=dispatch, from_state="sending", to_state="unknown", actor="w1", detail="timeout"
    )

    shown = call(operator, f"/touches/{target.uid}/").json()

    assert shown["touch"]["uid"] == str(target.uid)
    assert shown["content"] == {"body": "{客户}你好"}
    assert (shown["call"]["state"], shown["call"]["attempts"]) == ("unknown", 2)
    assert [(e["is_call"], e["to_state"], e["detail"]) for e in shown["effects"]] == [
        (False, "planned", ""),
        (True, "unknown", "timeout"),
    ]
    assert (shown["mass_task"], shown["winner"], shown["places"]) == (None, None, [])
    assert "payload" not in shown["call"]


def test_staff_see_the_touches_of_their_own_customers_only(call, people):
    own, foreign = people
    guide = make_staff("guide")
    follow(guide, customer_of(own))
    viewer = make_user("guide", User.Role.STAFF, guide)

    assert uids(call(viewer, "/touches/")) == of(own)
    assert uids(call(viewer, "/touches/", customer=str(customer_of(foreign).uid))) == set()
    assert uids(call(viewer, "/touches/", journey="J1")) == of(own)
    for uid in of(foreign) | {str(uuid4())}:
        response = call(viewer, f"/touches/{uid}/")
        assert (response.status_code, response["Content-Type"]) == (404, "application/problem+json")


@pytest.mark.parametrize("count", [1, 4])
def test_a_page_costs_the_same_queries_however_long(
    call, operator, count, django_assert_num_queries
):
    live()
    for _ in range(count):
        befriend()
    run_until(NOW)
    # issue, mark as used; then: token, touches with all that is shown.
    with django_assert_num_queries(ISSUING + 2):
        call(operator, "/touches/")


def test_one_touch_costs_four_queries(call, operator, people, django_assert_num_queries):
    uid = Touch.objects.first().uid
    # issue, mark as used; then: token, touch, effects, places.
    with django_assert_num_queries(ISSUING + 4):
        call(operator, f"/touches/{uid}/")
