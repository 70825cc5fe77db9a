"""Who comes in, who does not, and why."""

from datetime import timedelta

import pytest

from customers.events import FriendAdded, OrderPaid
from customers.services.ledger import NewEvent
from sop.models import JourneyRun, StepLog
from sop.services.publishing import archive, pause, publish, resume
from sop.services.stopping import stop_runs
from tests.makers import NOW, make_person
from tests.sop.world import (
    FRIEND_ADDED,
    befriend,
    happen,
    later,
    live,
    only_run,
    program,
    record,
    run_until,
    staff,
    touches,
)

pytestmark = pytest.mark.django_db
PAUSE = {"id": "pause", "type": "wait", "for": {"days": 1}}


def order(number: str) -> OrderPaid:
    return OrderPaid(order_no=number, amount_fen=9_900)


def entry(policy, event="friend_added", **over):
    return {"events": [{"event": event}], "reentry": policy} | over


def reasons() -> list[tuple[str, str]]:
    return list(StepLog.objects.order_by("id").values_list("kind", "reason"))


def test_once_is_once_for_ever():
    live(raw=program(entry=entry({"policy": "once"})))
    person = befriend()
    run_until(NOW)
    befriend(person, at=later(days=400))
    assert JourneyRun.objects.count() == 1
    assert reasons()[-1] == ("refused", "已进入过,只进入一次")


def test_after_the_exit_and_its_gap_they_may_come_again():
    live(raw=program(entry=entry({"policy": "after_exit", "gap_hours": 48})))
    person = befriend()
    befriend(person, at=later(minutes=1))
    assert reasons()[-1] == ("refused", "已在旅程中")
    run_until(later(minutes=2))
    befriend(person, at=later(hours=47))
    assert reasons()[-1] == ("refused", "距上次结束不足 48 小时")
    befriend(person, at=later(hours=49))
    assert JourneyRun.objects.count() == 2


def test_a_window_counts_entries():
    live(raw=program(entry=entry({"policy": "window", "count": 2, "days": 7})))
    person = befriend()
    for day in (1, 2, 8):
        run_until(later(days=day))
        befriend(person, at=later(days=day))
    assert JourneyRun.objects.count() == 3
    assert ("refused", "7 天内已进入 2 次") in reasons()


def test_keyed_entries_run_side_by_side_and_each_once():
    policy = {"policy": "keyed", "key": "order_no"}
    live(raw=program(PAUSE, entry=entry(policy, "order_paid")))
    person = befriend()
    happen(person, order("A"), at=later(minutes=1))
    happen(person, order("B"), at=later(minutes=2))
    happen(person, order("A"), at=later(minutes=3))
    keys = JourneyRun.objects.order_by("id").values_list("entry_key", "state")
    assert list(keys) == [("A", "active"), ("B", "active")]


def test_an_event_that_comes_late_lets_nobody_in_and_says_so():
    live()
    befriend(at=NOW, now=later(hours=25))
    assert not JourneyRun.objects.exists()
    assert reasons() == [("refused", "行为晚到超过 24 小时")]


def test_imported_history_lets_nobody_in_and_leaves_no_trace():
    live()
    person = make_person()
    past = NewEvent(
        payload=FriendAdded(),
        key="import:1",
        identity_id=person.identity_id,
        occurred_at=NOW - timedelta(days=90),
        staff_id=staff().pk,
        source="import",
    )
    record(past, now=NOW)
    assert not JourneyRun.objects.exists()
    assert reasons() == []


def test_the_condition_is_judged_on_the_profile_after_the_event():
    first = entry({"policy": "once"}, "order_paid") | {"when": {"field": "order_count", "value": 1}}
    live(raw=program(entry=first))
    person = befriend()
    happen(person, order("A"), at=later(minutes=1))
    assert only_run().entered_at == later(minutes=1)
    other = befriend(at=later(minutes=2))
    happen(other, order("B"), at=later(minutes=3), now=later(days=2))
    happen(other, order("C"), at=later(days=2))
    assert JourneyRun.objects.count() == 1
    assert reasons()[-2:] == [
        ("refused", "行为晚到超过 24 小时"),
        ("refused", "进入条件不成立"),
    ]


def test_a_trigger_has_a_condition_of_its_own():
    events = [FRIEND_ADDED | {"when": {"event": "order_paid", "since": "7d", "count": 2}}]
    live(raw=program(entry={"events": events}))
    person = make_person()
    happen(person, order("A"), at=later(days=-2))
    befriend(person)
    assert reasons() == [("refused", "触发条件不成立")]
    happen(person, order("B"), at=later(minutes=1))
    befriend(person, at=later(minutes=2))
    assert JourneyRun.objects.count() == 1


def test_a_paused_journey_neither_lets_in_nor_moves_and_still_ends_runs():
    exits = [{"event": "order_paid", "reason": "首购"}]
    journey = live(raw=program(PAUSE, exits=exits))
    person, other = befriend(), befriend()
    run_until(NOW)
    pause(journey.pk, now=later(minutes=1))
    befriend(at=later(minutes=2))
    assert JourneyRun.objects.count() == 2
    assert run_until(later(days=2)) == 0
    happen(person, order("A"), at=later(days=2))
    assert JourneyRun.objects.get(identity_id=person.identity_id).state == "exited"
    resume(journey.pk, now=later(days=3))
    assert run_until(later(days=3)) == 1
    assert JourneyRun.objects.get(identity_id=other.identity_id).state == "done"


def test_a_new_version_is_for_newcomers_and_runs_stay_on_theirs():
    journey = live(raw=program(PAUSE))
    befriend()
    run_until(NOW)
    journey.draft = program({"id": "end", "type": "exit", "reason": "新版"})
    journey.save(update_fields=["draft"])
    second = publish(journey.pk, now=later(hours=1))
    befriend(at=later(hours=2))
    run_until(later(days=3))
    runs = JourneyRun.objects.order_by("id").values_list("version__number", "reason")
    assert list(runs) == [(1, "走完"), (2, "新版")]
    assert publish(journey.pk, now=later(hours=3)) == second


def test_archiving_stops_the_runs_and_withdraws_what_they_planned():
    journey = live(raw=program(*program()["steps"], PAUSE))
    befriend()
    run_until(NOW)
    assert touches() == [("greet", "planned")]
    assert archive(journey.pk, now=later(minutes=1)) == 1
    assert (only_run().state, only_run().reason) == ("stopped", "旅程已归档")
    assert touches() == [("greet", "cancelled")]
    befriend(at=later(minutes=2))
    assert JourneyRun.objects.count() == 1


def test_one_run_can_be_stopped_alone():
    journey = live(raw=program(PAUSE))
    befriend()
    befriend()
    first, second = JourneyRun.objects.order_by("id")
    assert stop_runs(journey.pk, reason="客户要求", now=NOW, run_ids=[first.pk]) == 1
    second.refresh_from_db()
    assert second.state == "active"
