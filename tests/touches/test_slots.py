"""The slot planner: planned touches become calls, one a (staff, slot, content)."""

import json
from datetime import timedelta
from typing import Any

import pytest

from common.clock import local_date
from content.models import Material, TrackedLink
from customers.models import Identity
from tests.makers import make_person
from tests.touches.slot_world import (
    NOW,
    SLOT,
    make_friend,
    make_seller,
    plan,
    set_caps,
    set_rules,
    slot,
    states,
    touch_plan,
)
from touches.models import ContactLedger, Dispatch, EffectLog, Touch
from touches.services import slots
from touches.services.judging import NOT_FRIENDS

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _rules():
    set_rules()
    set_caps()


def make_material(**over) -> Material:
    values = {"title": "换季护理", "summary": "三步", "body": "…", "is_published": True}
    return Material.objects.create(created_at=NOW, updated_at=NOW, **(values | over))


def body_of(dispatch: Dispatch) -> dict[str, Any]:
    return json.loads(dispatch.payload)


def test_equal_content_in_one_slot_is_one_call(rung):
    staff, other = make_seller(), make_seller("lisi")
    people = [make_friend(staff, other) for _ in range(3)]
    plan(
        *(touch_plan(f"j:{n}", person, staff) for n, person in enumerate(people)),
        touch_plan("j:else", people[0], staff, content={"text": "别的内容"}),
        touch_plan("j:other", people[1], other),
    )
    rung.clear()
    report = slot()
    calls = {call.key.rpartition(":")[0]: call for call in Dispatch.objects.all()}
    assert report.rulings == {"queue": 5}
    assert len(calls) == 3
    touch = Touch.objects.get(key="j:0")
    call = calls[f"mass:{staff.pk}:2026-11-24T10:05:00+08:00:{touch.content_key[:16]}"]
    assert touch.dispatch_id == call.id
    values = [touch.identity.value for touch in call.touches.order_by("id")]
    assert body_of(call) == {
        "chat_type": "single",
        "external_userid": values,
        "sender": "zhangsan",
        "text": {"content": "周末会员日"},
    }
    assert len(values) == 3
    assert (call.kind, call.state, call.available_at) == ("mass_message", "pending", NOW)
    assert call.deadline_at == SLOT + timedelta(hours=8)
    assert rung == ["scrm.send_mass"]


def test_a_place_is_reserved_on_the_day_of_the_slot():
    staff = make_seller()
    [touch] = plan(touch_plan("j:1", make_friend(staff), staff))
    slot()
    place = ContactLedger.objects.get()
    assert states([touch]) == ["queued"]
    assert (place.touch_id, place.state, place.lane) == (touch.pk, "reserved", "M")
    assert (place.counted_on, place.counted_at) == (local_date(SLOT), SLOT)
    assert (place.identity_id, place.staff_id) == (touch.identity_id, staff.pk)
    log = EffectLog.objects.filter(touch=touch).order_by("id").values_list("from_state", "to_state")
    assert list(log) == [("", "planned"), ("planned", "queued")]
    assert EffectLog.objects.filter(dispatch=touch.dispatch, to_state="pending").count() == 1


def test_a_slot_is_taken_when_its_lead_begins_and_a_task_when_it_is_due():
    staff = make_seller()
    mass, task = plan(
        touch_plan("j:1", make_friend(staff), staff),
        touch_plan("j:2", make_friend(staff), staff, lane=Touch.Lane.TASK),
    )
    assert slot(SLOT - timedelta(minutes=10, seconds=1)).rulings == {}
    assert slot(SLOT - timedelta(minutes=10)).rulings == {"queue": 1}
    assert states([mass, task]) == ["queued", "planned"]
    assert slot(SLOT).rulings == {"queue": 1}


