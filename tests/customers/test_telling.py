"""Other systems tell events: each once, each of somebody known, nothing that only we may know."""

from datetime import timedelta

import pytest

from customers.events import OrderPaid, to_json
from customers.identifiers import Identifier, Kind
from customers.models import Customer, Event, Follow, Identity, QueuedEvent
from customers.services.identifiers import register_identifier
from customers.services.telling import Fate, Outcome, Told, record_told_events
from org.models import User
from tests.makers import CORP_ID, NOW, make_person, make_staff, make_user

pytestmark = pytest.mark.django_db
PAID = {"order_no": "T1", "amount_fen": 12_900}
SECOND = timedelta(seconds=1)


@pytest.fixture
def operator() -> User:
    return make_user()


@pytest.fixture
def person():
    return make_person("wmXIAOLIN")


BY_WECOM = Identifier(Kind.EXTERNAL_USERID, "wmXIAOLIN", CORP_ID)


def tell(viewer, *told: Told, makes_customers: bool = False, now=NOW):
    return record_told_events(told, viewer=viewer, makes_customers=makes_customers, now=now)


def paid(key: str = "o1", who: Identifier = BY_WECOM, **over) -> Told:
    fields = {"type": "order_paid", "payload": PAID, "occurred_at": NOW - SECOND}
    return Told(key=key, who=who, **(fields | over))


def fates(outcomes) -> list[str]:
    return [outcome.fate for outcome in outcomes]


def test_an_event_stands_in_the_ledger_as_it_was_told(operator, person):
    staff = make_staff("zhangsan")

    [outcome] = tell(operator, paid(staff="ZhangSan"))

    event = Event.objects.get()
    assert (event.type, event.key, event.source) == ("order_paid", "api:o1", "api")
    assert (event.identity_id, event.staff_id) == (person.identity_id, staff.pk)
    assert (event.occurred_at, event.recorded_at) == (NOW - SECOND, NOW)
    assert event.payload == to_json(OrderPaid(**PAID))
    uid = str(Customer.objects.get().uid)
    assert outcome == Outcome("o1", Fate.RECORDED, "", event.id, uid)
    assert QueuedEvent.objects.get().event_id == event.id


def test_told_again_it_is_the_same_event(operator, person):
    first = tell(operator, paid())
    again = tell(operator, paid(), paid(), now=NOW + SECOND)

    assert (fates(first), fates(again)) == (["recorded"], ["duplicate", "duplicate"])
    assert {outcome.event_id for outcome in [*first, *again]} == {Event.objects.get().id}


def test_twice_in_one_batch_is_once(operator, person):
    assert fates(tell(operator, paid(), paid())) == ["recorded", "duplicate"]
    assert Event.objects.count() == 1


def test_without_a_time_it_is_now_and_a_repeat_is_still_the_same(operator, person):
    told = paid(occurred_at=None)

    assert fates(tell(operator, told)) == ["recorded"]
    assert fates(tell(operator, told, now=NOW + timedelta(days=2))) == ["duplicate"]
    assert Event.objects.get().occurred_at == NOW


@pytest.mark.parametrize(
    "over",
    [
        {"payload": PAID | {"amount_fen": 1}},
        {"occurred_at": NOW - 2 * SECOND},
        {"type": "order_refunded", "payload": PAID},
        {"who": Identifier(Kind.EXTERNAL_USERID, "wmOTHER", CORP_ID)},
    ],
)
def test_a_key_is_not_used_for_another_event(operator, person, over):
    make_person("wmOTHER")
    tell(operator, paid())

    [outcome] = tell(operator, paid(**over))

    assert (outcome.fate, outcome.event_id, outcome.customer_uid) == ("conflict", None, "")
    assert Event.objects.get().payload["amount_fen"] == PAID["amount_fen"]


@pytest.mark.parametrize(
    ("over", "reason"),
    [
        ({"type": "friend_added", "payload": {}}, "No event of type 'friend_added' can be told."),
        ({"type": "stage_changed"}, "No event of type 'stage_changed' can be told."),
        ({"type": "party"}, "No event of type 'party' can be told."),
        ({"payload": PAID | {"color": "red"}}, "order_paid has no field color"),
        ({"payload": PAID | {"amount_fen": "1"}}, "order_paid.amount_fen must be int"),
        ({"payload": PAID | {"amount_fen": True}}, "order_paid.amount_fen must be int"),
        ({"payload": PAID | {"amount_fen": -1}}, "amount_fen must be from 0 to 1000000000000."),
        ({"payload": PAID | {"title": "x" * 501}}, "title has more than 500 characters."),
        ({"payload": PAID | {"title": None}}, "order_paid.title must be str"),
        ({"key": ""}, "A key has 1 to 180 characters."),
        ({"key": "k" * 181}, "A key has 1 to 180 characters."),
        (
            {"occurred_at": NOW + timedelta(minutes=6)},
            "occurred_at is in the future, or more than ten years ago.",
        ),
        ({"staff": "nobody"}, "No member of staff in your data scope has this userid."),
        (
            {"who": Identifier(Kind.BUYER, "b1", "tmall")},
            "No customer in your data scope has this buyer.",
        ),
        ({"who": Identifier(Kind.BUYER, "b1")}, "The kind buyer needs its realm."),
        ({"who": Identifier(Kind.UNIONID, "u", "wx1")}, "The kind unionid has no realm."),
        (
            {"who": Identifier(Kind.PHONE, "12345")},
            "A phone is 11 digits, or + with the country and the number.",
        ),
        (
            {"who": Identifier(Kind.CUSTOMER, "not-a-uid")},
            "No customer in your data scope has this customer.",
        ),
    ],
)
def test_what_is_refused_says_why_and_leaves_nothing(operator, person, over, reason):
    outcomes = tell(operator, paid("good"), paid(**over))

    assert fates(outcomes) == ["recorded", "refused"]
    assert outcomes[1].reason == reason
    assert Event.objects.count() == Customer.objects.count() == 1


