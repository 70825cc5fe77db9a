"""The same unionid is one person: one uid, one timeline, and a profile as if never apart."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customers.errors import UnknownCustomer
from customers.events import CustomerMessaged, OrderPaid
from customers.models import (
    Customer,
    Event,
    Friendship,
    Identity,
    IdentityEdge,
    MergeRecord,
    Profile,
    QueuedEvent,
    StageChange,
)
from customers.selectors.customers import access_customer, customers_visible_to
from customers.selectors.timeline import timeline
from customers.services.dispatcher import Route, dispatch_due
from customers.services.facts import Answer, ContactFact, RelationFact, apply_answer
from customers.services.folds import FOLDS
from customers.services.identities import Resolved, find_identities, wecom_namespace
from customers.services.ledger import record_events
from customers.services.merges import attach_unionids, merge_pending
from customers.services.rebuild import rebuild_all
from tests.makers import NOW, make_corp, make_event, make_person, make_staff, make_user

pytestmark = pytest.mark.django_db

ROUTES = {
    name: Route(folds=tuple(fold for fold, types in FOLDS.items() if not types or name in types))
    for name in ("friend_added", "friend_removed_by_staff", "customer_messaged", "order_paid")
}


def told(corp_id: str, userid: str, external_userid: str, unionid: str, hours: int = 0) -> Resolved:
    """WeCom tells a corp of one of its customers."""
    contact = ContactFact(external_userid, f"名{external_userid}", 1, unionid=unionid)
    relation = RelationFact(userid, external_userid, NOW + timedelta(hours=hours))
    answer = Answer((contact,), (relation,), frozenset({external_userid}))
    at = NOW + timedelta(hours=hours)
    apply_answer(answer, corp=make_corp(corp_id), asked_at=at, now=at, source="sync")
    namespace = wecom_namespace(corp_id)
    return find_identities(namespace=namespace, values=[external_userid])[external_userid]


def dispatch() -> None:
    dispatch_due(routes=ROUTES, now=NOW, budget_seconds=10)


def derived() -> dict[str, list[dict[str, Any]]]:
    return {
        "profiles": list(Profile.objects.order_by("customer_id").values()),
        "friends": list(
            Friendship.objects.order_by("identity_id", "staff_id").values(
                "identity_id", "staff_id", "is_friend", "changed_at"
            )
        ),
        "stages": list(
            StageChange.objects.order_by("event_id").values(
                "identity_id", "from_stage", "to_stage", "event_id", "reason", "changed_at"
            )
        ),
    }


def test_one_person_in_two_corps_is_one_customer_with_one_timeline() -> None:
    first = told("corp-a", "anna", "wmA", "oz-1")
    second = told("corp-b", "bert", "wmB", "oz-1", hours=1)
    assert first.customer_id != second.customer_id
    soon = NOW + timedelta(minutes=30)
    record_events([make_event(second, OrderPaid("o-1", 9900), occurred_at=soon)], now=NOW)
    dispatch()
    assert merge_pending(now=NOW) == 1
    survivor = Customer.objects.get(merged_into=None)
    assert survivor.pk == first.customer_id
    assert Customer.objects.get(pk=second.customer_id).merged_into == survivor
    assert [(event.type, event.identity.value) for event in timeline(survivor)] == [
        ("friend_added", "wmB"),
        ("stage_changed", "wmB"),
        ("order_paid", "wmB"),
        ("customers_merged", "wmB"),
        ("friend_added", "wmA"),
    ]
    profile = Profile.objects.get(customer=survivor)
    assert (profile.event_count, profile.order_count, profile.stage) == (3, 1, "first")
    absorbed = Profile.objects.get(customer_id=second.customer_id)
    assert (absorbed.event_count, absorbed.stage) == (0, "potential")


def test_a_merge_is_journalled_and_happens_once() -> None:
    first = told("corp-a", "anna", "wmA", "oz-1")
    second = told("corp-b", "bert", "wmB", "oz-1", hours=1)
    assert (merge_pending(now=NOW), merge_pending(now=NOW)) == (1, 0)
    told("corp-b", "bert", "wmB", "oz-1", hours=2)
    assert merge_pending(now=NOW) == 0
    record = MergeRecord.objects.get()
    assert (record.kept_id, record.absorbed_id) == (first.customer_id, second.customer_id)
    assert record.moved_identity_ids == [second.identity_id]
    assert (record.edge.rule, record.merged_at, record.undone_at) == ("same_unionid", NOW, None)


def test_the_customer_with_the_oldest_identity_survives() -> None:
    oldest, younger = make_person("wmOld"), make_person("wmYoung")
    attach_unionids({oldest.identity_id: "oz-9"}, now=NOW)
    attach_unionids({younger.identity_id: "oz-9"}, now=NOW)
    merge_pending(now=NOW)
    assert Customer.objects.get(merged_into=None).pk == oldest.customer_id


def test_three_become_one_and_every_uid_leads_there() -> None:
    people = [told(f"corp-{n}", "anna", f"wm{n}", f"oz-{n}", hours=n) for n in range(3)]
    uids = list(Customer.objects.order_by("id").values_list("uid", flat=True))
    attach_unionids({people[2].identity_id: "oz-1"}, now=NOW)
    assert merge_pending(now=NOW) == 1
    attach_unionids({people[1].identity_id: "oz-0"}, now=NOW)
    assert merge_pending(now=NOW) == 1
    admin = make_user(role="admin")
    found = {access_customer(viewer=admin, uid=uid).pk for uid in uids}
    assert found == {people[0].customer_id}
    assert [customer.uid for customer in customers_visible_to(admin)] == [uids[0]]
    with pytest.raises(UnknownCustomer):
        access_customer(viewer=admin, uid=uuid4())


def test_staff_reach_a_merged_customer_through_either_side_and_strangers_do_not() -> None:
    told("corp-a", "anna", "wmA", "oz-1")
    told("corp-b", "bert", "wmB", "oz-1", hours=1)
    uids = list(Customer.objects.order_by("id").values_list("uid", flat=True))
    merge_pending(now=NOW)
    for userid, corp_id in (("anna", "corp-a"), ("bert", "corp-b")):
        staff = make_corp(corp_id).staff.get(userid=userid)
        viewer = make_user(userid, role="staff", staff=staff)
        assert {access_customer(viewer=viewer, uid=uid).uid for uid in uids} == {uids[0]}
    stranger = make_user("stranger", role="staff", staff=make_staff("stranger"))
    with pytest.raises(UnknownCustomer):
        access_customer(viewer=stranger, uid=uids[1])


def test_what_still_waits_in_the_queue_is_folded_into_the_survivor() -> None:
    first = told("corp-a", "anna", "wmA", "oz-1")
    second = told("corp-b", "bert", "wmB", "oz-1", hours=1)
    dispatch()
    record_events([make_event(second, CustomerMessaged(5))], now=NOW)
    merge_pending(now=NOW)
    owners = QueuedEvent.objects.order_by("id").values_list("customer_id", flat=True)
    assert list(owners) == [first.customer_id] * 2  # the message, and the merge itself
    dispatch()
    assert Profile.objects.get(customer_id=first.customer_id).message_count == 1
    assert Profile.objects.get(customer_id=second.customer_id).message_count == 0


@pytest.mark.parametrize("value", ["", "0", "null", "None", " undefined "])
def test_a_value_that_says_nothing_merges_nobody(value: str) -> None:
    attach_unionids({make_person().identity_id: value}, now=NOW)
    attach_unionids({make_person().identity_id: value}, now=NOW)
    assert merge_pending(now=NOW) == 0
    assert not Identity.objects.filter(namespace="unionid:wechat").exists()


def test_a_forbidden_edge_never_merges_again() -> None:
    told("corp-a", "anna", "wmA", "oz-1")
    told("corp-b", "bert", "wmB", "oz-1", hours=1)
    IdentityEdge.objects.filter(applied_at=None).update(state="forbidden")
    assert merge_pending(now=NOW) == 0
    told("corp-b", "bert", "wmB", "oz-1", hours=2)
    assert merge_pending(now=NOW) == 0
    assert Customer.objects.filter(merged_into=None).count() == 2


def test_the_same_unionid_twice_in_one_answer_is_one_customer() -> None:
    corp = make_corp("corp-a")
    contacts = tuple(ContactFact(value, value, 1, unionid="oz-1") for value in ("wm1", "wm2"))
    apply_answer(Answer(contacts, ()), corp=corp, asked_at=NOW, now=NOW, source="sync")
    assert merge_pending(now=NOW) == 1
    assert Customer.objects.filter(merged_into=None).count() == 1
    assert Identity.objects.values("customer_id").distinct().count() == 1


STEPS = st.lists(
    st.tuples(
        st.integers(0, 3),
        st.sampled_from(["unionid", "message", "order", "dispatch", "merge"]),
        st.integers(0, 1),
    ),
    max_size=16,
)


@settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=STEPS)
def test_a_merge_at_any_moment_gives_what_a_rebuild_gives(
    steps: list[tuple[int, str, int]],
) -> None:
    people = [make_person() for _ in range(4)]
    token, groups = uuid4().hex, {}
    for who, what, number in steps:
        person = people[who]
        if what == "unionid" and who not in groups:
            groups[who] = f"{token}-{number}"
            attach_unionids({person.identity_id: groups[who]}, now=NOW)
        elif what == "message":
            record_events([make_event(person, CustomerMessaged(1))], now=NOW)
        elif what == "order":
            record_events([make_event(person, OrderPaid(uuid4().hex, 100))], now=NOW)
        elif what == "dispatch":
            dispatch()
        elif what == "merge":
            merge_pending(now=NOW)
    merge_pending(now=NOW)
    dispatch()
    owners = Identity.objects.in_bulk([person.identity_id for person in people])
    by_group = {groups.get(n, f"alone-{n}"): set() for n in range(4)}
    for n, person in enumerate(people):
        by_group[groups.get(n, f"alone-{n}")].add(owners[person.identity_id].customer_id)
    assert all(len(customers) == 1 for customers in by_group.values())
    assert len(set.union(*by_group.values())) == len(by_group)
    mine = derived()
    rebuild_all(now=NOW)
    assert derived() == mine
    assert Event.objects.filter(depth=0).count() == sum(
        profile["event_count"] for profile in mine["profiles"]
    )
