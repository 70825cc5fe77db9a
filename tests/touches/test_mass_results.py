"""What became of every customer is known to the last one, in whatever order it is told."""

import itertools
from datetime import timedelta

import pytest

from common import clock
from customers.models import Event
from tests.makers import NOW
from tests.touches.mass_world import (
    CANCEL,
    Wecom,
    create_task,
    place_states,
    poll,
    touch_states,
    touches_of,
)
from tests.touches.world import Script, pump
from touches.models import ContactLedger, Dispatch, Touch
from touches.services.cancelling import cancel_touches
from touches.services.mass_ends import stop_ended_tasks
from touches.services.mass_polling import claim_looks
from touches.services.mass_results import apply_results
from wecom import errors
from wecom.api.mass import MassResult

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)
PEOPLE = ("wmA", "wmB", "wmC", "wmD")


def stop(now) -> None:
    """Stop what has ended, let WeCom agree, and look once more."""
    stop_ended_tasks(now)
    pump(Script(), CANCEL, now=now)


def test_each_result_ends_its_touch_and_its_place():
    task = create_task(*PEOPLE)
    wecom = Wecom()
    poll(wecom, NOW + MINUTE)
    assert touch_states() == {"dispatched": 4}
    sent_at = NOW + timedelta(minutes=3)
    wecom.confirm(task, {"wmA": 1, "wmB": 2, "wmC": 3, "wmD": 1}, sent_at)
    poll(wecom, NOW + 5 * MINUTE)
    task.refresh_from_db()
    told = [(t.state, t.reason) for t in touches_of(task.dispatch)]
    assert told == [
        ("delivered", ""),
        ("refused", "不再是好友"),
        ("refused", "接收额度已用完"),
        ("delivered", ""),
    ]
    assert place_states() == {"spent": 2, "released": 2}
    assert (task.state, task.confirmed_at, task.poll_at, task.remind_at) == (
        "final",
        sent_at,
        None,
        None,
    )
    events = list(Event.objects.values_list("type", "occurred_at", "payload__lane"))
    assert events == [("touch_sent", sent_at, "M")] * 2


def test_a_place_moves_to_the_day_of_sending():
    task = create_task("wmA", due_at=NOW, valid_for=timedelta(days=20))
    wecom = Wecom()
    sent_at = NOW + timedelta(days=9, hours=14)
    wecom.confirm(task, {"wmA": 1}, sent_at)
    poll(wecom, sent_at + MINUTE)
    place = ContactLedger.objects.get()
    assert (place.state, place.counted_at) == ("spent", sent_at)
    assert place.counted_on == clock.local_date(sent_at) != clock.local_date(NOW)
    assert place.counted_on.month == 12


def test_results_that_are_missing_are_waited_for_and_then_ended_with_a_reason():
    task = create_task(*PEOPLE)
    wecom = Wecom()
    wecom.confirm(task, {"wmA": 1, "wmB": 0, "wmC": 0}, NOW + MINUTE)
    poll(wecom, NOW + 2 * MINUTE)
    task.refresh_from_db()
    assert (task.state, touch_states()) == ("confirmed", {"delivered": 1, "dispatched": 3})
    poll(wecom, NOW + 32 * MINUTE)
    task.refresh_from_db()
    assert task.state == "final"
    assert [(t.state, t.reason) for t in touches_of(task.dispatch)] == [
        ("delivered", ""),
        ("expired", "员工已确认, 企业微信未发出"),
        ("expired", "员工已确认, 企业微信未发出"),
        ("refused", "不是好友或不在可见范围"),
    ]
    assert place_states() == {"spent": 1, "released": 3}
    wecom.confirm(task, {"wmA": 1, "wmB": 1, "wmC": 0}, NOW + 40 * MINUTE)
    poll(wecom, NOW + 43 * MINUTE)
    late = touches_of(task.dispatch)[1]
    assert (late.state, late.reason) == ("delivered", "过期后仍发出")
    assert place_states() == {"spent": 2, "released": 2}


