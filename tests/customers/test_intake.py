"""What each callback does to our copy and to the ledger, from the door to the profile."""

from datetime import timedelta
from typing import Any

import pytest

from customers.models import Event, Follow, Friendship, GroupChat, Membership, Profile, Tag
from org.models import Department, Staff
from scrm.loop import INTAKE
from tests.wire import Sent, Wire
from wecom.models import CallbackReceipt

LIN = "wmTESTexternal000000000000000001"
CHEN = "wmTESTexternal000000000000000002"
ZHOU = "wmTESTexternal000000000000000003"
BEFORE_US = {("lisi", ZHOU)}
CHAT = "wrTESTgroup000000000000000000001"


@pytest.fixture
def synced(wire: Wire) -> Wire:
    """A corp that we know, a minute later."""
    wire.sync()
    wire.pass_time(60)
    return wire


def ledger(**filters: Any) -> list[tuple[str, dict[str, Any]]]:
    """What came from outside; stages are derived."""
    told = Event.objects.filter(depth=0, **filters).order_by("id")
    return list(told.values_list("type", "payload"))


def follow(userid: str, external_userid: str) -> Follow:
    return Follow.objects.get(staff__userid=userid, identity__value=external_userid)


def test_an_add_makes_the_customer_the_relation_and_one_event(synced: Wire) -> None:
    done = synced.act("add_friend", customer="c-9", member="wangwu", state="B07", add_way=3)
    synced.deliver()
    relation = follow("wangwu", done["external_userid"])
    assert (relation.status, relation.is_listed, relation.state) == ("friend", True, "B07")
    assert (relation.add_way, relation.oper_userid) == (3, done["external_userid"])
    assert ledger(identity=relation.identity) == [("friend_added", {"state": "B07", "add_way": 0})]
    profile = Profile.objects.get(customer=relation.identity.customer)
    assert (profile.relation, profile.stage, profile.event_count) == ("friend", "potential", 1)
    assert synced.differences(BEFORE_US) == []


def test_a_half_add_waits_for_the_member_and_becomes_a_friendship(synced: Wire) -> None:
    done = synced.act("add_friend", customer="c-9", member="wangwu", half=True)
    synced.deliver()
    relation = follow("wangwu", done["external_userid"])
    assert (relation.status, relation.is_listed) == ("half", False)
    assert synced.differences(BEFORE_US) == []
    synced.pass_time(60)
    synced.act("add_back", customer="c-9", member="wangwu")
    synced.deliver()
    relation.refresh_from_db()
    assert (relation.status, relation.is_listed) == ("friend", True)
    assert [kind for kind, _ in ledger(identity=relation.identity)] == [
        "friend_half_added",
        "friend_added",
    ]


def test_an_edit_is_read_again_and_stands_in_the_ledger(synced: Wire) -> None:
    synced.act(
        "edit_remark",
        customer="c-0001",
        member="zhangsan",
        remark="林女士",
        description="三月到店",
        remark_mobiles=["13900000002", "13900000001"],
    )
    synced.deliver()
    relation = follow("zhangsan", LIN)
    assert (relation.remark, relation.description) == ("林女士", "三月到店")
    assert relation.sealed_mobiles == "13900000001,13900000002"
    assert ledger(identity__value=LIN)[-1] == ("friend_edited", {})
    assert synced.differences(BEFORE_US) == []


def test_a_member_who_deletes_a_customer_ends_the_relation(synced: Wire) -> None:
    synced.act("member_delete", customer="c-0002", member="zhangsan")
    synced.deliver()
    relation = follow("zhangsan", CHEN)
    assert (relation.status, relation.is_listed) == ("staff_deleted", False)
    assert ledger(identity__value=CHEN)[-1] == (
        "friend_removed_by_staff",
        {"transferred": False},
    )
    assert Profile.objects.get(customer=relation.identity.customer).stage == "lost"
    assert synced.differences(BEFORE_US) == []


