"""A run that may not go on before people have decided forgets nothing meanwhile."""

from datetime import timedelta

import pytest

from tests.makers import NOW
from tests.sop.test_running import OPENED, touch
from tests.sop.world import befriend, happen, later, live, only_run, outcomes, program, run_until
from touches.models import Touch

pytestmark = pytest.mark.django_db


def test_an_event_that_came_while_the_run_was_held_has_been_heard():
    waiting = {
        "id": "a",
        "type": "await",
        "event": "link_opened",
        "timeout": {"minutes": 60},
        "already_true": False,
        "met": [touch("met")],
        "late": [touch("late")],
    }
    live(raw=program(touch("first"), waiting))
    person = befriend()
    run_until(NOW)
    Touch.objects.update(state="unknown")
    happen(person, OPENED, at=later(minutes=5))
    run_until(later(minutes=5))
    assert outcomes(only_run())[-1] == ("a", "held")
    Touch.objects.update(state="cancelled")
    run_until(later(minutes=5) + timedelta(minutes=10))
    assert ("a", "met") in outcomes(only_run())
