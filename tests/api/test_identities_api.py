"""Other systems tell what they call a customer, and events find them by it."""

import pytest

from customers.models import Customer, Identity
from org.models import User
from tests.api.people import make_named
from tests.makers import make_staff, make_user

pytestmark = pytest.mark.django_db
BUYER = {"kind": "buyer", "realm": "tmall", "value": "b1"}


@pytest.fixture
def operator() -> User:
    return make_user()


def path_of(customer: Customer) -> str:
    return f"/customers/{customer.uid}/identities/"


def test_an_identifier_is_registered_once(send, operator):
    customer = make_named("小林")
    first = send(operator, "POST", path_of(customer), BUYER)
    again = send(operator, "POST", path_of(customer), BUYER)

    told = {"is_new": True, "customer": str(customer.uid)}
    assert (first.status_code, first.json()) == (201, told)
    assert (again.status_code, again.json()) == (200, told | {"is_new": False})
    assert Identity.objects.get(namespace="buyer:tmall").customer_id == customer.pk


def test_who_was_made_by_events_is_merged(send, operator):
    event = {
        "key": "o1",
        "type": "order_paid",
        "identity": BUYER,
        "payload": {"order_no": "T1", "amount_fen": 100},
        "create_customer": True,
    }
    made = send(operator, "POST", "/events/", event).json()
    customer = make_named("小林")

    answer = send(operator, "POST", path_of(customer), BUYER)

    assert (answer.status_code, answer.json()["customer"]) == (201, made["customer"])
    assert Customer.objects.filter(merged_into=None).count() == 1


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"kind": "phone", "value": "110"}, 422),
        ({"kind": "unionid", "value": "u1"}, 422),
        ({"kind": "buyer", "value": "b1"}, 422),
        ({"kind": "email", "value": "a@b"}, 400),
        ({"kind": "phone"}, 400),
    ],
)
def test_what_is_no_identifier_is_refused(send, operator, body, status):
    assert send(operator, "POST", path_of(make_named("小林")), body).status_code == status
    assert Identity.objects.count() == 1


def test_another_customers_identifier_is_a_conflict(send, operator):
    owner, other = make_named("小林"), make_named("老王")
    send(operator, "POST", path_of(owner), BUYER)

    assert send(operator, "POST", path_of(other), BUYER).status_code == 409
    assert Identity.objects.get(namespace="buyer:tmall").customer_id == owner.pk


def test_scope_and_rights(send, operator):
    customer = make_named("小林")
    manager = make_user("boss", User.Role.MANAGER, make_staff("boss"))
    guide = make_user("guide", User.Role.STAFF, make_staff("guide"))

    assert send(manager, "POST", path_of(customer), BUYER).status_code == 404
    assert send(guide, "POST", path_of(customer), BUYER).status_code == 403
    without = send(operator, "POST", path_of(customer), BUYER, scopes=["customers:read"])
    assert without.status_code == 403
    assert Identity.objects.count() == 1