def test_a_customer_who_deletes_a_member_stays_in_the_members_list(synced: Wire) -> None:
    synced.act("delete_friend", customer="c-0002", member="zhangsan")
    synced.deliver()
    relation = follow("zhangsan", CHEN)
    assert (relation.status, relation.is_listed) == ("customer_deleted", True)
    assert ledger(identity__value=CHEN)[-1] == ("friend_removed_by_customer", {})
    assert synced.differences(BEFORE_US) == []
    synced.pass_time(60)
    synced.sweep()
    relation.refresh_from_db()
    assert relation.status == "customer_deleted"


def test_a_customer_who_comes_back_is_a_friend_again(synced: Wire) -> None:
    synced.act("delete_friend", customer="c-0002", member="zhangsan")
    synced.deliver()
    synced.pass_time(3600)
    synced.act("add_friend", customer="c-0002", member="zhangsan")
    synced.deliver()
    relation = follow("zhangsan", CHEN)
    assert relation.status == "friend"
    assert [kind for kind, _ in ledger(identity__value=CHEN)] == [
        "friend_added",
        "friend_removed_by_customer",
        "friend_added",
    ]
    assert Friendship.objects.get(identity=relation.identity).is_friend
    assert synced.differences(BEFORE_US) == []


def test_a_transfer_that_was_refused_is_an_event_and_nothing_else(synced: Wire) -> None:
    before = Follow.objects.values().get(staff__userid="zhangsan", identity__value=CHEN)
    event = (
        "<xml><ToUserName>ww1234567890abcdef</ToUserName><FromUserName>sys</FromUserName>"
        f"<CreateTime>{int(synced.sim.now())}</CreateTime><MsgType>event</MsgType>"
        "<Event>change_external_contact</Event><ChangeType>transfer_fail</ChangeType>"
        f"<FailReason>customer_refused</FailReason><UserID>lisi</UserID>"
        f"<ExternalUserID>{CHEN}</ExternalUserID></xml>"
    )
    synced.deliver([Sent("scrm", "transfer_fail", event)])
    assert ledger(identity__value=CHEN)[-1] == ("transfer_failed", {"reason": "customer_refused"})
    after = Follow.objects.values().get(staff__userid="zhangsan", identity__value=CHEN)
    assert before | {"synced_at": 0} == after | {"synced_at": 0}
    assert not Follow.objects.filter(staff__userid="lisi", identity__value=CHEN).exists()


def test_a_member_who_is_renamed_keeps_every_customer(synced: Wire) -> None:
    zhangsan = Staff.objects.get(userid="zhangsan").pk
    synced.act("update_user", userid="zhangsan", new_userid="zhangsan01", name="张三丰")
    synced.deliver()
    staff = Staff.objects.get(pk=zhangsan)
    assert (staff.userid, staff.name, staff.status) == ("zhangsan01", "张三丰", 1)
    assert Staff.objects.count() == 3
    assert synced.differences(BEFORE_US) == []


def test_a_member_who_leaves_loses_every_right_and_keeps_the_history(synced: Wire) -> None:
    synced.act("delete_user", userid="lisi")
    synced.deliver()
    lisi = Staff.objects.get(userid="lisi")
    assert (lisi.status, lisi.is_follow_user) == (5, False)
    assert lisi.left_at is not None
    assert lisi.follows.count() == 2
    assert synced.differences() == []


def test_new_members_and_departments_are_read(synced: Wire) -> None:
    number = synced.act("create_party", name="华南区")["id"]
    synced.act("create_user", userid="zhaoliu", name="赵六", department=[number], position="店长")
    synced.deliver()
    assert Department.objects.get(wecom_id=number).name == "华南区"
    zhaoliu = Staff.objects.get(userid="zhaoliu")
    assert (zhaoliu.name, zhaoliu.job_title, zhaoliu.is_follow_user) == ("赵六", "店长", True)
    assert synced.differences(BEFORE_US) == []


