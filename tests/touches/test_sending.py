"""A planned touch is sent once, and every kind of answer has its own end."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from common import sql
from customers.models import Event
from tests.makers import NOW
from tests.touches.world import Script, only_dispatch, plan_for, pump, states_of
from touches.models import Dispatch, EffectLog, Touch
from touches.services.plan import plan_touch, plan_touches
from wecom import errors

pytestmark = pytest.mark.django_db


def test_a_planned_touch_waits_as_one_pending_call(rung):
    assert plan_touch(plan_for(), now=NOW)
    touch, dispatch = Touch.objects.get(), only_dispatch()
    assert (touch.state, dispatch.state) == ("queued", "pending")
    assert touch.dispatch_id == dispatch.id
    assert dispatch.payload == '{"touser":"zhangsan"}'
    assert dispatch.deadline_at == touch.valid_until
    assert rung == ["scrm.send_staff_messages"]


def test_planning_a_key_again_changes_nothing():
    plan_touch(plan_for("one"), now=NOW)
    assert not plan_touch(plan_for("one"), now=NOW)
    assert plan_touches([plan_for("one"), plan_for("two"), plan_for("two")], now=NOW) == 1
    assert Touch.objects.count() == Dispatch.objects.count() == 2


def test_success_is_written_down_with_its_event():
    plan_touch(plan_for(), now=NOW)
    script = Script()
    report = pump(script)
    dispatch, touch = only_dispatch(), Touch.objects.get()
    assert report.outcomes == {"done": 1}
    assert (dispatch.state, dispatch.wecom_ref, dispatch.attempts) == ("done", "MSG-1", 1)
    assert (touch.state, touch.finished_at) == ("dispatched", None)
    event = Event.objects.get()
    assert (event.type, event.payload["touch_uid"]) == ("touch_sent", str(touch.uid))
    assert states_of(dispatch) == ["pending", "sending", "done"]


def test_a_welcome_is_delivered_as_soon_as_wecom_took_it():
    plan_touch(plan_for(kind=Dispatch.Kind.WELCOME, lane=Touch.Lane.WELCOME), now=NOW)
    pump(Script(), Dispatch.Kind.WELCOME)
    assert Touch.objects.get().state == "delivered"


def test_an_alert_leaves_no_event_on_the_customer():
    plan_touch(plan_for(lane=Touch.Lane.INTERNAL), now=NOW)
    pump(Script())
    assert Touch.objects.get().state == "delivered"
    assert not Event.objects.exists()


def test_nothing_is_sent_before_it_is_due():
    plan_touch(plan_for(due_at=NOW + timedelta(minutes=5)), now=NOW)
    script = Script()
    pump(script)
    assert script.calls == []
    pump(script, now=NOW + timedelta(minutes=5))
    assert len(script.calls) == 1


@pytest.mark.parametrize(
    ("error", "dispatch_state", "touch_state"),
    [
        (errors.CustomerUnreachable("84061"), "refused", "refused"),
        (errors.StaffUnreachable("60111"), "refused", "refused"),
        (errors.QuotaExceeded("41094"), "refused", "refused"),
        (errors.BadRequest("40058"), "refused", "refused"),
        (errors.Permanent("99999"), "refused", "refused"),
        (errors.WelcomeNotNeeded("41051"), "refused", "refused"),
        (errors.WelcomeExpired("41050"), "expired", "expired"),
        (errors.Misconfigured("48002"), "dead", "queued"),
    ],
)
def test_a_clear_refusal_is_final(error, dispatch_state, touch_state):
    plan_touch(plan_for(), now=NOW)
    script = Script(error)
    pump(script)
    pump(script, now=NOW + timedelta(hours=2))
    dispatch, touch = only_dispatch(), Touch.objects.get()
    assert (dispatch.state, touch.state) == (dispatch_state, touch_state)
    assert type(error).__name__ in dispatch.last_error
    assert len(script.calls) == 1
    assert not Event.objects.exists()


def test_a_passing_error_is_tried_again_with_longer_and_longer_waits():
    plan_touch(plan_for(), now=NOW)
    script = Script(*[errors.Transient("6000", retry_after_seconds=0)] * 3)
    moment = NOW
    waits = []
    for _ in range(3):
        pump(script, now=moment)
        due = only_dispatch().available_at
        waits.append(round((due - moment).total_seconds()))
        moment = due
    pump(script, now=moment)
    assert waits == [1, 4, 16]
    assert only_dispatch().state == "done"
    assert len(script.effects) == 1


def test_eight_passing_errors_end_it_for_people_to_look_at():
    plan_touch(plan_for(valid_for=timedelta(days=9)), now=NOW)
    script = Script(*[errors.Transient("6000")] * 20)
    for day in range(9):
        pump(script, now=NOW + timedelta(hours=day * 2))
    assert (only_dispatch().state, len(script.calls)) == ("dead", 8)


def test_a_closed_window_costs_no_attempt():
    plan_touch(plan_for(), now=NOW)
    script = Script(errors.RateLimited("45009", retry_after_seconds=60))
    pump(script)
    dispatch = only_dispatch()
    assert (dispatch.state, dispatch.attempts) == ("pending", 0)
    assert 60 <= (dispatch.available_at - NOW).total_seconds() < 61
    pump(script, now=NOW + timedelta(seconds=59))
    assert len(script.calls) == 1
    pump(script, now=NOW + timedelta(seconds=62))
    assert only_dispatch().state == "done"


def test_past_its_deadline_it_is_not_sent():
    plan_touch(plan_for(valid_for=timedelta(seconds=20)), now=NOW)
    script = Script()
    pump(script, now=NOW + timedelta(seconds=20))
    assert (only_dispatch().state, Touch.objects.get().state) == ("expired", "expired")
    assert script.calls == []


def test_the_effect_log_cannot_be_rewritten():
    plan_touch(plan_for(), now=NOW)
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        sql.execute("UPDATE touches_effectlog SET to_state = 'done'")
    assert set(EffectLog.objects.values_list("to_state", flat=True)) == {"pending", "queued"}
