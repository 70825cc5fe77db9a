"""For whoever is, or was, in a journey every leg, touch and decision is told."""

import pytest

from customers.events import OrderPaid
from customers.models import Customer, Identity
from sop.models import ArmAssignment, JourneyRun
from sop.selectors.explain import explain
from sop.services.publishing import change_draft, publish
from sop.services.stopping import stop_runs
from tests.makers import NOW
from tests.sop.explaining import ask, passed, touch, wait
from tests.sop.world import befriend, happen, later, live, program, run_until

pytestmark = pytest.mark.django_db


def test_a_run_that_waits_says_where_and_until_when():
    goals = [{"name": "首购", "event": "order_paid", "days": 14}]
    journey = live(raw=program(touch("greet"), wait(hours=2), touch("second"), goals=goals))
    person = befriend()
    run_until(NOW)

    told = ask(person, journey)

    (run,) = told.runs
    assert (run.version, run.is_current_version, run.is_control) == (1, True, False)
    assert passed(run) == [
        ("员工任务·关怀《问候》", "触达", "已计划触达，于 2026-11-22 11:00"),
        ("歇一会儿", "等待", "开始等待，到 2026-11-22 13:00"),
    ]
    assert (run.standing.title, run.standing.waits_for) == ("歇一会儿", "等待 2 小时")
    assert run.standing.until == later(hours=2)
    assert [(goal.name, goal.until, goal.is_open) for goal in run.goals] == [
        ("首购", later(days=14), True)
    ]
    assert told.answer == (
        "在旅程中（第 1 版），停在「歇一会儿」：等待 2 小时，到 2026-11-22 13:00。"
    )
    assert told.entry_now is None
    assert [(one.step, one.arm) for one in run.exposures] == [("greet", "treated")]


def test_the_control_group_is_told_apart():
    promo = touch("promo", purpose="promotion")
    journey = live(raw=program(promo, wait(days=1), control_percent=50))
    people = [befriend() for _ in range(12)]
    run_until(NOW)
    control = JourneyRun.objects.filter(is_control=True).first()
    person = next(p for p in people if p.identity_id == control.identity_id)

    told = ask(person, journey)

    assert told.answer.startswith("在旅程中（第 1 版），对照组，停在「歇一会儿」")
    assert passed(told.runs[0])[0][2] == "对照组，本应执行"
    assert [(arm.title, arm.arm) for arm in told.arms] == [("对照分组", "对照组")]
    assert [one.arm for one in told.runs[0].exposures] == ["control"]
    assert told.runs[0].touches == ()


def test_an_experiment_shows_the_arm_that_was_drawn():
    arms = [{"label": "甲", "steps": [touch("a")]}, {"label": "乙", "steps": [touch("b")]}]
    lot = {"id": "x", "type": "experiment", "arms": arms, "label": "标题实验"}
    journey = live(raw=program(lot))
    person = befriend()
    run_until(NOW)

    told = ask(person, journey)

    drawn = ArmAssignment.objects.get().arm
    assert [(arm.title, arm.arm) for arm in told.arms] == [("标题实验", drawn)]
    assert passed(told.runs[0])[0] == ("标题实验", "实验", f"走「{drawn}」")


def test_a_skipped_step_keeps_the_value_of_then_and_shows_that_of_now():
    condition = {"any": [{"field": "order_count", "op": ">=", "value": 1}, {"tag": "猫"}]}
    journey = live(raw=program(touch("care", **{"if": condition}), wait(days=1)))
    person = befriend()
    run_until(NOW)
    happen(person, OrderPaid(order_no="A", amount_fen=100), at=later(hours=1))

    step = ask(person, journey, later(hours=1)).runs[0].legs[1].steps[0]

    assert step.label == "跳过，条件不成立"
    assert step.detail == "正装订单数 ≥ 1（实际 0）；有标签「猫」（实际 没有）"
    (now,) = step.now
    assert (now.is_met, [(f.text, f.is_met, f.actual) for f in now.findings]) == (
        True,
        [
            ("至少一项成立", True, ""),
            ("正装订单数 ≥ 1", True, "1"),
            ("有标签「猫」", False, "没有"),
        ],
    )


