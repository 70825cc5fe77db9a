"""Whatever becomes of touches, the days say what counting the touches says."""

from collections import Counter
from datetime import timedelta

import pytest
from django.db.models import Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics.models import FoldPoint, TouchDay
from analytics.selectors.periods import Period
from analytics.selectors.scopes import Scope
from analytics.selectors.touch_counts import slot_counts, staff_tasks, touch_counts
from analytics.services import folding
from analytics.services.folding import rebuild_figures
from common import bell
from common.clock import local_date
from customers.models import Friendship
from tests.analytics.world import COMPANY, at, fold
from tests.touches.slot_world import (
    NOW,
    SLOT,
    cap,
    make_friend,
    make_seller,
    plan,
    set_caps,
    set_rules,
    slot,
    touch_plan,
)
from tests.touches.world import Script, pump
from touches.models import Dispatch, Touch
from touches.services.cancelling import cancel_touches
from touches.services.sending import expire_overdue

pytestmark = pytest.mark.django_db

DAYS = Period(local_date(SLOT) - timedelta(days=3), local_date(SLOT) + timedelta(days=5))
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["mass", "task", "slot", "send", "cancel", "expire", "leave", "fold"]),
        st.integers(0, 3),
        st.integers(0, 40),
    ),
    min_size=3,
    max_size=25,
)


@pytest.fixture(autouse=True)
def _quiet(monkeypatch) -> None:
    monkeypatch.setattr(bell, "ring", lambda _name: None)


def recount(scope: Scope) -> Counter[tuple[str, str, str]]:
    touches = scope.by_staff(Touch.objects.filter(due_at__gte=DAYS.start, due_at__lt=DAYS.end))
    return Counter(
        (
            touch.lane,
            touch.state,
            touch.reason.split("（")[0] if touch.state == "suppressed" else "",
        )
        for touch in touches
        if touch.state != "planned"
    )


def folded(scope: Scope) -> Counter[tuple[str, str, str]]:
    rows = TouchDay.objects.filter(due_on__range=(DAYS.first, DAYS.last))
    rows = rows.filter(staff=None) if scope.staff_ids is None else scope.by_staff(rows)
    grouped = rows.values_list("lane", "state", "reason").annotate(n=Sum("touch_count"))
    return Counter({(lane, state, reason): n for lane, state, reason, n in grouped})


class Desk:
    """Two sellers, four customers, and whatever may become of touches between them."""

    def __init__(self) -> None:
        set_rules()
        set_caps(cap("count", limit=1, days=1, name="一天一次"))
        self.sellers = [make_seller("anna"), make_seller("bert")]
        self.friends = [make_friend(*self.sellers) for _ in range(4)]
        self.now = NOW

    def plan(self, lane: Touch.Lane, who: int, when: int) -> None:
        due = NOW + timedelta(hours=3 * when - 24)
        key = str(Touch.objects.count())
        seller = self.sellers[who % 2]
        plan(touch_plan(key, self.friends[who], seller, lane=lane, due_at=due))

    def step(self, what: str, who: int, when: int) -> None:
        match what:
            case "mass":
                self.plan(Touch.Lane.MASS, who, when)
            case "task":
                self.plan(Touch.Lane.TASK, who, when)
            case "slot":
                self.now += timedelta(hours=when)
                slot(self.now)
            case "send":
                kinds = (Dispatch.Kind.STAFF_MESSAGE, Dispatch.Kind.MASS_MESSAGE)
                pump(Script(), *kinds, now=self.now)
            case "cancel":
                ids = list(Touch.objects.order_by("-id").values_list("pk", flat=True)[: who + 1])
                cancel_touches(ids, reason="不再需要", actor="test", now=self.now)
            case _:
                self.rarely(what, who, when)

    def rarely(self, what: str, who: int, when: int) -> None:
        if what == "expire":
            self.now += timedelta(hours=when)
            expire_overdue(self.now)
        elif what == "leave":
            friendships = Friendship.objects.filter(identity_id=self.friends[who].identity_id)
            friendships.update(is_friend=False)
        else:
            fold(self.now)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=STEPS)
def test_days_equal_a_recount(steps) -> None:
    desk = Desk()
    for step in steps:
        desk.step(*step)
    fold(desk.now)

    assert folded(COMPANY) == recount(COMPANY)
    for seller in desk.sellers:
        alone = Scope((seller.pk,), None)
        assert folded(alone) == recount(alone)
    counts = touch_counts(COMPANY, DAYS)
    there = Touch.objects.filter(due_at__gte=DAYS.start, due_at__lt=DAYS.end)
    assert counts.by_state == Counter(there.values_list("state", flat=True))
    assert min(TouchDay.objects.values_list("touch_count", flat=True), default=1) > 0
    rebuild_figures(now=desk.now)
    assert folded(COMPANY) == recount(COMPANY)


def test_who_still_writes_is_waited_for(monkeypatch) -> None:
    seller = make_seller()
    plan(touch_plan("a", make_friend(seller), seller, ended_as=Touch.State.REFUSED, reason="无"))
    monkeypatch.setattr(folding, "effect_writers", lambda: {"3/17"})
    monkeypatch.setattr(folding, "have_ended", lambda writers: not writers)
    fold()
    assert touch_counts(COMPANY, DAYS).planned == 0
    assert FoldPoint.objects.get(source="touches").writers == ["3/17"]

    monkeypatch.setattr(folding, "have_ended", lambda writers: True)
    fold()

    assert touch_counts(COMPANY, DAYS).by_state == {"refused": 1}
    assert FoldPoint.objects.get(source="touches").writers == []


def test_tasks_count_as_on_time_within_their_validity() -> None:
    seller = make_seller()
    tasks = plan(
        *(touch_plan(str(n), make_friend(seller), seller, lane=Touch.Lane.TASK) for n in range(3))
    )
    slot(SLOT)
    pump(Script(), Dispatch.Kind.STAFF_MESSAGE, now=SLOT)
    fold()
    assert staff_tasks(COMPANY, DAYS)[seller.pk].todo == 3
    for task, hours in zip(tasks[:2], (1, 9), strict=True):
        finish(task, done_at=SLOT + timedelta(hours=hours))
    expire_overdue(SLOT + timedelta(hours=10))
    fold()

    counts = touch_counts(COMPANY, DAYS)

    assert (counts.on_time, counts.due_tasks, counts.sent) == (1, 3, 2)
    mine = staff_tasks(COMPANY, DAYS)[seller.pk]
    assert (mine.todo, mine.done, mine.overdue) == (0, 2, 1)


def finish(task: Touch, *, done_at) -> None:
    """Let the staff member have done a task, as a click on its card writes it."""
    Touch.objects.filter(pk=task.pk).update(state="confirmed", finished_at=done_at)
    task.effects.create(from_state="dispatched", to_state="confirmed", actor="test")


def test_slots_of_a_day_stand_in_order() -> None:
    seller = make_seller()
    noon = at("2026-11-24 12:35")
    people = [make_friend(seller) for _ in range(3)]
    plan(*(touch_plan(f"m{n}", one, seller) for n, one in enumerate(people[:2])))
    plan(touch_plan("n", people[2], seller, due_at=noon))
    slot(NOW)
    fold()

    slots = slot_counts(COMPANY, local_date(SLOT))

    assert [(one.at, dict(one.by_state)) for one in slots] == [
        (SLOT, {"queued": 2}),
        (noon, {"planned": 1}),
    ]
    assert slot_counts(Scope((), None), local_date(SLOT)) == []