def test_what_nobody_confirmed_is_stopped_and_expires():
    task = create_task(*PEOPLE)
    end = NOW + timedelta(hours=4)
    wecom = Wecom()
    assert stop_ended_tasks(end - MINUTE) == 0
    assert stop_ended_tasks(end) == 1
    assert stop_ended_tasks(end) == 0
    poll(wecom, end)
    assert touch_states() == {"dispatched": 4}
    pump(Script(), CANCEL, now=end)
    poll(wecom, end + MINUTE)
    task.refresh_from_db()
    assert (task.state, touch_states(), place_states()) == (
        "final",
        {"expired": 4},
        {"released": 4},
    )
    assert {t.reason for t in touches_of(task.dispatch)} == {"员工未在有效期内确认"}
    assert Dispatch.objects.get(kind="mass_cancel").state == "done"
    assert not Event.objects.exists()


def test_a_stop_that_failed_is_not_waited_for_forever():
    create_task(*PEOPLE)
    end = NOW + timedelta(hours=4)
    stop_ended_tasks(end)
    pump(Script(errors.ItemRefused("41047")), CANCEL, now=end)
    poll(Wecom(), end + MINUTE)
    assert touch_states() == {"expired": 4}


def test_who_confirmed_right_before_the_stop_is_counted():
    task = create_task(*PEOPLE)
    end = NOW + timedelta(hours=4)
    wecom = Wecom()
    wecom.confirm(task, {"wmA": 1, "wmB": 1, "wmC": 2, "wmD": 0}, end - timedelta(seconds=2))
    stop(end)
    poll(wecom, end + MINUTE)
    task.refresh_from_db()
    assert (task.state, touch_states()) == (
        "confirmed",
        {"delivered": 2, "refused": 1, "dispatched": 1},
    )
    poll(wecom, end + timedelta(hours=1))
    assert touch_states() == {"delivered": 2, "refused": 1, "expired": 1}


def test_what_left_after_its_end_is_delivered_and_says_so():
    task = create_task("wmA", "wmB")
    end = NOW + timedelta(hours=4)
    wecom = Wecom()
    stop(end)
    poll(wecom, end + MINUTE)
    wecom.confirm(task, {"wmA": 1, "wmB": 1}, end + 5 * MINUTE, wmB=end - MINUTE)
    poll(wecom, end + 12 * MINUTE)
    first, second = touches_of(task.dispatch)
    assert (first.state, first.reason) == ("delivered", "过期后仍发出")
    assert (second.state, second.reason) == ("delivered", "")
    assert place_states() == {"spent": 2}
    assert Event.objects.count() == 2


def test_late_looks_become_rarer_and_end():
    create_task("wmA")
    end = NOW + timedelta(hours=4)
    wecom = Wecom()
    stop(end)
    poll(wecom, end + MINUTE)
    for minutes in range(10, 60 * 48, 10):
        poll(wecom, end + timedelta(minutes=minutes + 2))
    assert 4 <= len(wecom.looks) <= 7
    assert poll(wecom, end + timedelta(days=30)) == 0


def test_at_the_begin_of_quiet_hours_all_open_tasks_are_stopped():
    create_task("wmA", valid_for=timedelta(hours=20))
    evening = NOW.replace(hour=13, minute=59)
    assert stop_ended_tasks(evening) == 0
    assert stop_ended_tasks(evening + MINUTE) == 1
    assert Dispatch.objects.filter(kind="mass_cancel").count() == 1


def test_a_task_stopped_in_wecoms_console_is_over():
    task = create_task("wmA")
    wecom = Wecom()
    wecom.stopped.add(task.msgid)
    poll(wecom, NOW + MINUTE)
    assert [(t.state, t.reason) for t in touches_of(task.dispatch)] == [
        ("cancelled", "群发已在企业微信停止")
    ]
    assert place_states() == {"released": 1}


