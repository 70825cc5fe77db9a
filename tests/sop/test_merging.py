"""Two customers turn out to be one while both are on their way: the furthest run goes on."""

import pytest

from customers.services.dispatcher import dispatch_due
from customers.services.merges import attach_unionids, merge_pending
from scrm.loop import ROUTES
from sop.models import ArmAssignment, JourneyRun, StepLog
from tests.makers import NOW
from tests.sop.world import GREETING, befriend, later, live, program, run_until, touches

pytestmark = pytest.mark.django_db
FIRST = {"id": "first", "type": "wait", "for": {"hours": 1}}
SECOND = {"id": "second", "type": "wait", "for": {"days": 1}}


def merge(*people, at):
    for person in people:
        attach_unionids({person.identity_id: "oUNION"}, now=at)
    assert merge_pending(now=at) == 1
    dispatch_due(routes=ROUTES, now=at, budget_seconds=10)


def test_the_furthest_run_goes_on_and_the_other_takes_back_what_it_planned():
    live(raw=program(GREETING, FIRST, SECOND))
    older = befriend()
    run_until(NOW)
    younger = befriend(at=later(minutes=90))
    run_until(later(minutes=90))
    merge(older, younger, at=later(minutes=95))
    kept = JourneyRun.objects.get(identity_id=older.identity_id)
    gone = JourneyRun.objects.get(identity_id=younger.identity_id)
    assert (kept.state, kept.step) == ("active", "second")
    assert (gone.state, gone.due_at) == ("superseded", None)
    assert touches() == [("greet", "planned"), ("greet", "cancelled")]
    assert StepLog.objects.get(kind="merged").run_id == gone.pk


def test_runs_of_different_occasions_both_go_on():
    live("J1", program(FIRST))
    older = befriend()
    live("J2", program(FIRST))
    younger = befriend(at=later(minutes=1))
    JourneyRun.objects.filter(identity_id=younger.identity_id, journey__code="J1").update(
        state="done", due_at=None, ended_at=NOW
    )
    merge(older, younger, at=later(minutes=2))
    assert JourneyRun.objects.filter(state="superseded").count() == 0


def test_the_arm_of_the_oldest_identity_sticks_after_the_merge():
    entry = {
        "events": [{"event": "friend_added"}],
        "reentry": {"policy": "after_exit", "gap_hours": 0},
    }
    live(raw=program(GREETING, entry=entry, control_percent=50))
    older, younger = befriend(), befriend()
    run_until(NOW)
    ArmAssignment.objects.filter(identity_id=older.identity_id).update(arm="control")
    ArmAssignment.objects.filter(identity_id=younger.identity_id).update(arm="treated")
    merge(older, younger, at=later(minutes=2))
    befriend(younger, at=later(minutes=3))
    assert JourneyRun.objects.order_by("-id").first().is_control
