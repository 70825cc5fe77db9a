"""A run goes from step to step, and everything it does is written down."""

from datetime import datetime, timedelta

import pytest

from common.clock import SHANGHAI
from customers.events import FriendRemovedByCustomer, LinkOpened, OrderPaid
from sop.models import Exposure, JourneyRun, StepLog
from tests.makers import NOW, make_person
from tests.sop.world import (
    GREETING,
    befriend,
    happen,
    later,
    live,
    only_run,
    outcomes,
    program,
    run_until,
    staff,
    touches,
)
from touches.models import Touch

pytestmark = pytest.mark.django_db
ARTICLE = {
    "link_code": "c",
    "material_id": 1,
    "title": "换粮",
    "purpose": "knowledge",
    "visit": "v",
}
OPENED = LinkOpened(**ARTICLE)
ORDER = OrderPaid(order_no="A1", amount_fen=12_900)


def wait(key="pause", **span):
    return {"id": key, "type": "wait", "for": span or {"hours": 1}}


def touch(key, **over):
    return GREETING | {"id": key} | over


def test_a_new_friend_enters_and_is_touched():
    live()
    befriend()
    assert only_run().state == "active"
    assert run_until(NOW) == 1
    run = only_run()
    assert (run.state, run.reason, run.due_at) == ("done", "走完", None)
    planned = Touch.objects.get()
    assert (planned.lane, planned.state, planned.staff.userid) == ("T", "planned", "zhangsan")
    assert planned.key == f"run:{run.pk}:greet:1"
    assert planned.content == {"body": "{客户}你好"}
    assert outcomes(run) == [("greet", "planned")]
    assert Exposure.objects.values_list("step", "arm").get() == ("greet", "treated")


def test_a_wait_is_kept_to_the_second():
    live(raw=program(wait(hours=1), touch("second")))
    befriend()
    run_until(NOW)
    assert only_run().due_at == later(hours=1)
    assert run_until(later(minutes=59, seconds=59)) == 0
    assert run_until(later(hours=1)) == 1
    assert touches() == [("second", "planned")]


def test_a_slot_is_woken_for_ahead_of_time_and_the_message_stands_at_the_slot():
    message = touch("m", lane="M", purpose="knowledge", content={"text": "换季小知识"})
    live(raw=program({"id": "w", "type": "wait", "day": 1, "slot": 1}, message))
    befriend()
    run_until(NOW)
    slot = datetime(2026, 11, 23, 12, 35, tzinfo=SHANGHAI)
    assert only_run().due_at == slot - timedelta(minutes=10)
    run_until(slot - timedelta(minutes=10))
    planned = Touch.objects.get()
    assert (planned.due_at, planned.lane) == (slot, "M")
    assert len(planned.content_key) == 64


def test_a_branch_takes_the_first_arm_that_holds_and_rejoins():
    arms = [
        {
            "label": "买过",
            "when": {"field": "order_count", "op": ">=", "value": 1},
            "steps": [touch("care")],
        },
        {"label": "没买", "steps": [touch("offer", purpose="activity")]},
    ]
    live(raw=program({"id": "d", "type": "decide", "arms": arms}, touch("both")))
    befriend()
    run_until(NOW)
    assert sorted(step for step, _ in touches()) == ["both", "offer"]
    assert outcomes(only_run())[0] == ("d", "arm")


@pytest.mark.parametrize(
    ("opens_at", "expected"), [(30, "met"), (None, "late"), (-1, "met"), (90, "late")]
)
def test_waiting_for_an_event_ends_with_it_or_with_the_time_out(opens_at, expected):
    waiting = {
        "id": "a",
        "type": "await",
        "event": "link_opened",
        "timeout": {"minutes": 60},
        "met": [touch("met")],
        "late": [touch("late")],
    }
    live(raw=program(waiting))
    person = befriend()
    if opens_at == -1:
        happen(person, OPENED, at=later(seconds=1))
    run_until(later(seconds=2))
    for minute in range(0, 100, 10):
        if opens_at == minute:
            happen(person, OPENED, at=later(minutes=minute))
        run_until(later(minutes=minute, seconds=2))
    assert [step for step, _ in touches()] == [expected]


