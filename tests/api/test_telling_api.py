"""Other systems record events by the API: one by one or in batches, each told what became of it."""

from typing import Any

import pytest

from customers.models import Customer, Event
from org.models import ApiToken, User
from tests.api.people import ISSUING
from tests.makers import NOW, make_person, make_user

pytestmark = pytest.mark.django_db
Scope = ApiToken.Scope
WHO = {"kind": "external_userid", "value": "wmXIAOLIN"}
PAYLOAD = {"order_no": "T1", "amount_fen": 12_900}


@pytest.fixture
def operator() -> User:
    return make_user()


@pytest.fixture(autouse=True)
def person():
    return make_person("wmXIAOLIN")


def paid(key: str = "o1", **over) -> dict[str, Any]:
    return {"key": key, "type": "order_paid", "identity": WHO, "payload": PAYLOAD} | over


def test_one_event_is_recorded_once(send, operator):
    first = send(operator, "POST", "/events/", paid())
    again = send(operator, "POST", "/events/", paid())

    event = Event.objects.get()
    uid = str(Customer.objects.get().uid)
    told = {"key": "o1", "reason": "", "event": event.id, "customer": uid}
    assert (first.status_code, first.json()) == (201, told | {"fate": "recorded"})
    assert (again.status_code, again.json()) == (200, told | {"fate": "duplicate"})
    assert event.occurred_at == NOW


def test_a_key_of_another_event_is_a_conflict(send, operator):
    send(operator, "POST", "/events/", paid())
    refused = send(operator, "POST", "/events/", paid(payload=PAYLOAD | {"amount_fen": 1}))

    assert refused.status_code == 409
    assert refused.json()["detail"] == "The key has been used for another event."
    assert Event.objects.count() == 1


@pytest.mark.parametrize(
    ("over", "status", "detail"),
    [
        ({"payload": PAYLOAD | {"x": 1}}, 422, "order_paid has no field x"),
        (
            {"identity": {"kind": "phone", "value": "13800138000"}},
            422,
            "No customer in your data scope has this phone.",
        ),
        ({"type": "friend_added"}, 400, "Some parameters are not valid."),
        ({"occurred_at": "yesterday"}, 400, "Some parameters are not valid."),
        ({"payload": {"title": "\x00"}}, 400, "Some parameters are not valid."),
        ({"key": "\ud800"}, 400, "Some parameters are not valid."),
        ({"identity": {"kind": "x", "value": "y"}}, 400, "Some parameters are not valid."),
    ],
)
def test_what_is_refused_is_a_problem(send, operator, over, status, detail):
    refused = send(operator, "POST", "/events/", paid(**over))

    assert (refused.status_code, refused.json()["detail"]) == (status, detail)
    assert not Event.objects.exists()


def test_a_stranger_is_made_a_customer_only_when_told_so(send, operator):
    buyer = {"kind": "buyer", "realm": "tmall", "value": "b1"}
    assert send(operator, "POST", "/events/", paid(identity=buyer)).status_code == 422
    made = send(operator, "POST", "/events/", paid(identity=buyer, create_customer=True))

    assert made.status_code == 201
    assert Customer.objects.count() == 2


def test_a_batch_tells_what_became_of_each(send, operator):
    send(operator, "POST", "/events/", paid("o1"))
    body = {
        "events": [
            paid("o1"),
            paid("o2"),
            paid("o1", payload=PAYLOAD | {"amount_fen": 1}),
            paid("o3", identity=WHO | {"value": "wmNOBODY"}),
            {"key": "o4", "type": "party"},
            "nonsense",
        ]
    }
    answer = send(operator, "POST", "/events/batch/", body)

    told = answer.json()
    assert answer.status_code == 200
    counts = {name: told[name] for name in ("recorded", "duplicate", "conflict", "refused")}
    assert counts == {"recorded": 1, "duplicate": 1, "conflict": 1, "refused": 3}
    assert [(one["key"], one["fate"]) for one in told["results"]] == [
        ("o1", "duplicate"),
        ("o2", "recorded"),
        ("o1", "conflict"),
        ("o3", "refused"),
        ("o4", "refused"),
        ("", "refused"),
    ]
    assert told["results"][4]["reason"].startswith("type: ")
    assert set(Event.objects.values_list("key", flat=True)) == {"api:o1", "api:o2"}


@pytest.mark.parametrize("events", [[], None, {}, [paid(str(n)) for n in range(1_001)]])
def test_a_batch_has_one_to_a_thousand(send, operator, events):
    refused = send(operator, "POST", "/events/batch/", {"events": events})

    assert refused.status_code == 400
    assert list(refused.json()["invalid"]) == ["events"]
    assert not Event.objects.exists()


def test_a_thousand_cost_as_many_queries_as_two(send, operator, django_assert_num_queries):
    for size in (2, 1_000):
        body = {"events": [paid(f"{size}-{n}") for n in range(size)]}
        with django_assert_num_queries(QUERIES):
            answer = send(operator, "POST", "/events/batch/", body)
        assert answer.json()["recorded"] == size


QUERIES = ISSUING + 17


def test_the_types_say_what_may_be_told(call, operator):
    types = {one["type"]: one for one in call(operator, "/events/types/").json()}

    assert {name for name, one in types.items() if one["is_told"]} == {
        "order_paid",
        "order_refunded",
        "customer_referred",
        "behavior_reported",
    }
    assert types["order_refunded"]["payload"] == [
        {"name": "order_no", "json_type": "string", "is_required": True},
        {"name": "amount_fen", "json_type": "integer", "is_required": True},
        {"name": "shop", "json_type": "string", "is_required": False},
    ]


@pytest.mark.parametrize("path", ["/events/", "/events/batch/"])
def test_it_needs_the_scope_and_the_right(send, operator, path):
    body = paid() | {"events": [paid()]}
    without = tuple(scope for scope in Scope if scope != Scope.EVENTS_WRITE)
    assert send(operator, "POST", path, body, scopes=without).status_code == 403
    manager = make_user("boss", User.Role.MANAGER)
    refused = send(manager, "POST", path, body)

    assert refused.status_code == 403
    assert refused.json()["detail"] == "Your role has not the right for this: events.record."
    assert not Event.objects.exists()