def test_a_tag_made_in_the_console_is_read(synced: Wire) -> None:
    made = synced.act("tag_create", group_name="意向", names=["高", "低"])
    synced.deliver()
    names = Tag.objects.filter(wecom_id__in=made["tag_ids"]).order_by("id").values_list("name")
    assert sorted(names) == [("低",), ("高",)]
    assert synced.differences(BEFORE_US) == []


def test_a_group_is_read_when_it_changes_and_left_when_it_is_dismissed(synced: Wire) -> None:
    synced.act("rename_group", chat_id=CHAT, name="A01 老友群", owner="lisi")
    synced.deliver()
    group = GroupChat.objects.get(chat_id=CHAT)
    assert (group.name, group.owner and group.owner.userid) == ("A01 老友群", "lisi")
    synced.act("dismiss_group", chat_id=CHAT)
    synced.deliver()
    group.refresh_from_db()
    assert group.is_dismissed
    assert not Membership.objects.filter(left_at=None).exists()
    assert synced.differences(BEFORE_US) == []


def test_the_same_callback_twice_is_one_receipt_and_one_event(synced: Wire) -> None:
    synced.act("add_friend", customer="c-9", member="wangwu")
    (event,) = synced.sent()
    first, second = synced.post(event), synced.post(event)
    synced.work()
    third = synced.post(event)
    synced.work()
    assert (first.is_duplicate, second.is_duplicate, third.is_duplicate) == (False, True, True)
    assert CallbackReceipt.objects.count() == 1
    assert Event.objects.filter(identity__value__startswith="wm", type="friend_added").count() == 5


def test_a_callback_of_a_kind_nobody_handles_is_kept_and_ignored(synced: Wire) -> None:
    event = (
        "<xml><ToUserName>ww1234567890abcdef</ToUserName><FromUserName>zhangsan</FromUserName>"
        f"<CreateTime>{int(synced.sim.now())}</CreateTime><MsgType>event</MsgType>"
        "<Event>something_of_next_year</Event></xml>"
    )
    synced.deliver([Sent("scrm", "", event)])
    assert CallbackReceipt.objects.get().state == "ignored"


def test_a_callback_that_cannot_be_taken_in_lets_its_neighbours_pass(
    synced: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced.act("add_friend", customer="good-1", member="wangwu")
    bad = synced.act("add_friend", customer="bad", member="wangwu")["external_userid"]
    synced.act("add_friend", customer="good-2", member="wangwu")
    handlers = {kind: _refusing(handler, bad) for kind, handler in INTAKE.items()}
    monkeypatch.setattr("tests.wire.INTAKE", handlers)
    synced.deliver()
    states = CallbackReceipt.objects.order_by("id").values_list("state", "attempts")
    assert list(states) == [("done", 1), ("new", 1), ("done", 1)]
    assert "ValueError: poison" in CallbackReceipt.objects.get(state="new").last_error
    monkeypatch.setattr("tests.wire.INTAKE", INTAKE)
    synced.pass_time(60)
    synced.work()
    assert set(CallbackReceipt.objects.values_list("state", flat=True)) == {"done"}
    assert synced.differences(BEFORE_US) == []


def _refusing(handler: Any, external_userid: str) -> Any:
    def refuse(receipts: Any, *, now: Any) -> None:
        if any(getattr(item.event, "external_userid", "") == external_userid for item in receipts):
            raise ValueError("poison")
        handler(receipts, now=now)

    return refuse


def test_an_event_older_than_a_week_is_set_aside(synced: Wire) -> None:
    synced.act("edit_remark", customer="c-0001", member="zhangsan", remark="旧")
    (event,) = synced.sent()
    synced.pass_time(timedelta(days=8).total_seconds())
    synced.deliver([event])
    assert CallbackReceipt.objects.get().state == "dead"
    assert follow("zhangsan", LIN).remark == "林女士-A01"
    synced.sweep()
    assert follow("zhangsan", LIN).remark == "旧"
