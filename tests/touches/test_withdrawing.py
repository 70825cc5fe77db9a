"""What is withdrawn does not leave; where it cannot be recalled, that is said and counted."""

import json
from datetime import timedelta

import pytest

from tests.makers import NOW
from tests.touches.mass_world import (
    CANCEL,
    MASS,
    Wecom,
    create_task,
    place_states,
    plan_mass,
    poll,
    settle_time_is_over,
    touch_states,
    touches_of,
)
from tests.touches.world import Script, only_dispatch, plan_for, pump
from touches.models import Dispatch, MassTask, Touch
from touches.services.cancelling import CancelReport, cancel_touches
from touches.services.deciding import Decision, decide_unknown
from touches.services.plan import plan_touch
from wecom import errors

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)


def withdraw(*touches: Touch, now=NOW) -> CancelReport:
    return cancel_touches([t.pk for t in touches], reason="客户已下单", actor="run:1", now=now)


def test_a_customer_is_taken_out_of_a_message_that_has_not_left():
    dispatch = plan_mass("wmA", "wmB", "wmC")
    report = withdraw(touches_of(dispatch)[1])
    script = Script()
    pump(script, MASS)
    [call] = script.calls
    assert report == CancelReport(cancelled=1, not_recalled=0)
    assert json.loads(call.payload)["external_userid"] == ["wmA", "wmC"]
    assert json.loads(call.payload)["text"] == {"content": "周末会员日"}
    assert touch_states() == {"dispatched": 2, "cancelled": 1}
    assert place_states() == {"reserved": 2, "released": 1}


def test_when_nobody_is_left_the_message_does_not_go():
    dispatch = plan_mass("wmA", "wmB")
    first, second = touches_of(dispatch)
    withdraw(first)
    withdraw(second)
    script = Script()
    pump(script, MASS)
    assert (only_dispatch().state, script.calls) == ("cancelled", [])
    assert (touch_states(), place_states()) == ({"cancelled": 2}, {"released": 2})


def test_one_of_several_in_a_created_task_is_marked_and_the_task_goes_on():
    task = create_task("wmA", "wmB")
    first, second = touches_of(task.dispatch)
    assert withdraw(first) == CancelReport(cancelled=0, not_recalled=1)
    first.refresh_from_db()
    task.refresh_from_db()
    assert (first.state, first.withdrawn_at, task.state) == ("dispatched", NOW, "open")
    # It may still leave, so its place is not given to another message yet.
    assert place_states() == {"reserved": 2}
    wecom = Wecom()
    wecom.confirm(task, {"wmA": 1, "wmB": 1}, NOW + 5 * MINUTE)
    poll(wecom, NOW + 6 * MINUTE)
    first, second = touches_of(task.dispatch)
    assert (first.state, first.reason) == ("delivered", "退出后仍发出")
    assert (second.state, second.reason) == ("delivered", "")
    assert place_states() == {"spent": 2}


def test_what_had_left_before_the_withdrawal_is_not_blamed_on_it():
    task = create_task("wmA")
    withdraw(*touches_of(task.dispatch), now=NOW + 5 * MINUTE)
    wecom = Wecom()
    wecom.confirm(task, {"wmA": 1}, NOW + 4 * MINUTE)
    pump(Script(), CANCEL, now=NOW + 5 * MINUTE)
    poll(wecom, NOW + 6 * MINUTE)
    [touch] = touches_of(task.dispatch)
    assert (touch.state, touch.reason) == ("delivered", "")


def test_a_task_in_which_nobody_is_wanted_is_stopped():
    task = create_task("wmA", "wmB")
    first, second = touches_of(task.dispatch)
    withdraw(first)
    assert not Dispatch.objects.filter(kind="mass_cancel").exists()
    withdraw(second)
    task.refresh_from_db()
    assert task.state == "stopping"
    script = Script()
    pump(script, CANCEL)
    assert json.loads(script.calls[0].payload) == {"msgid": task.msgid}
    poll(Wecom(), NOW + MINUTE)
    assert (touch_states(), place_states()) == ({"cancelled": 2}, {"released": 2})
    assert {t.reason for t in touches_of(task.dispatch)} == {"客户已下单"}


