"""Customer groups: joins and leaves are events, an old answer brings nobody back."""

from datetime import timedelta

import pytest

from customers.models import Event, GroupChat, Membership, Profile
from customers.services.groups import GroupFact, MemberFact, apply_group, mark_dismissed
from tests.makers import NOW, make_corp, make_person
from tests.wire import Wire

CHAT = "wrTESTgroup000000000000000000001"
LIN = "wmTESTexternal000000000000000001"
CHEN = "wmTESTexternal000000000000000002"
BEFORE_US = {("lisi", "wmTESTexternal000000000000000003")}


def member(userid: str, **over: object) -> MemberFact:
    return MemberFact(**{"member_userid": userid, "is_staff": False, "joined_at": NOW} | over)


def group(*members: MemberFact, **over: object) -> GroupFact:
    values = {
        "chat_id": "wr1",
        "name": "福利群",
        "notice": "",
        "owner_userid": "zhangsan",
        "created_at": NOW,
        "member_version": "mv-1",
        "members": members,
    }
    return GroupFact(**values | over)


def take(fact: GroupFact, seconds: float = 0) -> list[str]:
    at = NOW + timedelta(seconds=seconds)
    found = apply_group(fact, corp=make_corp(), asked_at=at, now=at)
    return [finding.kind for finding in found]


def ledger() -> list[tuple[str, str]]:
    rows = Event.objects.filter(type__startswith="group_").order_by("id")
    return list(rows.values_list("type", "identity__value"))


@pytest.mark.django_db
def test_a_join_and_a_leave_are_one_event_each() -> None:
    make_person("wm1")
    assert take(group(member("wm1", join_scene=3, state="G01"))) == ["membership_group_joined"]
    assert take(group(member("wm1", join_scene=3, state="G01")), 10) == []
    assert take(group(), 20) == ["membership_group_left"]
    assert take(group(), 30) == []
    assert ledger() == [("group_joined", "wm1"), ("group_left", "wm1")]
    joined = Event.objects.get(type="group_joined")
    assert (joined.occurred_at, joined.payload) == (
        NOW,
        {"chat_id": "wr1", "name": "福利群", "join_scene": 3, "state": "G01"},
    )


@pytest.mark.django_db
def test_who_comes_back_joins_again() -> None:
    make_person("wm1")
    take(group(member("wm1")))
    take(group(), 10)
    back = member("wm1", joined_at=NOW + timedelta(seconds=15))
    assert take(group(back), 20) == ["membership_group_joined"]
    assert ledger() == [("group_joined", "wm1"), ("group_left", "wm1"), ("group_joined", "wm1")]
    assert Membership.objects.get().left_at is None


@pytest.mark.django_db
def test_an_answer_asked_for_earlier_changes_nothing() -> None:
    make_person("wm1")
    take(group(member("wm1"), name="新名"), 10)
    assert take(group(name="旧名"), 5) == []
    assert (GroupChat.objects.get().name, Membership.objects.get().left_at) == ("新名", None)


@pytest.mark.django_db
def test_a_dismissed_group_is_left_by_all_and_not_revived_by_an_old_answer() -> None:
    make_person("wm1")
    take(group(member("wm1")))
    later = NOW + timedelta(seconds=20)
    mark_dismissed(corp_pk=make_corp().pk, chat_ids=["wr1", "unknown"], now=later)
    assert ledger()[-1] == ("group_left", "wm1")
    assert take(group(member("wm1")), 10) == []
    assert GroupChat.objects.get().is_dismissed
    assert not Membership.objects.filter(left_at=None).exists()


@pytest.mark.django_db
def test_strangers_and_staff_sit_in_a_group_without_events() -> None:
    take(group(member("wmStranger"), member("zhangsan", is_staff=True)))
    seats = {seat.member_userid: seat for seat in Membership.objects.all()}
    assert (seats["wmStranger"].identity, seats["wmStranger"].staff) == (None, None)
    assert seats["zhangsan"].staff is not None
    assert ledger() == []


@pytest.mark.django_db
def test_a_name_that_postgresql_cannot_hold_is_cleaned() -> None:
    take(group(name="a\x00" + "长" * 200, notice="\x00"))
    chat = GroupChat.objects.get()
    assert (chat.name[:2], len(chat.name), chat.notice) == ("a长", 128, "")


def test_joins_and_leaves_by_callback_are_counted(wire: Wire) -> None:
    wire.sync()
    wire.pass_time(60)
    wire.act("join_group", chat_id=CHAT, customer="c-0002")
    wire.deliver()
    customer = Profile.objects.get(customer__identities__value=CHEN)
    assert customer.group_count == 1
    wire.act("leave_group", chat_id=CHAT, customer="c-0002")
    wire.deliver()
    customer.refresh_from_db()
    assert customer.group_count == 0
    assert ledger() == [("group_joined", LIN), ("group_joined", CHEN), ("group_left", CHEN)]
    assert wire.differences(BEFORE_US) == []


def test_an_answer_that_lags_behind_the_callback_is_healed(wire: Wire) -> None:
    wire.sync()
    wire.sim.change_settings(group_lag_seconds=2)
    wire.act("join_group", chat_id=CHAT, customer="c-0002")
    wire.deliver()
    wire.pass_time(60)
    wire.sweep()
    assert wire.differences(BEFORE_US) == []


def test_a_group_whose_dismissal_nobody_told_is_found_by_the_sweep(wire: Wire) -> None:
    wire.sync()
    wire.act("dismiss_group", chat_id=CHAT)
    wire.sent()
    wire.pass_time(60)
    assert wire.sweep().result["drift_by_kind"] == {"group_gone": 1}
    assert ledger()[-1] == ("group_left", LIN)
    assert wire.differences(BEFORE_US) == []
