"""Answers of WeCom against what we hold: newer never loses to older, nothing is told twice."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from common import clock
from customers.models import Customer, Event, Follow, Friendship
from customers.services.facts import Answer, ContactFact, RelationFact, apply_answer
from tests.makers import NOW, make_corp
from tests.wire import Wire

LIN = "wmTESTexternal000000000000000001"
CHEN = "wmTESTexternal000000000000000002"
CONTACT = ContactFact(external_userid="wmA", name="小安", kind=1, avatar="https://a", gender=2)
RELATION = RelationFact(
    userid="zhangsan",
    external_userid="wmA",
    added_at=NOW - timedelta(days=9),
    remark="安女士",
    mobiles=("13900000009",),
    add_way=1,
    state="A01",
    oper_userid="wmA",
)
WHOLE = Answer((CONTACT,), (RELATION,), frozenset({"wmA"}))


def take(answer: Answer, asked_at: datetime) -> list[str]:
    findings = apply_answer(
        answer, corp=make_corp(), asked_at=asked_at, now=asked_at, source="sync"
    )
    return [finding.kind for finding in findings]


@pytest.mark.django_db
def test_an_answer_asked_for_earlier_never_overwrites_a_newer_one() -> None:
    newer = replace(RELATION, remark="新")
    take(Answer((CONTACT,), (newer,), frozenset({"wmA"})), NOW)
    assert take(WHOLE, NOW - timedelta(seconds=1)) == []
    assert Follow.objects.get().remark == "新"
    assert take(WHOLE, NOW + timedelta(seconds=1)) == ["follow_changed"]
    assert Follow.objects.get().remark == "安女士"


@pytest.mark.django_db
def test_an_old_answer_without_the_relation_does_not_end_it() -> None:
    take(WHOLE, NOW)
    nobody = Answer((), (), frozenset({"wmA"}))
    assert take(nobody, NOW - timedelta(seconds=1)) == []
    assert Follow.objects.get().status == "friend"
    assert take(nobody, NOW + timedelta(seconds=1)) == ["follow_extra"]
    assert Follow.objects.get().status == "staff_deleted"


@pytest.mark.django_db
def test_an_answer_asked_for_before_the_friendship_does_not_end_it() -> None:
    young = replace(RELATION, added_at=NOW)
    take(Answer((CONTACT,), (young,), frozenset({"wmA"})), NOW + timedelta(seconds=5))
    Follow.objects.update(synced_at=None)
    assert take(Answer((), (), frozenset({"wmA"})), NOW - timedelta(seconds=1)) == []
    assert Follow.objects.get().status == "friend"


@pytest.mark.django_db
def test_the_same_answer_again_finds_nothing() -> None:
    assert take(WHOLE, NOW) == ["follow_missing"]
    assert take(WHOLE, NOW + timedelta(hours=1)) == []
    assert Event.objects.count() == 1
    assert Follow.objects.get().sealed_mobiles == "13900000009"


@pytest.mark.django_db
def test_what_a_customer_changes_of_themselves_is_a_finding() -> None:
    take(WHOLE, NOW)
    renamed = Answer((replace(CONTACT, name="安安", gender=1),), (RELATION,))
    assert take(renamed, NOW + timedelta(hours=1)) == ["customer_changed"]
    customer = Customer.objects.get()
    assert (customer.name, customer.gender, customer.avatar) == ("安安", 1, "https://a")


@pytest.mark.django_db
def test_texts_that_postgresql_cannot_hold_are_cleaned_and_too_long_ones_cut() -> None:
    hostile = replace(RELATION, remark="a\x00b" + "长" * 200, description="\ud800!")
    take(Answer((replace(CONTACT, name="\x00" * 3 + "名"),), (hostile,)), NOW)
    follow = Follow.objects.get()
    assert (follow.remark[:2], len(follow.remark) <= 128, follow.description) == ("ab", True, "!")
    assert Customer.objects.get().name == "名"


@pytest.mark.django_db
def test_two_members_of_one_answer_are_two_relations() -> None:
    both = Answer((CONTACT,), (RELATION, replace(RELATION, userid="lisi")), frozenset({"wmA"}))
    assert take(both, NOW) == ["follow_missing", "follow_missing"]
    alone = Answer((CONTACT,), (RELATION,), frozenset({"wmA"}))
    assert take(alone, NOW + timedelta(hours=1)) == ["follow_extra"]
    by_staff = dict(Follow.objects.values_list("staff__userid", "status"))
    assert by_staff == {"zhangsan": "friend", "lisi": "staff_deleted"}
    lost = Event.objects.get(type="friend_removed_by_staff")
    assert (lost.staff and lost.staff.userid, lost.source) == ("lisi", "sync")


@pytest.mark.django_db
def test_a_page_of_customers_says_nothing_of_their_other_members() -> None:
    take(Answer((CONTACT,), (RELATION, replace(RELATION, userid="lisi"))), NOW)
    assert take(Answer((CONTACT,), (RELATION,)), NOW + timedelta(hours=1)) == []
    assert set(Follow.objects.values_list("status", flat=True)) == {"friend"}


def adds(external_userid: str) -> list[tuple[str, str]]:
    events = Event.objects.filter(identity__value=external_userid, type="friend_added")
    return list(events.order_by("id").values_list("staff__userid", "source"))


def test_an_add_that_a_sweep_found_and_its_late_callback_are_one_event(wire: Wire) -> None:
    wire.sync()
    wire.pass_time(60)
    who = wire.act("add_friend", customer="c-9", member="wangwu")["external_userid"]
    late = wire.sent()
    wire.pass_time(600)
    wire.sweep()
    assert adds(who) == [("wangwu", "sync")]
    wire.deliver(late)
    assert adds(who) == [("wangwu", "sync")]


def test_a_friendship_that_began_as_half_is_one_event_however_it_is_told(wire: Wire) -> None:
    wire.sync()
    for handle, told_first in (("c-8", True), ("c-9", False)):
        wire.act("add_friend", customer=handle, member="wangwu", half=True)
        wire.deliver()
        wire.pass_time(5000)
        answer = wire.act("add_back", customer=handle, member="wangwu")
        callbacks = wire.sent()
        wire.pass_time(60)
        if told_first:
            wire.deliver(callbacks)
            wire.sweep()
        else:
            wire.sweep()
            wire.deliver(callbacks)
        assert len(adds(answer["external_userid"])) == 1


def test_friends_again_after_a_real_parting_are_two_events(wire: Wire) -> None:
    wire.sync()
    wire.act("member_delete", customer="c-0002", member="zhangsan")
    wire.deliver()
    wire.pass_time(600)
    wire.act("add_friend", customer="c-0002", member="zhangsan")
    callbacks = wire.sent()
    wire.sweep()
    wire.deliver(callbacks)
    assert adds(CHEN) == [("zhangsan", "sync"), ("zhangsan", "sync")]


def test_a_half_add_after_a_parting_that_nobody_told_is_half(wire: Wire) -> None:
    wire.sync()
    wire.pass_time(60)
    wire.act("member_delete", customer="c-0002", member="zhangsan")
    wire.sent()
    wire.pass_time(600)
    wire.act("add_friend", customer="c-0002", member="zhangsan", half=True)
    wire.deliver()
    follow = Follow.objects.get(staff__userid="zhangsan", identity__value=CHEN)
    assert follow.status == "half"
    assert not Friendship.objects.get(identity=follow.identity).is_friend
    wire.pass_time(600)
    wire.sweep()
    follow.refresh_from_db()
    assert follow.status == "half"


def test_a_half_add_that_is_told_after_a_look_at_wecom_is_half(wire: Wire) -> None:
    wire.sync()
    wire.pass_time(60)
    wire.act("member_delete", customer="c-0002", member="zhangsan")
    wire.sent()
    wire.pass_time(600)
    wire.act("add_friend", customer="c-0002", member="zhangsan", half=True)
    late = wire.sent()
    wire.pass_time(2)
    wire.sweep()
    wire.deliver(late)
    assert wire.differences({("lisi", "wmTESTexternal000000000000000003")}) == []


def test_a_deletion_that_arrives_before_its_add_does_not_bring_the_friend_back(
    wire: Wire,
) -> None:
    wire.sync()
    who = wire.act("add_friend", customer="c-9", member="wangwu")["external_userid"]
    wire.pass_time(10)
    wire.act("member_delete", customer="c-9", member="wangwu")
    added, deleted = wire.sent()
    wire.deliver([deleted])
    wire.deliver([added])
    follow = Follow.objects.get(identity__value=who)
    assert (follow.status, follow.is_listed) == ("staff_deleted", False)
    assert not Friendship.objects.get(identity=follow.identity).is_friend
    assert clock.now() > follow.synced_at