def test_a_branch_tells_why_it_was_taken():
    arms = [
        {"label": "买过", "when": {"field": "order_count", "op": ">=", "value": 1}},
        {"label": "好友", "when": {"field": "relation", "op": "=", "value": "friend"}},
    ]
    journey = live(raw=program({"id": "d", "type": "decide", "arms": arms}, wait()))
    person = befriend()
    run_until(NOW)

    step = ask(person, journey).runs[0].legs[1].steps[0]

    assert (step.label, step.detail) == ("走「好友」", "好友关系 = 好友（实际 好友）")
    assert [(one.label, one.is_met) for one in step.now] == [
        ("分支「买过」", False),
        ("分支「好友」", True),
    ]


def test_an_exit_tells_its_reason_its_event_and_what_was_withdrawn():
    exits = [{"event": "order_paid", "reason": "首购"}]
    journey = live(raw=program(touch("greet"), wait(days=30), exits=exits))
    person = befriend()
    run_until(NOW)
    happen(person, OrderPaid(order_no="A", amount_fen=100), at=later(hours=1))

    told = ask(person, journey, later(hours=2))

    run = told.runs[0]
    assert (run.state, run.standing, run.ended_at) == ("exited", None, later(hours=1))
    assert (run.legs[-1].label, run.legs[-1].reason) == ("退出", "首购")
    assert run.legs[-1].event.label == "下单付款"
    assert run.touches[0].story.touch.reason == "已退出旅程:首购"
    assert told.answer == "进入过（第 1 版），于 2026-11-22 12:00 已退出：首购。"


def test_a_parked_run_waits_for_people(monkeypatch):
    journey = live(raw=program(wait(days=1)))
    person = befriend()
    monkeypatch.setattr("sop.services.executor.advance", lambda *_, **__: 1 / 0)
    for minute in range(3):
        run_until(later(minutes=minute))

    told = ask(person, journey, later(minutes=5))

    assert told.runs[0].state == "parked"
    assert told.runs[0].legs[-1].label == "出错搁置"
    waits = "出错搁置，等待人工恢复：ZeroDivisionError: division by zero"
    assert told.answer == f"在旅程中（第 1 版），{waits}。"


def test_a_run_stays_explained_by_the_version_it_entered_by():
    journey = live(raw=program(wait(days=1)))
    person = befriend()
    run_until(NOW)
    change_draft(journey.pk, program=program(touch("new")), now=NOW)
    publish(journey.pk, now=NOW)
    journey.refresh_from_db()

    told = ask(person, journey)

    assert (told.version, told.runs[0].version, told.runs[0].is_current_version) == (2, 1, False)
    assert told.runs[0].standing.title == "歇一会儿"


def test_a_merge_brings_both_peoples_runs_together():
    journey = live(raw=program(wait(days=1)))
    older, younger = befriend(), befriend(at=later(seconds=1))
    Identity.objects.filter(pk=younger.identity_id).update(customer_id=older.customer_id)

    assert len(ask(older, journey).runs) == 2
    assert len(ask(younger, journey).runs) == 0


def test_a_stopped_run_says_by_whom():
    journey = live(raw=program(wait(days=1)))
    person = befriend()
    stop_runs(journey.pk, reason="运营停止", now=later(hours=1))

    told = ask(person, journey, later(hours=2))

    assert [leg.label for leg in told.runs[0].legs] == ["进入", "人工停止"]
    assert told.answer == "进入过（第 1 版），于 2026-11-22 12:00 人工停止：运营停止。"


def test_it_takes_as_many_queries_whatever_happened(django_assert_max_num_queries):
    entry = {"events": [{"event": "order_paid"}], "reentry": {"policy": "keyed", "key": "order_no"}}
    skipped = touch("t", **{"if": {"event": "link_opened", "since": "entry"}})
    journey = live(raw=program(touch("a"), skipped, wait(days=1), entry=entry))
    person = befriend()
    for n in range(6):
        happen(person, OrderPaid(order_no=f"N{n}", amount_fen=100), at=later(minutes=n))
    run_until(later(minutes=10))

    customer = Customer.objects.get(pk=person.customer_id)
    with django_assert_max_num_queries(15):
        told = explain(customer, journey, now=later(minutes=10))
    assert len(told.runs) == 6