def test_a_mass_task_carries_a_link_of_its_own_that_marks_it():
    staff = make_seller()
    content = {"text": "周末会员日", "material_id": make_material().pk}
    plan(*(touch_plan(f"j:{n}", make_friend(staff), staff, content=content) for n in range(2)))
    slot()
    call, link = Dispatch.objects.get(), TrackedLink.objects.get()
    assert (link.batch, link.staff_id, link.identity_id) == (call.key, staff.pk, None)
    [attachment] = body_of(call)["attachments"]
    assert attachment["msgtype"] == "link"
    assert attachment["link"]["title"] == "换季护理"
    assert attachment["link"]["url"].endswith(f"/l/{link.code}")


def test_each_task_is_a_card_with_the_persons_own_link(rung):
    staff = make_seller()
    content = {
        "body": "问问 {客户}",
        "facts": [["渠道", "门店"]],
        "material_id": make_material().pk,
    }
    one, two = plan(
        *(
            touch_plan(f"j:{n}", make_friend(staff), staff, lane=Touch.Lane.TASK, content=content)
            for n in range(2)
        )
    )
    rung.clear()
    slot(SLOT)
    one.refresh_from_db()
    link = TrackedLink.objects.get(identity_id=one.identity_id)
    card = body_of(one.dispatch)["template_card"]
    assert Dispatch.objects.filter(kind="staff_message").count() == 2
    assert (card["task_id"], card["sub_title_text"]) == (str(one.uid), "问问 {客户}")
    assert [line["keyname"] for line in card["horizontal_content_list"]] == ["客户", "渠道", "素材"]
    assert card["horizontal_content_list"][2]["url"].endswith(f"/l/{link.code}")
    assert TrackedLink.objects.filter(identity_id=two.identity_id).exists()
    assert rung == ["scrm.send_staff_messages"]


def test_later_customers_join_a_task_that_is_not_out_yet():
    set_rules(mass_a_staff_a_day=1)
    staff = make_seller()
    [first] = plan(touch_plan("j:1", make_friend(staff), staff))
    slot()
    [second] = plan(touch_plan("j:2", make_friend(staff), staff, valid_for=timedelta(hours=2)))
    slot()
    call = Dispatch.objects.get()
    assert states([first, second]) == ["queued", "queued"]
    assert len(body_of(call)["external_userid"]) == 2
    assert call.deadline_at == SLOT + timedelta(hours=2)


def test_a_task_that_is_on_its_way_is_left_alone():
    staff = make_seller()
    plan(touch_plan("j:1", make_friend(staff), staff))
    slot()
    Dispatch.objects.update(first_sent_at=NOW)
    [late] = plan(touch_plan("j:2", make_friend(staff), staff))
    slot()
    states([late])
    assert [len(body_of(call)["external_userid"]) for call in Dispatch.objects.all()] == [1, 1]
    assert late.dispatch.key.endswith(":2")


def test_a_task_cut_by_the_end_of_a_batch_waits_for_the_rest(monkeypatch):
    monkeypatch.setattr(slots, "BATCH_ROWS", 2)
    staff = make_seller()
    plan(*(touch_plan(f"j:{n}", make_friend(staff), staff) for n in range(5)))
    assert slots.slot_due(now=NOW, budget_seconds=0).rulings == {"queue": 2}
    assert Dispatch.objects.get().available_at == NOW + timedelta(seconds=5)
    slot()
    call = Dispatch.objects.get()
    assert call.available_at == NOW
    assert len(body_of(call)["external_userid"]) == 5


def test_a_full_task_is_followed_by_another(monkeypatch):
    for room in ("judging", "slot_calls", "slot_reading"):
        monkeypatch.setattr(f"touches.services.{room}.CUSTOMERS_A_TASK", 2)
    set_rules(mass_a_staff_a_day=2)
    staff = make_seller()
    touches = plan(*(touch_plan(f"j:{n}", make_friend(staff), staff) for n in range(5)))
    report = slot()
    sizes = [len(body_of(call)["external_userid"]) for call in Dispatch.objects.order_by("key")]
    assert report.rulings == {"queue": 4, "roll": 1}
    assert sizes == [2, 2]
    assert states(touches)[4] == "planned"


