"""Runs are listed, shown, stopped and explained within the caller's data scope."""

from uuid import uuid4

import pytest

from customers.models import Customer
from customers.services.merges import attach_unionids, merge_pending
from org.models import ApiToken, User
from sop.models import JourneyRun
from tests.api.people import ISSUING, follow
from tests.makers import NOW, make_department, make_staff, make_user
from tests.sop.world import GREETING, befriend, live, program, run_until
from touches.models import Touch

pytestmark = pytest.mark.django_db
WAIT = {"id": "pause", "type": "wait", "for": {"days": 1}, "label": "歇一天"}
Scope = ApiToken.Scope


@pytest.fixture
def operator() -> User:
    return make_user("operator", User.Role.OPERATOR)


def customer_of(person) -> Customer:
    return Customer.objects.get(pk=person.customer_id)


def run_of(person) -> JourneyRun:
    return JourneyRun.objects.get(identity_id=person.identity_id)


def ids(response) -> list[int]:
    return [run["id"] for run in response.json()["results"]]


def test_a_run_is_shown_with_its_log(call, operator):
    live(raw=program(GREETING | {"if": {"tag": "猫"}}, WAIT))
    person = befriend()
    run_until(NOW)

    shown = call(operator, f"/runs/{run_of(person).pk}/").json()

    assert (shown["journey"]["code"], shown["version"]) == ("J1", 1)
    assert shown["customer"] == str(customer_of(person).uid)
    assert (shown["state"], shown["step"], shown["is_control"]) == ("active", "pause", False)
    assert shown["staff"] == {"userid": "zhangsan", "name": "zhangsan"}
    assert [row["kind"] for row in shown["log"]] == ["entered", "moved"]
    assert shown["log"][1]["path"] == [
        {
            "step": "greet",
            "outcome": "skipped",
            "why": "有标签「猫」（实际 没有）",
            "arm": "",
            "until": "",
            "at": "",
        },
        {
            "step": "pause",
            "outcome": "waiting",
            "why": "",
            "arm": "",
            "until": "2026-11-23T03:00:00+00:00",
            "at": "",
        },
    ]


def test_the_list_goes_on_by_cursor_newest_first(call, operator):
    live(raw=program(WAIT))
    runs = [run_of(befriend()).pk for _ in range(5)]

    first = call(operator, "/runs/", limit=2)
    rest = call(operator, first.json()["next"].split("/api/v1")[1])

    assert (ids(first), ids(rest)) == (runs[:-3:-1], runs[-3:-5:-1])


def test_filters_narrow_the_list(call, operator):
    live("J1", program(WAIT))
    live("J2")
    person, other = befriend(), befriend()
    run_until(NOW)
    JourneyRun.objects.filter(journey__code="J1", identity_id=other.identity_id).update(
        is_control=True
    )
    mine = JourneyRun.objects.get(journey__code="J1", identity_id=person.identity_id).pk
    uid = str(customer_of(person).uid)

    assert len(ids(call(operator, "/runs/"))) == 4
    assert len(ids(call(operator, "/runs/", journey="J1"))) == 2
    assert ids(call(operator, "/runs/", journey="J1", is_control="false")) == [mine]
    assert ids(call(operator, "/runs/", customer=uid, state="active")) == [mine]
    assert ids(call(operator, "/runs/", customer=str(uuid4()))) == []
    assert call(operator, "/runs/", state="asleep").status_code == 400


def test_the_old_uid_of_a_merged_customer_finds_the_runs_of_both(call, operator):
    live(raw=program(WAIT))
    kept, absorbed = befriend(), befriend()
    old = customer_of(absorbed).uid
    attach_unionids({kept.identity_id: "u1", absorbed.identity_id: "u1"}, now=NOW)
    merge_pending(now=NOW)

    assert len(ids(call(operator, "/runs/", customer=str(old)))) == 2
    explained = call(operator, f"/customers/{old}/journeys/J1/explain/").json()
    assert explained["customer"] == str(customer_of(kept).uid)
    assert len(explained["runs"]) == 2


def test_a_stop_ends_the_run_and_withdraws_its_touches(send, operator):
    live(raw=program(GREETING, WAIT))
    person, other = befriend(), befriend()
    run_until(NOW)
    run = run_of(person)

    stopped = send(operator, "POST", f"/runs/{run.pk}/stop/", {"reason": "客户要求"})

    assert stopped.status_code == 200
    assert (stopped.json()["state"], stopped.json()["reason"]) == ("stopped", "operator：客户要求")
    assert stopped.json()["log"][-1]["kind"] == "stopped"
    assert Touch.objects.get(origin_id=str(run.pk)).state == "cancelled"
    assert run_of(other).state == "active"
    again = send(operator, "POST", f"/runs/{run.pk}/stop/", {"reason": "再来一次"})
    assert (again.status_code, again.json()["detail"]) == (409, "The run is over already.")
    assert run_of(person).reason == "operator：客户要求"


