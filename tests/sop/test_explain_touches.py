"""Each touch of a run is told with its call, its task at WeCom, its place and its winner."""

import pytest

from common.ids import uuid7
from sop.selectors.explain_text import explanation_text
from tests.makers import NOW
from tests.sop.explaining import ask, call_for, passed, touch, wait
from tests.sop.world import befriend, later, live, program, run_until
from touches.models import ContactLedger, EffectLog, MassTask, Touch

pytestmark = pytest.mark.django_db


def test_a_suppressed_touch_names_its_reason_and_the_winner_with_its_journey():
    journey = live(raw=program(touch("greet"), wait(days=1)))
    other = live("J2", program(touch("promo", title="大促"), wait(days=1)))
    person = befriend()
    run_until(NOW)
    winner = Touch.objects.get(origin_step="promo")
    Touch.objects.filter(origin_step="greet").update(
        state="suppressed", reason="已达频次上限：促销 2/7 天", winner=winner, finished_at=NOW
    )

    (told,) = ask(person, journey).runs[0].touches

    assert (told.story.touch.state, told.story.touch.reason) == (
        "suppressed",
        "已达频次上限：促销 2/7 天",
    )
    assert (told.story.winner.title, told.winner_journey) == ("大促", f"{other.code} {other.name}")


def test_a_touch_of_unknown_fate_holds_the_run_and_its_history_is_told():
    journey = live(raw=program(touch("first"), wait(hours=1), touch("second")))
    person = befriend()
    run_until(NOW)
    sent = Touch.objects.get()
    dispatch = call_for(sent, state="unknown", attempts=3, last_error="ReadTimeout: 10 s")
    Touch.objects.update(state="unknown", reason="ReadTimeout: 10 s")
    EffectLog.objects.create(
        dispatch=dispatch, from_state="sending", to_state="unknown", actor="w1", token=7
    )
    run_until(later(hours=1))

    told = ask(person, journey, later(hours=1))

    run = told.runs[0]
    assert run.standing.waits_for == "有触达结果未知，等待人工处理"
    assert passed(run)[-1] == ("歇一会儿", "等待", "暂缓")
    story = run.touches[0].story
    assert (story.call.attempts, story.call.last_error) == (3, "ReadTimeout: 10 s")
    assert [(e.is_call, e.to_label, e.actor) for e in story.effects] == [
        (False, "已计划", story.effects[0].actor),
        (True, "结果未知", "w1"),
    ]


def test_a_mass_task_tells_whether_it_was_confirmed_and_the_place_it_takes():
    message = touch("m", lane="M", content={"text": "换季小知识"})
    journey = live(raw=program(message, wait(days=1)))
    person = befriend()
    run_until(NOW)
    sent = Touch.objects.get()
    dispatch = call_for(sent, kind="mass_message", state="done", wecom_ref="msg1")
    Touch.objects.update(state="delivered")
    MassTask.objects.create(
        dispatch=dispatch,
        staff=sent.staff,
        msgid="msg1",
        state="confirmed",
        created_at=NOW,
        valid_until=later(hours=4),
        confirmed_at=later(hours=1),
        reminded_count=1,
    )
    ContactLedger.objects.create(
        id=1,
        counted_on=NOW.date(),
        counted_at=NOW,
        identity=sent.identity,
        corp=dispatch.corp,
        staff=sent.staff,
        touch=sent,
        lane="M",
        purpose="care",
        state="spent",
    )

    story = ask(person, journey, later(hours=2)).runs[0].touches[0].story

    assert (story.mass_task.state_label, story.mass_task.confirmed_at) == (
        "员工已确认",
        later(hours=1),
    )
    assert story.mass_task.reminded_count == 1
    assert [(place.counted_on, place.state_label) for place in story.places] == [
        (NOW.date(), "已使用")
    ]


def test_a_staff_task_tells_who_did_it_and_when():
    journey = live(raw=program(touch("greet"), wait(days=1)))
    person = befriend()
    run_until(NOW)
    sent = Touch.objects.get()
    call_for(sent, state="done", done_at=later(minutes=1))
    Touch.objects.update(state="dispatched")

    text = explanation_text(ask(person, journey, later(minutes=2)))
    assert "员工任务  卡片已发给 zhangsan，2026-11-22 11:01:00" in text

    Touch.objects.update(state="confirmed", reason="员工已联系", finished_at=later(hours=1))
    text = explanation_text(ask(person, journey, later(hours=2)))
    assert "状态      员工已处理：员工已联系" in text
    assert "员工任务  zhangsan 已处理，2026-11-22 12:00:00" in text


def test_a_postponed_task_stands_under_its_step_with_the_later_one():
    journey = live(raw=program(touch("greet", label="首次问候"), wait(days=1)))
    person = befriend()
    run_until(NOW)
    first = Touch.objects.get()
    Touch.objects.update(state="cancelled", reason="员工选择稍后, 已改期", finished_at=NOW)
    again = Touch.objects.get(pk=first.pk)
    again.pk, again.uid, again.key, again.origin_step = None, uuid7(), f"{first.key}#2", ""
    again.state, again.reason, again.occurrence, again.finished_at = "planned", "", 2, None
    again.save(force_insert=True)

    touches = ask(person, journey).runs[0].touches

    assert [(one.step, one.title, one.story.touch.reason) for one in touches] == [
        ("greet", "首次问候", "员工选择稍后, 已改期"),
        ("greet", "首次问候", ""),
    ]
