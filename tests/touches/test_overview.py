"""What waits, what needs a person, and what happened to one message."""

from datetime import timedelta

import pytest

from tests.makers import NOW
from tests.touches.mass_world import MASS, plan_mass
from tests.touches.world import Script, only_dispatch, plan_for, pump
from touches.models import Touch
from touches.selectors.dispatches import (
    Backlog,
    calls_for_people,
    history_of,
    people_queue,
    send_backlog,
)
from touches.services.plan import plan_touch
from wecom import errors

pytestmark = pytest.mark.django_db


def test_the_backlog_counts_what_is_due_and_what_is_not_yet():
    plan_touch(plan_for("now"), now=NOW)
    plan_touch(plan_for("later", due_at=NOW + timedelta(hours=1)), now=NOW)
    assert send_backlog(now=NOW) == [Backlog("staff_message", 1, 2, NOW)]
    pump(Script(), now=NOW + timedelta(hours=1))
    assert send_backlog(now=NOW) == []


def test_a_wrong_setting_is_put_before_people():
    plan_touch(plan_for(), now=NOW)
    pump(Script(errors.Misconfigured("48002")))
    assert calls_for_people() == [only_dispatch()]


def test_what_needs_a_person_says_why():
    plan_touch(plan_for(), now=NOW)
    pump(Script(errors.Misconfigured("48002")))
    plan_mass(people=2)
    lost = [errors.Ambiguous("-1"), errors.Ambiguous("-1")]
    pump(Script(*lost, executed=[False, False]), MASS)
    mass, card = people_queue()
    assert (mass.kind, mass.state, mass.recipient_count) == ("企业群发", "结果未知", 2)
    assert "没有查到" in mass.reason
    assert (card.kind, card.state, card.staff_name) == ("员工消息", "已停止", "zhangsan")
    assert "权限" in card.reason


def test_the_history_of_a_touch_is_told_in_order():
    plan_touch(plan_for(), now=NOW)
    pump(Script(errors.Ambiguous("-1")))
    told = [
        ("dispatch" if entry.dispatch_id else "touch", entry.to_state)
        for entry in history_of(Touch.objects.get())
    ]
    assert told == [
        ("dispatch", "pending"),
        ("touch", "queued"),
        ("dispatch", "sending"),
        ("dispatch", "pending"),
        ("dispatch", "sending"),
        ("dispatch", "done"),
        ("touch", "dispatched"),
    ]
