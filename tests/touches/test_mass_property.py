"""Whatever happens in whatever order: every customer ends as WeCom says, every place with them."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customers.models import Event, EventKey, QueuedEvent
from tests.makers import NOW
from tests.touches.mass_world import (
    CANCEL,
    MASS,
    Wecom,
    place_states,
    plan_mass,
    poll,
    touches_of,
)
from tests.touches.world import Script, pump
from touches.models import ContactLedger, Dispatch, EffectLog, MassTask, Touch
from touches.services.cancelling import cancel_touches
from touches.services.mass_ends import stop_ended_tasks
from touches.services.mass_reminders import remind_staff
from touches.services.sending import expire_overdue

pytestmark = pytest.mark.django_db

PEOPLE = ("wmA", "wmB", "wmC")
STATUSES = st.tuples(*[st.sampled_from([0, 1, 1, 2, 3])] * len(PEOPLE))
STEPS = st.one_of(
    st.tuples(st.just("withdraw"), st.integers(0, 2)),
    st.tuples(st.just("confirm"), STATUSES),
    st.sampled_from([(name, None) for name in ("send", "cancel", "look", "stop", "night")]),
    st.tuples(st.just("wait"), st.sampled_from([1, 20, 300])),
)


class Story:
    """One mass message, and a WeCom whose member confirms at most once, unless it was stopped."""

    def __init__(self) -> None:
        for model in (ContactLedger, MassTask, Touch, Dispatch, Event, EventKey, QueuedEvent):
            model.objects.all().delete()
        self.now = NOW
        self.dispatch = plan_mass(*PEOPLE)
        self.wecom = Wecom()
        self.sent: set[str] = set()

    def take(self, step: str, what) -> None:
        self.now += timedelta(seconds=61)
        getattr(self, step)(what)

    def withdraw(self, number: int) -> None:
        touch = touches_of(self.dispatch)[number]
        cancel_touches([touch.pk], reason="退出", actor="run", now=self.now)

    def confirm(self, statuses) -> None:
        task = MassTask.objects.first()
        stopped = Dispatch.objects.filter(kind="mass_cancel", state="done").exists()
        if task is None or stopped or task.msgid in self.wecom.results:
            return
        body = Dispatch.objects.get(pk=self.dispatch.pk).payload
        told = {v: s for v, s in zip(PEOPLE, statuses, strict=True) if v in body}
        self.wecom.confirm(task, told, self.now)
        self.sent = {value for value, status in told.items() if status == 1}

    def send(self, _) -> None:
        pump(Script(), MASS, now=self.now)
        expire_overdue(self.now)

    def cancel(self, _) -> None:
        pump(Script(), CANCEL, now=self.now)

    def look(self, _) -> None:
        poll(self.wecom, self.now)
        remind_staff(self.now)

    def stop(self, _) -> None:
        stop_ended_tasks(self.now)

    def night(self, _) -> None:
        self.now = max(self.now, NOW + timedelta(hours=11))

    def wait(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    def go_on(self) -> None:
        """Time passes until nothing is left to happen."""
        for _ in range(4):
            for step in ("send", "stop", "cancel", "look"):
                self.take(step, None)
            self.now += timedelta(hours=4)


@given(steps=st.lists(STEPS, max_size=14))
@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_every_customer_ends_as_wecom_says(steps):
    story = Story()
    for step, what in steps:
        story.take(step, what)
    story.go_on()
    ends = {t.identity.value: (t.state, t.reason) for t in touches_of(story.dispatch)}
    assert {value for value, (state, _) in ends.items() if state == "delivered"} == story.sent
    assert {state for state, _ in ends.values()} <= {
        "delivered",
        "refused",
        "expired",
        "cancelled",
    }
    assert all(reason for state, reason in ends.values() if state != "delivered")
    spent, rest = len(story.sent), len(PEOPLE) - len(story.sent)
    assert place_states() == {k: n for k, n in (("spent", spent), ("released", rest)) if n}
    assert Event.objects.filter(type="touch_sent").count() == spent
    assert not MassTask.objects.exclude(state="final").exists()
    changes = EffectLog.objects.filter(touch__in=touches_of(story.dispatch), to_state="delivered")
    assert changes.count() == spent