def test_strangers_are_not_written_to():
    staff, other = make_seller(), make_seller("lisi")
    [touch] = plan(touch_plan("j:1", make_friend(other), staff))
    slot()
    assert states([touch]) == ["suppressed"]
    assert (touch.reason, touch.finished_at, touch.winner_id) == (NOT_FRIENDS, NOW, None)
    assert not Dispatch.objects.exists()
    assert not ContactLedger.objects.exists()


def test_a_former_friend_is_a_stranger():
    staff = make_seller()
    person = make_friend(staff)
    person_touch = touch_plan("j:1", person, staff)
    [touch] = plan(person_touch)
    touch.identity.friendships.update(is_friend=False)
    slot()
    assert states([touch]) == ["suppressed"]


@pytest.mark.parametrize(
    ("lane", "content", "reason"),
    [
        ("M", {"text": ""}, "内容为空"),
        ("M", {"text": "{客户}你好"}, "群发内容不能含变量 {客户}"),
        ("M", {"text": "长" * 1_400}, "群发文字超过 4000 字节"),
        ("M", {"text": "好", "material_id": 999_999}, "素材不存在或未发布"),
        ("M", {"text": 7}, "内容格式有误"),
        ("T", {"facts": 7}, "内容格式有误"),
        ("T", {"body": "好", "facts": [["一"]]}, "内容格式有误"),
    ],
)
def test_what_cannot_be_sent_is_refused_and_keeps_nobody_waiting(lane, content, reason):
    staff = make_seller()
    bad, good = plan(
        touch_plan("j:bad", make_friend(staff), staff, lane=Touch.Lane(lane), content=content),
        touch_plan("j:good", make_friend(staff), staff),
    )
    slot(SLOT)
    assert states([bad, good]) == ["refused", "queued"]
    assert bad.reason == reason


def test_who_has_left_sends_nothing():
    staff = make_seller()
    [touch] = plan(touch_plan("j:1", make_friend(staff), staff))
    staff.left_at = NOW
    staff.save()
    slot()
    assert states([touch]) == ["refused"]
    assert touch.reason == "员工已离职"


def test_a_crash_leaves_nothing_behind_and_the_next_run_does_it_once(monkeypatch):
    staff = make_seller()
    touches = plan(*(touch_plan(f"j:{n}", make_friend(staff), staff) for n in range(3)))

    class Killed(BaseException):
        pass

    def die(_placed):
        raise Killed

    monkeypatch.setattr(slots, "_ring", die)
    with pytest.raises(Killed):
        slot()
    assert not Dispatch.objects.exists()
    assert not ContactLedger.objects.exists()
    monkeypatch.undo()
    slot()
    slot()
    assert states(touches) == ["queued"] * 3
    assert (Dispatch.objects.count(), ContactLedger.objects.count()) == (1, 3)


def test_one_touch_that_cannot_be_worked_in_stands_alone(monkeypatch):
    staff = make_seller()
    touches = plan(*(touch_plan(f"j:{n}", make_friend(staff), staff) for n in range(5)))
    poison = touches[3].pk
    write = slots.write_calls

    def refuse(placed, *args, **kwargs):
        if any(one.verdict.candidate.touch_id == poison for one in placed):
            raise ValueError("planted")
        return write(placed, *args, **kwargs)

    monkeypatch.setattr(slots, "write_calls", refuse)
    slot()
    assert states(touches) == ["queued", "queued", "queued", "refused", "queued"]
    assert touches[3].reason == "无法处理：ValueError: planted"


def test_it_reaches_the_customer_through_their_identity_in_the_staff_members_corp():
    staff = make_seller()
    anchor, friend = make_person(), make_friend(staff)
    Identity.objects.filter(pk=friend.identity_id).update(customer_id=anchor.customer_id)
    [touch] = plan(touch_plan("j:1", anchor, staff))
    slot()
    assert states([touch]) == ["queued"]
    assert (touch.identity_id, touch.customer_id) == (friend.identity_id, anchor.customer_id)
    value = Identity.objects.get(pk=friend.identity_id).value
    assert body_of(touch.dispatch)["external_userid"] == [value]
    assert ContactLedger.objects.get().identity_id == friend.identity_id