def test_results_may_come_in_any_order_and_twice():
    ends = set()
    told = [("wmA", 1), ("wmA", 1), ("wmB", 3), ("wmB", 1)]
    for order in sorted(set(itertools.permutations(told))):
        Touch.objects.all().update(dispatch=None, state="planned")
        task = create_task("wmA", "wmB")
        for value, status in order:
            result = MassResult(
                userid="zhangsan", status=status, external_userid=value, sent_at=NOW + MINUTE
            )
            apply_results(task.dispatch_id, [result], now=NOW + 2 * MINUTE)
        ends.add(tuple(touch.state for touch in touches_of(task.dispatch)))
    assert ends == {("delivered", "delivered")}


def test_a_look_is_claimed_by_one_and_comes_back_when_they_die():
    create_task("wmA")
    due = NOW + MINUTE
    assert len(claim_looks(now=due, limit=5)) == 1
    assert claim_looks(now=due, limit=5) == []
    assert len(claim_looks(now=due + 3 * MINUTE, limit=5)) == 1


def test_a_look_that_was_overtaken_does_not_say_when_to_look_again():
    from touches.services.mass_results import settle_look
    from touches.services.mass_steps import Sight

    task = create_task("wmA")
    [slow] = claim_looks(now=NOW + MINUTE, limit=5)
    [quick] = claim_looks(now=NOW + 4 * MINUTE, limit=5)
    settle_look(quick, Sight(), now=NOW + 4 * MINUTE)
    task.refresh_from_db()
    said = task.poll_at
    settle_look(slow, Sight(), now=NOW + 9 * MINUTE)
    task.refresh_from_db()
    assert task.poll_at == said


def test_a_look_that_fails_is_repeated():
    task = create_task("wmA")
    wecom = Wecom()
    wecom.errors = [errors.RateLimited("45009", retry_after_seconds=300)]
    poll(wecom, NOW + MINUTE)
    task.refresh_from_db()
    assert ("45009" in task.last_error, task.poll_at >= NOW + 6 * MINUTE) == (True, True)
    wecom.confirm(task, {"wmA": 1}, NOW + MINUTE)
    poll(wecom, NOW + 7 * MINUTE)
    assert touch_states() == {"delivered": 1}


def test_tasks_are_looked_at_often_at_first_and_right_before_their_end():
    task = create_task("wmA", valid_for=timedelta(hours=2))
    wecom, moments, moment = Wecom(), [], task.poll_at
    while moment < task.valid_until:
        poll(wecom, moment)
        moments.append(moment)
        task.refresh_from_db()
        moment = task.poll_at
    gaps = [round((b - a).total_seconds()) for a, b in itertools.pairwise(moments)]
    assert (gaps[0], max(gaps)) == (45, 600)
    assert moments[-1] == task.valid_until - timedelta(seconds=30)


def test_a_late_look_that_fails_once_gives_nobody_up():
    task = create_task("wmA")
    wecom, late = Wecom(), task.valid_until + timedelta(days=3)
    wecom.errors = [errors.Transient("busy")]
    poll(wecom, late)
    assert touch_states() == {"dispatched": 1}
    wecom.confirm(task, {"wmA": 1}, NOW + 5 * MINUTE)
    poll(wecom, late + 5 * MINUTE)
    task.refresh_from_db()
    assert (touch_states(), task.failing_since) == ({"delivered": 1}, None)


def test_what_cannot_be_read_for_a_day_is_unknown_also_of_whom_was_to_be_spared():
    task = create_task("wmA", "wmB")
    spared = touches_of(task.dispatch)[0]
    cancel_touches([spared.pk], reason="已退出旅程:下单", actor="journey", now=NOW)
    wecom, late = Wecom(), task.valid_until + timedelta(days=3)
    for hours in (0, 12, 25):
        wecom.errors = [errors.Transient("busy")]
        poll(wecom, late + timedelta(hours=hours))
    assert [(t.state, t.reason) for t in touches_of(task.dispatch)] == [
        ("unknown", "结果无法查询"),
        ("unknown", "结果无法查询"),
    ]
    assert place_states() == {"reserved": 2}