def test_what_leaves_after_all_is_told_even_when_the_task_is_over():
    task = create_task("wmA")
    withdraw(*touches_of(task.dispatch))
    pump(Script(), CANCEL)
    wecom = Wecom()
    poll(wecom, NOW + MINUTE)
    wecom.confirm(task, {"wmA": 1}, NOW + 3 * MINUTE)
    poll(wecom, NOW + 12 * MINUTE)
    [touch] = touches_of(task.dispatch)
    assert (touch.state, touch.reason) == ("delivered", "退出后仍发出")
    assert place_states() == {"spent": 1}


def test_withdrawn_while_the_call_is_under_way_the_task_is_stopped_as_soon_as_it_exists():
    dispatch = plan_mass("wmA", "wmB")
    script = Script()
    script.before = lambda claimed: withdraw(*touches_of(dispatch))
    pump(script, MASS)
    assert (only_task_state(), touch_states()) == ("stopping", {"dispatched": 2})
    pump(script, CANCEL, now=NOW + MINUTE)
    poll(Wecom(), NOW + 2 * MINUTE)
    assert touch_states() == {"cancelled": 2}


@pytest.mark.parametrize(
    ("executed", "expected"), [(True, {"dispatched": 2}), (False, {"cancelled": 2})]
)
def test_withdrawn_after_an_unclear_try_it_is_looked_up_first(settings, executed, expected):
    settings.DISPATCH_SETTLE_SECONDS = 30
    dispatch = plan_mass("wmA", "wmB")
    script = Script(errors.Ambiguous("time-out"), executed=[executed])
    pump(script, MASS)
    assert withdraw(*touches_of(dispatch)) == CancelReport(cancelled=0, not_recalled=2)
    settle_time_is_over()
    pump(script, MASS, now=NOW + MINUTE)
    assert (len(script.calls), touch_states()) == (1, expected)
    assert MassTask.objects.filter(state="stopping").exists() == executed


def test_a_task_card_is_closed_and_says_so():
    plan_touch(plan_for(), now=NOW)
    pump(Script())
    [touch] = Touch.objects.all()
    assert withdraw(touch) == CancelReport(cancelled=1, not_recalled=0)
    touch.refresh_from_db()
    assert (touch.state, touch.reason) == ("cancelled", "客户已下单")
    body = json.loads(Dispatch.objects.get(kind="card_update").payload)
    assert body["response_code"] == "RC-1"
    assert body["button"] == {"replace_name": "已撤回"}
    assert withdraw(touch) == CancelReport(cancelled=0, not_recalled=0)


def test_a_card_withdrawn_while_it_was_under_way_is_closed_when_it_arrives():
    plan_touch(plan_for(), now=NOW)
    [touch] = Touch.objects.all()
    script = Script()
    script.before = lambda claimed: withdraw(touch)
    pump(script)
    touch.refresh_from_db()
    assert (touch.state, touch.reason) == ("cancelled", "客户已下单")
    assert Dispatch.objects.filter(kind="card_update").count() == 1


@pytest.mark.parametrize(("verdict", "closed"), [("sent", 1), ("not_sent", 0)])
def test_a_withdrawn_card_of_unknown_fate_is_not_sent_whatever_people_say(verdict, closed):
    plan_touch(plan_for(), now=NOW)
    [touch] = Touch.objects.all()
    script = Script(errors.Ambiguous("time-out"))
    script.before = lambda claimed: withdraw(touch)
    pump(script)
    call = Dispatch.objects.get(kind="staff_message")
    assert call.state == "unknown"
    Dispatch.objects.update(response_code="RC-1")
    decide_unknown(call.pk, verdict=Decision(verdict), actor="user:1", now=NOW)
    pump(script, now=NOW + MINUTE)
    touch.refresh_from_db()
    assert (touch.state, len(script.calls)) == ("cancelled", 1)
    assert Dispatch.objects.filter(kind="card_update").count() == closed


def test_what_is_over_is_left_alone():
    task = create_task("wmA")
    wecom = Wecom()
    wecom.confirm(task, {"wmA": 1}, NOW + MINUTE)
    poll(wecom, NOW + 2 * MINUTE)
    assert withdraw(*touches_of(task.dispatch)) == CancelReport(cancelled=0, not_recalled=0)
    assert touch_states() == {"delivered": 1}


def only_task_state() -> str:
    return MassTask.objects.get().state