def test_a_missing_field_is_refused(operator, person):
    [outcome] = tell(operator, paid(payload={"order_no": "T1"}))

    assert outcome.fate == "refused"
    assert "amount_fen" in outcome.reason
    assert not Event.objects.exists()


def test_the_only_corp_needs_no_name(operator, person):
    assert fates(tell(operator, paid(who=Identifier(Kind.EXTERNAL_USERID, "wmXIAOLIN")))) == [
        "recorded"
    ]


def test_somebody_elses_customers_and_staff_are_strangers(person):
    mine, other = make_staff("mine"), make_staff("other")
    Follow.objects.create(staff=other, identity_id=person.identity_id, status="friend")
    guide = make_user("guide", User.Role.MANAGER, mine)

    outcomes = tell(guide, paid(), paid("o2", staff="other"))
    assert fates(outcomes) == ["refused", "refused"]
    assert outcomes[0].reason == "No customer in your data scope has this external_userid."
    Follow.objects.create(staff=mine, identity_id=person.identity_id, status="friend")
    outcomes = tell(guide, paid(), paid("o2", staff="other"))
    assert fates(outcomes) == ["recorded", "refused"]
    assert Event.objects.count() == 1


@pytest.mark.parametrize(
    ("kind", "value", "realm", "namespace"),
    [
        (Kind.OPENID, "oABC", "wx123", "openid:wx123"),
        (Kind.BUYER, "团绒_小林", "tmall", "buyer:tmall"),
        (Kind.MEMBER, "8800", "", "member"),
        (Kind.MEMBER, "8800", "club", "member:club"),
    ],
)
def test_a_registered_identifier_finds_the_customer(
    operator, person, kind, value, realm, namespace
):
    identifier = Identifier(kind, value, realm)
    customer = Customer.objects.get()
    assert register_identifier(identifier, customer=customer, source="api", now=NOW)
    assert not register_identifier(identifier, customer=customer, source="api", now=NOW)

    assert fates(tell(operator, paid(who=identifier))) == ["recorded"]
    made = Identity.objects.exclude(pk=person.identity_id).get()
    assert (made.namespace, made.value, made.customer_id) == (namespace, value, customer.pk)


def test_a_phone_is_found_in_any_spelling_and_kept_sealed(operator, person):
    told = Identifier(Kind.PHONE, "+86 138-0013-8000")
    register_identifier(told, customer=Customer.objects.get(), source="api", now=NOW)

    for n, spelling in enumerate(["13800138000", "0086 138 0013 8000", "8613800138000"]):
        assert fates(tell(operator, paid(f"p{n}", Identifier(Kind.PHONE, spelling)))) == [
            "recorded"
        ]
    made = Identity.objects.get(namespace="phone")
    assert "13800138000" not in made.value
    assert made.sealed_value == "13800138000"


def test_a_uid_names_the_customer_and_the_survivor(operator, person):
    customer = Customer.objects.get()
    late = Customer.objects.get(pk=make_person("wmLATER").customer_id)
    Identity.objects.filter(customer=late).update(customer=customer)
    Customer.objects.filter(pk=late.pk).update(merged_into=customer)

    outcomes = tell(
        operator,
        paid("o1", Identifier(Kind.CUSTOMER, str(customer.uid))),
        paid("o2", Identifier(Kind.CUSTOMER, str(late.uid))),
        paid("o3", Identifier(Kind.CUSTOMER, str(customer.uid).upper())),
    )

    assert fates(outcomes) == ["recorded"] * 3
    assert {outcome.customer_uid for outcome in outcomes} == {str(customer.uid)}
    identities = set(Event.objects.values_list("identity_id", flat=True))
    assert identities == {person.identity_id}


def test_a_repeat_by_another_identifier_of_the_same_customer_is_a_repeat(operator, person):
    buyer = Identifier(Kind.BUYER, "b1", "tmall")
    register_identifier(buyer, customer=Customer.objects.get(), source="api", now=NOW)
    tell(operator, paid())

    assert fates(tell(operator, paid(who=buyer))) == ["duplicate"]
    assert Event.objects.count() == 1


def test_whatever_somebody_did_elsewhere_can_be_told(operator, person):
    payload = {"code": "lottery_entered", "title": "参加抽奖"}

    assert fates(tell(operator, paid(type="behavior_reported", payload=payload))) == ["recorded"]
    assert Event.objects.get().payload == payload | {"detail": ""}