def test_what_happened_before_does_not_count_where_it_is_not_to():
    waiting = {
        "id": "a",
        "type": "await",
        "event": "link_opened",
        "already_true": False,
        "timeout": {"minutes": 60},
        "met": [touch("met")],
    }
    live(raw=program(wait(minutes=5), waiting))
    person = befriend()
    run_until(NOW)
    happen(person, OPENED, at=later(minutes=1))
    run_until(later(minutes=5))
    assert only_run().step == "a"
    happen(person, OPENED, at=later(minutes=6))
    run_until(later(minutes=6))
    assert touches() == [("met", "planned")]


def test_waiting_for_a_condition_looks_after_each_event():
    condition = {"field": "open_count", "op": ">=", "value": 2}
    waiting = {"id": "a", "type": "await", "when": condition, "timeout": {"days": 1}}
    live(raw=program(waiting, touch("after")))
    person = befriend()
    run_until(NOW)
    happen(person, OPENED, at=later(minutes=1))
    run_until(later(minutes=1))
    run = only_run()
    assert (run.step, run.due_at) == ("a", later(days=1))
    happen(person, OPENED, at=later(minutes=2))
    run_until(later(minutes=2))
    assert outcomes(only_run())[-2:] == [("a", "met"), ("after", "planned")]


def test_an_exit_ends_the_run_at_once_and_withdraws_what_had_not_left():
    exits = [{"event": "order_paid", "where": {"kind": "regular"}, "reason": "首购"}]
    live(raw=program(touch("first"), wait(days=30), touch("never"), exits=exits))
    person = befriend()
    run_until(NOW)
    assert touches() == [("first", "planned")]
    happen(person, ORDER, at=later(minutes=1))
    run = only_run()
    assert (run.state, run.reason, run.due_at) == ("exited", "首购", None)
    assert touches() == [("first", "cancelled")]
    assert Touch.objects.get().reason == "已退出旅程:首购"
    assert run_until(later(days=31)) == 0
    assert StepLog.objects.filter(run=run, kind="exited").get().reason == "首购"


def test_an_exit_rule_that_does_not_match_changes_nothing():
    exits = [{"event": "order_paid", "where": {"kind": "regular"}, "reason": "首购"}]
    live(raw=program(wait(days=30), exits=exits))
    person = befriend()
    run_until(NOW)
    happen(person, OrderPaid(order_no="T", amount_fen=990, kind="trial"), at=later(minutes=1))
    assert only_run().state == "active"


def test_a_condition_that_does_not_hold_skips_the_step():
    skipped = touch("cat", **{"if": {"tag": "猫"}})
    live(raw=program(skipped, touch("all")))
    befriend()
    run_until(NOW)
    assert touches() == [("all", "planned")]
    assert outcomes(only_run())[0] == ("cat", "skipped")


def test_an_exit_step_ends_with_its_reason():
    live(raw=program({"id": "end", "type": "exit", "reason": "未激活"}, touch("never")))
    befriend()
    run_until(NOW)
    run = only_run()
    assert (run.state, run.reason, touches()) == ("done", "未激活", [])


def test_somebody_without_a_friend_among_the_staff_is_not_touched():
    live(raw=program(wait(), touch("late")))
    person = befriend()
    run_until(NOW)
    happen(person, FriendRemovedByCustomer(), at=later(minutes=5))
    run_until(later(hours=1))
    assert Touch.objects.values_list("state", "reason").get() == (
        "suppressed",
        "没有好友关系,无人可触达",
    )


def test_a_run_does_not_pass_a_touch_whose_fate_is_unknown():
    live(raw=program(touch("first"), wait(hours=1), touch("second")))
    befriend()
    run_until(NOW)
    Touch.objects.update(state="unknown")
    run_until(later(hours=1))
    run = only_run()
    assert (run.step, run.due_at) == ("pause", later(hours=1, minutes=10))
    assert outcomes(run)[-1] == ("pause", "held")
    Touch.objects.update(state="delivered")
    run_until(later(hours=1, minutes=10))
    assert [step for step, _ in touches()] == ["first", "second"]


def test_the_same_event_twice_is_one_run():
    live()
    person = make_person()
    happen(person, OPENED, at=later(seconds=-1))
    befriend(person, key="same")
    befriend(person, key="same")
    assert JourneyRun.objects.count() == 1


def test_a_batch_takes_a_constant_number_of_queries(django_assert_max_num_queries):
    live(raw=program(wait(), touch("t"), control_percent=10))
    staff()
    for _ in range(30):
        befriend()
    with django_assert_max_num_queries(26):
        run_until(NOW)
    with django_assert_max_num_queries(32):
        run_until(later(hours=1))
    assert JourneyRun.objects.filter(state="done").count() == 30
