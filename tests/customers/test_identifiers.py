"""Strangers become customers when somebody may say so, and are joined when they turn out known."""

import pytest

from customers.errors import BadIdentifier, IdentifierTaken
from customers.identifiers import Identifier, Kind
from customers.models import Customer, Event, Identity, IdentityEdge
from customers.services.identifiers import register_identifier
from customers.services.telling import Told, record_told_events
from org.models import User
from tests.makers import CORP_ID, NOW, make_person, make_staff, make_user

pytestmark = pytest.mark.django_db
BUYER = Identifier(Kind.BUYER, "b1", "tmall")
PHONE = Identifier(Kind.PHONE, "13800138000")


def order(viewer: User, who: Identifier, *, makes_customers: bool = True) -> str:
    told = Told("o1", "order_paid", who, {"order_no": "T1", "amount_fen": 100})
    [outcome] = record_told_events([told], viewer=viewer, makes_customers=makes_customers, now=NOW)
    return outcome.fate


def register(identifier: Identifier, person) -> bool:
    customer = Customer.objects.get(pk=person.customer_id)
    return register_identifier(identifier, customer=customer, source="api", now=NOW)


@pytest.mark.parametrize("who", [BUYER, PHONE, Identifier(Kind.OPENID, "o", "wx1")])
def test_a_stranger_becomes_a_customer(who):
    assert order(make_user(), who) == "recorded"

    identity = Identity.objects.get()
    assert (identity.source, identity.customer_id) == ("api", Customer.objects.get().pk)
    assert identity.sealed_value == ("13800138000" if who == PHONE else None)
    assert Event.objects.get().identity_id == identity.pk


@pytest.mark.parametrize(
    "who",
    [
        Identifier(Kind.EXTERNAL_USERID, "wmNOBODY", CORP_ID),
        Identifier(Kind.UNIONID, "oNOBODY"),
        Identifier(Kind.CUSTOMER, "01a2015a-616d-7393-8d65-bb0813c89909"),
    ],
)
def test_whom_wecom_would_know_is_never_made_up(who):
    assert order(make_user(), who) == "refused"
    assert not Customer.objects.exists()


def test_who_sees_only_a_part_makes_no_customers():
    guide = make_user("guide", User.Role.MANAGER, make_staff("guide"))

    assert order(guide, BUYER) == "refused"
    assert not Customer.objects.exists()


def test_a_stranger_who_turns_out_known_is_joined_with_what_they_did():
    order(make_user(), BUYER)
    stranger = Customer.objects.get()
    person = make_person()

    assert register(BUYER, person)

    [kept] = Customer.objects.filter(merged_into=None)
    assert kept == stranger  # the older one
    assert set(Identity.objects.values_list("customer_id", flat=True)) == {kept.pk}
    assert IdentityEdge.objects.get().rule == "told_by_api"
    types = sorted(Event.objects.values_list("type", flat=True))
    assert types == ["customers_merged", "order_paid"]
    assert not register_identifier(BUYER, customer=kept, source="api", now=NOW)


def test_another_customer_of_wecoms_keeps_their_identifier():
    owner, other = make_person(), make_person()
    register(BUYER, owner)

    with pytest.raises(IdentifierTaken):
        register(BUYER, other)

    assert Identity.objects.get(namespace="buyer:tmall").customer_id == owner.customer_id
    assert not IdentityEdge.objects.exists()


def test_who_was_told_apart_is_not_joined_again():
    order(make_user(), BUYER)
    stranger, person = Identity.objects.get(), make_person()
    IdentityEdge.objects.create(
        low_id=stranger.pk, high_id=person.identity_id, state="forbidden", rule="x", created_at=NOW
    )

    with pytest.raises(IdentifierTaken):
        register(BUYER, person)

    assert Customer.objects.filter(merged_into=None).count() == 2


@pytest.mark.parametrize(
    "identifier",
    [
        Identifier(Kind.EXTERNAL_USERID, "wm", CORP_ID),
        Identifier(Kind.UNIONID, "u"),
        Identifier(Kind.CUSTOMER, "u"),
        Identifier(Kind.PHONE, "110"),
        Identifier(Kind.MEMBER, " 8 "),
        Identifier(Kind.MEMBER, ""),
        Identifier(Kind.MEMBER, "8", "x" * 41),
    ],
)
def test_what_is_not_registered(identifier):
    person = make_person()

    with pytest.raises(BadIdentifier):
        register(identifier, person)

    assert Identity.objects.count() == 1
