"""Control groups, experiments, goals: stored, sticky, and written down for both arms alike."""

import pytest

from customers.events import OrderPaid
from sop.models import ArmAssignment, Exposure, JourneyRun
from tests.makers import NOW
from tests.sop.world import (
    FRIEND_ADDED,
    GREETING,
    befriend,
    happen,
    later,
    live,
    outcomes,
    program,
    run_until,
)
from touches.models import Touch

pytestmark = pytest.mark.django_db
ORDER = OrderPaid(order_no="A1", amount_fen=12_900)


def touch(key, **over):
    return GREETING | {"id": key} | over


def test_a_goal_counts_in_its_window_for_treated_and_control_and_after_the_end():
    goals = [{"name": "首购", "event": "order_paid", "days": 14}]
    live(raw=program(touch("only"), goals=goals, control_percent=50))
    people = [befriend() for _ in range(12)]
    late = befriend()
    run_until(NOW)
    arms = set(JourneyRun.objects.values_list("is_control", flat=True))
    assert arms == {True, False}
    for n, person in enumerate(people):
        happen(person, OrderPaid(order_no=f"N{n}", amount_fen=100), at=later(days=13))
    happen(late, ORDER, at=later(days=15))
    reached = JourneyRun.objects.filter(goal_name="首购")
    assert reached.count() == len(people)
    assert set(reached.values_list("goal_at", flat=True)) == {later(days=13)}
    assert not JourneyRun.objects.get(identity_id=late.identity_id).goal_name


def test_the_control_group_leaves_exposures_and_no_touch():
    live(raw=program(touch("promo", purpose="promotion"), control_percent=50))
    for _ in range(20):
        befriend()
    run_until(NOW)
    treated = JourneyRun.objects.filter(is_control=False).count()
    assert 0 < treated < 20
    assert Touch.objects.count() == treated
    assert Exposure.objects.filter(arm="control").count() == 20 - treated
    assert ArmAssignment.objects.filter(place="control").count() == 20
    control = JourneyRun.objects.filter(is_control=True).first()
    assert outcomes(control) == [("promo", "control")]


def test_care_and_service_are_never_held_back():
    live(raw=program(touch("care", purpose="care"), control_percent=50))
    for _ in range(10):
        befriend()
    run_until(NOW)
    assert Touch.objects.count() == 10


def test_an_experiment_draws_an_arm_once_and_keeps_it():
    arms = [
        {"label": "甲", "weight": 1, "steps": [touch("a")]},
        {"label": "乙", "weight": 1, "steps": [touch("b")]},
    ]
    entry = {"events": [FRIEND_ADDED], "reentry": {"policy": "after_exit", "gap_hours": 0}}
    live(raw=program({"id": "x", "type": "experiment", "arms": arms}, entry=entry))
    people = [befriend() for _ in range(16)]
    run_until(NOW)
    first = dict(ArmAssignment.objects.values_list("identity_id", "arm"))
    assert set(first.values()) == {"甲", "乙"}
    ArmAssignment.objects.update(arm="乙")
    for person in people:
        befriend(person, at=later(days=1))
    run_until(later(days=1))
    assert set(Touch.objects.order_by("id")[16:].values_list("origin_step", flat=True)) == {"b"}
