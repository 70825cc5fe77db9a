"""Who lost the lease changes nothing; who comes too late does not begin."""

import time
from datetime import timedelta
from types import SimpleNamespace

import pytest

from common import sql
from customers.models import Event
from tests.makers import NOW
from tests.touches.world import Script, only_dispatch, plan_for, pump
from touches.models import Dispatch, EffectLog, Touch
from touches.services import settling
from touches.services.cancelling import CancelReport, cancel_touches
from touches.services.claiming import claim_due, reap_expired
from touches.services.outcomes import Outcome, Reply, Verdict
from touches.services.plan import plan_touch
from touches.services.sending import expire_overdue, replay_dead
from touches.services.settling import settle
from wecom import errors

pytestmark = pytest.mark.django_db

MESSAGE = Dispatch.Kind.STAFF_MESSAGE


def lose_lease() -> None:
    sql.execute(
        "UPDATE touches_dispatch SET lease_until = clock_timestamp() WHERE state = 'sending'"
    )
    reap_expired(NOW)


def test_a_worker_that_wakes_after_its_lease_settles_nothing():
    plan_touch(plan_for(), now=NOW)
    [slow] = claim_due([MESSAGE], limit=1, now=NOW)
    lose_lease()
    [quick] = claim_due([MESSAGE], limit=1, now=NOW)
    assert quick.token == slow.token + 1
    assert settle([Verdict(slow.id, slow.token, Outcome("refused"))], actor="slow", now=NOW) == []
    assert only_dispatch().state == "sending"
    settled = settle(
        [Verdict(quick.id, quick.token, Outcome.done(Reply("M")))], actor="quick", now=NOW
    )
    assert [row.state for row in settled] == ["done"]
    assert settle([Verdict(slow.id, slow.token, Outcome("refused"))], actor="slow", now=NOW) == []
    assert only_dispatch().state == "done"


def test_a_verdict_that_cannot_be_settled_keeps_no_other_from_it(monkeypatch, caplog):
    for number in range(4):
        plan_touch(plan_for(f"test:{number}"), now=NOW)
    poisoned = Touch.objects.get(key="test:2")
    record = settling.record_events

    def choke(events, *, now):
        if any(event.payload.touch_uid == str(poisoned.uid) for event in events):
            raise ValueError("cannot be told")
        return record(events, now=now)

    monkeypatch.setattr(settling, "record_events", choke)
    report = pump(Script(), budget_seconds=0)
    assert (report.claimed, report.overtaken) == (4, 1)
    states = Dispatch.objects.order_by("id").values_list("key", "state")
    assert sorted(states) == [
        ("touch:test:0", "done"),
        ("touch:test:1", "done"),
        ("touch:test:2", "sending"),
        ("touch:test:3", "done"),
    ]
    assert Event.objects.filter(type="touch_sent").count() == 3
    assert [record.msg for record in caplog.records] == ["not_settled"]
    monkeypatch.undo()
    lose_lease()
    assert Dispatch.objects.get(key="touch:test:2").ambiguous_rounds == 1


def test_the_pump_counts_what_was_no_longer_its_own():
    plan_touch(plan_for(), now=NOW)
    script = Script()
    script.before = lambda claimed: lose_lease()
    report = pump(script, budget_seconds=0)
    assert (report.claimed, report.overtaken) == (1, 1)
    assert only_dispatch().state == "pending"


def test_a_call_that_could_outlive_its_lease_is_given_back(monkeypatch):
    plan_touch(plan_for(), now=NOW)
    slept = SimpleNamespace(monotonic=lambda: time.monotonic() - 23)
    monkeypatch.setattr("touches.services.claiming.time", slept)
    script = Script()
    pump(script, budget_seconds=0)
    dispatch = only_dispatch()
    assert script.calls == []
    assert (dispatch.state, dispatch.attempts, dispatch.ambiguous_rounds) == ("pending", 0, 0)


def test_what_was_not_sent_can_be_withdrawn():
    plan_touch(plan_for(), now=NOW)
    touch = Touch.objects.get()
    report = cancel_touches([touch.pk], reason="活动结束", actor="user:1", now=NOW)
    script = Script()
    pump(script)
    touch.refresh_from_db()
    assert report == CancelReport(cancelled=1, not_recalled=0)
    assert (touch.state, touch.reason, only_dispatch().state) == (
        "cancelled",
        "活动结束",
        "cancelled",
    )
    assert script.calls == []
    assert EffectLog.objects.filter(touch=touch, actor="user:1", to_state="cancelled").exists()


def test_what_is_under_way_is_not_recalled_but_not_repeated_either():
    plan_touch(plan_for(), now=NOW)
    touch = Touch.objects.get()
    script = Script(errors.Transient("6000", retry_after_seconds=0))
    reports = []
    script.before = lambda claimed: reports.append(
        cancel_touches([touch.pk], reason="停止", actor="user:1", now=NOW)
    )
    pump(script)
    pump(script, now=NOW + timedelta(hours=1))
    touch.refresh_from_db()
    assert reports == [CancelReport(cancelled=0, not_recalled=1)]
    assert (only_dispatch().state, touch.state, len(script.calls)) == ("cancelled", "cancelled", 1)


def test_what_is_under_way_and_succeeds_was_sent():
    plan_touch(plan_for(), now=NOW)
    touch = Touch.objects.get()
    script = Script()
    script.before = lambda claimed: cancel_touches(
        [touch.pk], reason="停止", actor="user:1", now=NOW
    )
    pump(script)
    touch.refresh_from_db()
    sent = Dispatch.objects.get(kind=Dispatch.Kind.STAFF_MESSAGE)
    assert (sent.state, len(script.effects)) == ("done", 1)
    # The card that arrived is closed and changed, and its task is over.
    assert (touch.state, touch.dispatch_id) == ("cancelled", sent.pk)


def test_withdrawing_after_an_unclear_try_is_honest_about_it(settings):
    settings.DISPATCH_SETTLE_SECONDS = 30
    plan_touch(plan_for(), now=NOW)
    pump(Script(errors.Ambiguous("-1")))
    touch = Touch.objects.get()
    report = cancel_touches([touch.pk], reason="停止", actor="user:1", now=NOW)
    touch.refresh_from_db()
    assert report == CancelReport(cancelled=0, not_recalled=1)
    assert (only_dispatch().state, touch.state) == ("unknown", "unknown")


def test_a_task_nobody_confirmed_ends_with_its_validity():
    plan_touch(plan_for(valid_for=timedelta(hours=4)), now=NOW)
    pump(Script())
    assert expire_overdue(NOW + timedelta(hours=3)) == 0
    assert expire_overdue(NOW + timedelta(hours=4)) == 1
    touch = Touch.objects.get()
    assert (touch.state, touch.reason) == ("expired", "员工未在有效期内处理")
    assert only_dispatch().state == "done"


def test_what_waited_too_long_is_not_sent_any_more():
    plan_touch(plan_for(valid_for=timedelta(hours=4)), now=NOW)
    assert expire_overdue(NOW + timedelta(hours=5)) == 1
    assert (only_dispatch().state, Touch.objects.get().state) == ("expired", "expired")


def test_what_people_mended_is_sent_after_all():
    plan_touch(plan_for(), now=NOW)
    pump(Script(errors.Misconfigured("48002")))
    assert replay_dead([only_dispatch().id], actor="user:1", now=NOW) == 1
    pump(Script())
    assert (only_dispatch().state, Touch.objects.get().state) == ("done", "dispatched")
    assert replay_dead([only_dispatch().id], actor="user:1", now=NOW) == 0