def test_a_stop_needs_its_reason(send, operator):
    live(raw=program(WAIT))
    run = run_of(befriend())

    refused = send(operator, "POST", f"/runs/{run.pk}/stop/", {})

    assert (refused.status_code, list(refused.json()["invalid"])) == (400, ["reason"])
    assert run_of_id(run.pk).state == "active"


def run_of_id(run_id) -> JourneyRun:
    return JourneyRun.objects.get(pk=run_id)


def test_a_parked_run_is_tried_again(send, operator):
    live(raw=program(WAIT))
    run = run_of(befriend())
    refused = send(operator, "POST", f"/runs/{run.pk}/revive/")
    assert (refused.status_code, refused.json()["detail"]) == (409, "The run is not parked.")
    JourneyRun.objects.filter(pk=run.pk).update(state="parked", reason="KeyError", attempts=3)

    revived = send(operator, "POST", f"/runs/{run.pk}/revive/")

    assert revived.status_code == 200
    assert (revived.json()["state"], revived.json()["attempts"]) == ("active", 0)
    scopes = [Scope.JOURNEYS_READ]
    assert send(operator, "POST", f"/runs/{run.pk}/revive/", scopes=scopes).status_code == 403


def test_staff_see_the_runs_of_their_own_customers_only(call):
    live(raw=program(GREETING, WAIT))
    own, foreign = befriend(), befriend()
    run_until(NOW)
    guide = make_staff("guide")
    follow(guide, customer_of(own))
    viewer = make_user("guide", User.Role.STAFF, guide)

    assert ids(call(viewer, "/runs/")) == [run_of(own).pk]
    assert call(viewer, f"/runs/{run_of(own).pk}/").status_code == 200
    foreign_uid = customer_of(foreign).uid
    assert ids(call(viewer, "/runs/", customer=str(foreign_uid))) == []
    for path in (
        f"/runs/{run_of(foreign).pk}/",
        f"/customers/{foreign_uid}/journeys/J1/explain/",
        "/runs/999999999/",
    ):
        response = call(viewer, path)
        assert (response.status_code, response["Content-Type"]) == (404, "application/problem+json")


def test_another_departments_manager_sees_no_run(call):
    live(raw=program(WAIT))
    person = befriend()
    store, other = make_department(wecom_id=10), make_department(wecom_id=20)
    follow(make_staff("guide", department=store), customer_of(person))
    boss = make_staff("boss", department=store, is_leader=True)
    rival = make_staff("rival", department=other, is_leader=True)

    assert ids(call(make_user("boss", User.Role.MANAGER, boss), "/runs/")) == [run_of(person).pk]
    stranger = make_user("rival", User.Role.MANAGER, rival)
    assert ids(call(stranger, "/runs/")) == []
    assert call(stranger, f"/runs/{run_of(person).pk}/").status_code == 404


@pytest.mark.parametrize("role", [User.Role.MANAGER, User.Role.STAFF])
def test_managers_and_staff_stop_nothing(send, role):
    live(raw=program(GREETING, WAIT))
    person = befriend()
    run_until(NOW)
    guide = make_staff("guide")
    follow(guide, customer_of(person))

    path = f"/runs/{run_of(person).pk}/stop/"
    refused = send(make_user("guide", role, guide), "POST", path, {"reason": "不想要"})

    assert refused.status_code == 403
    assert run_of(person).state == "active"
    assert Touch.objects.get().state == "planned"


def test_a_token_without_the_writing_scope_stops_nothing(send, operator):
    live(raw=program(WAIT))
    run = run_of(befriend())

    path, body = f"/runs/{run.pk}/stop/", {"reason": "x"}
    assert send(operator, "POST", path, body, scopes=[Scope.JOURNEYS_READ]).status_code == 403
    assert run_of_id(run.pk).state == "active"


def test_an_explanation_needs_both_reading_scopes(send, operator):
    live()
    path = f"/customers/{customer_of(befriend()).uid}/journeys/J1/explain/"

    assert send(operator, "GET", path, scopes=[Scope.JOURNEYS_READ]).status_code == 403
    told = send(operator, "GET", path, scopes=[Scope.JOURNEYS_READ, Scope.TOUCHES_READ])
    assert told.status_code == 200
    assert told.json()["answer"].startswith("在旅程中（第 1 版）")
    assert send(operator, "GET", path.replace("J1", "J9")).json()["detail"] == (
        "There is no such journey."
    )


@pytest.mark.parametrize("count", [1, 6])
def test_a_page_costs_the_same_queries_however_long(
    call, operator, count, django_assert_num_queries
):
    live(raw=program(WAIT))
    for _ in range(count):
        befriend()
    # issue, mark as used; then: token, runs with all that is shown.
    with django_assert_num_queries(ISSUING + 2):
        call(operator, "/runs/")
