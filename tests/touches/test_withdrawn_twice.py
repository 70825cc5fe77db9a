"""Who was withdrawn while the call was under way is closed with the rest, not forgotten."""

import json
from datetime import timedelta

import pytest

from tests.makers import NOW
from tests.touches.mass_world import MASS, plan_mass
from tests.touches.world import Script, only_dispatch, pump
from touches.models import Touch
from touches.services.cancelling import cancel_touches
from wecom import errors

pytestmark = pytest.mark.django_db


def withdraw(*touch_ids: int) -> None:
    cancel_touches(touch_ids, reason="停止", actor="user:1", now=NOW)


def withdrawn_under_way() -> list[int]:
    """Withdraw the first of three while the call is under way, which then has to wait."""
    plan_mass(people=3)
    ids = list(Touch.objects.order_by("id").values_list("id", flat=True))
    script = Script(errors.RateLimited("45009", retry_after_seconds=60))
    script.before = lambda claimed: withdraw(ids[0])
    pump(script, MASS, budget_seconds=0)
    assert list(Touch.objects.values_list("state", flat=True)) == ["queued"] * 3
    return ids


def test_when_nobody_is_wanted_any_more_nobody_is_left_behind():
    _first, second, third = withdrawn_under_way()
    withdraw(second, third)
    assert only_dispatch().state == "cancelled"
    assert list(Touch.objects.values_list("state", flat=True)) == ["cancelled"] * 3


def test_when_others_are_wanted_only_they_are_sent_to():
    first, second, third = withdrawn_under_way()
    withdraw(second)
    states = dict(Touch.objects.values_list("id", "state"))
    assert states == {first: "cancelled", second: "cancelled", third: "queued"}
    script = Script()
    pump(script, MASS, now=NOW + timedelta(minutes=2))
    assert len(json.loads(script.calls[0].payload)["external_userid"]) == 1
