"""Calls that need a person are listed and decided on; only who may decide does."""

from uuid import uuid4

import pytest

from org.models import ApiToken, User
from tests.makers import NOW, make_staff, make_user
from tests.sop.explaining import call_for
from tests.sop.world import befriend, live, run_until
from touches.models import Dispatch, EffectLog, Touch

pytestmark = pytest.mark.django_db
Scope = ApiToken.Scope


@pytest.fixture
def operator() -> User:
    return make_user("operator", User.Role.OPERATOR)


@pytest.fixture(autouse=True)
def planned():
    """Three planned touches."""
    live()
    for _ in range(3):
        befriend()
    run_until(NOW)


def waiting(state: str, **over) -> Dispatch:
    """A call that carries one of the touches."""
    target = Touch.objects.filter(dispatch=None).first()
    dispatch = call_for(target, state=state, **over)
    Touch.objects.filter(pk=target.pk).update(state="unknown" if state == "unknown" else "queued")
    return dispatch


def path_of(call) -> str:
    return f"/dispatches/{call.pk}/decide/"


def test_calls_that_need_a_person_are_listed_newest_first(call, operator):
    unknown = waiting("unknown", last_error="ReadTimeout")
    dead = waiting("dead", last_error="Misconfigured: 48002")
    waiting("done")

    shown = call(operator, "/dispatches/").json()["results"]

    assert [one["id"] for one in shown] == [str(dead.pk), str(unknown.pk)]
    assert (shown[1]["state"], shown[1]["last_error"]) == ("unknown", "ReadTimeout")
    assert "payload" not in shown[0]
    only = call(operator, "/dispatches/", state="dead").json()["results"]
    assert [one["id"] for one in only] == [str(dead.pk)]
    assert call(operator, "/dispatches/", state="done").status_code == 400


def test_staff_see_calls_that_they_were_to_send(call):
    waiting("unknown")
    sender = Touch.objects.first().staff
    other = make_staff("other")

    assert len(call(make_user("a", "staff", sender), "/dispatches/").json()["results"]) == 1
    assert call(make_user("b", "staff", other), "/dispatches/").json()["results"] == []


@pytest.mark.parametrize(
    ("verdict", "call_state", "touch_state"),
    [
        ("sent", "done", "dispatched"),
        ("not_sent", "pending", "queued"),
        ("give_up", "cancelled", "cancelled"),
    ],
)
def test_a_decision_ends_the_doubt(send, operator, verdict, call_state, touch_state):
    unknown = waiting("unknown")

    decided = send(operator, "POST", path_of(unknown), {"verdict": verdict})

    assert (decided.status_code, decided.json()["state"]) == (200, call_state)
    assert Touch.objects.get(dispatch=unknown).state == touch_state
    logged = EffectLog.objects.get(dispatch=unknown, from_state="unknown")
    assert (logged.to_state, logged.actor) == (call_state, "user:operator")


def test_what_is_not_unknown_is_not_decided(send, operator):
    dead = waiting("dead")

    refused = send(operator, "POST", path_of(dead), {"verdict": "sent"})

    assert (refused.status_code, refused.json()["detail"]) == (
        409,
        "The fate of this call is not unknown.",
    )
    dead.refresh_from_db()
    assert dead.state == "dead"


@pytest.mark.parametrize("body", [{}, {"verdict": "maybe"}, {"verdict": None}])
def test_a_decision_names_its_verdict(send, operator, body):
    unknown = waiting("unknown")

    refused = send(operator, "POST", path_of(unknown), body)

    assert (refused.status_code, list(refused.json()["invalid"])) == (400, ["verdict"])
    unknown.refresh_from_db()
    assert unknown.state == "unknown"


def test_an_unknown_call_is_a_problem(send, operator):
    missing = send(operator, "POST", f"/dispatches/{uuid4()}/decide/", {"verdict": "sent"})

    assert missing.status_code == 404


@pytest.mark.parametrize("role", [User.Role.MANAGER, User.Role.STAFF])
def test_managers_and_staff_decide_nothing(send, role):
    unknown = waiting("unknown")
    sender = Touch.objects.first().staff

    refused = send(make_user("a", role, sender), "POST", path_of(unknown), {"verdict": "sent"})

    assert refused.status_code == 403
    unknown.refresh_from_db()
    assert unknown.state == "unknown"
    assert not EffectLog.objects.filter(dispatch=unknown).exists()


def test_a_token_without_the_writing_scope_decides_nothing(send, operator):
    unknown = waiting("unknown")
    scopes = [scope for scope in Scope if scope != Scope.TOUCHES_WRITE]

    refused = send(operator, "POST", path_of(unknown), {"verdict": "sent"}, scopes=scopes)

    assert refused.status_code == 403
    unknown.refresh_from_db()
    assert unknown.state == "unknown"
