"""Whatever happens in whatever order, the facts say what a recount of the ledger says."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics.models import ActivityHour, FoldPoint, FriendSpan
from analytics.selectors import people
from analytics.selectors.counts import day_counts, friend_count, people_counts
from analytics.selectors.periods import Period
from analytics.selectors.scopes import Scope
from analytics.services.folding import rebuild_figures
from customers import events as kinds
from customers.services.ledger import record_events
from customers.services.merges import attach_unionids, merge_pending
from tests.analytics.world import COMPANY, TODAY, WEEK, Recount, at, fold
from tests.makers import NOW, make_event, make_person, make_staff

pytestmark = pytest.mark.django_db

WHAT = {
    "add": kinds.FriendAdded(state="shop"),
    "deleted": kinds.FriendRemovedByCustomer(),
    "dropped": kinds.FriendRemovedByStaff(),
    "read": kinds.LinkOpened("code", 1, "换粮表", "knowledge", "v"),
    "replied": kinds.StaffMarked("replied"),
}
STEPS = st.lists(
    st.tuples(
        st.integers(0, 3),  # who
        st.integers(0, 1),  # with whom
        st.sampled_from([*WHAT, "add", "add", "unionid", "merge", "fold"]),
        st.integers(-9 * 24 * 2, 2 * 11),  # when: half hours from now
    ),
    min_size=1,
    max_size=25,
)


def facts() -> dict[str, list[Any]]:
    """Everything folded, without the rows' own numbers."""
    spans = FriendSpan.objects.order_by("customer_id", "staff_id", "identity_id", "began_at")
    hours = ActivityHour.objects.order_by("active_on", "hour", "staff_id", "identity_id")
    return {
        "spans": [{k: v for k, v in row.items() if k != "id"} for row in spans.values()],
        "hours": [{k: v for k, v in row.items() if k != "id"} for row in hours.values()],
    }


def figures_of(scope: Scope, period: Period) -> dict[str, set[int]]:
    return {
        name: set(
            people.people_behind(name, scope=scope, period=period).values_list("pk", flat=True)
        )
        for name in ("friends", "added", "lost", "readers")
    }


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=STEPS, days=st.integers(1, 9), back=st.integers(0, 3))
def test_facts_equal_a_recount(steps, days: int, back: int) -> None:
    token = uuid4().hex
    crew = [make_staff(f"{token}-{n}") for n in range(2)]
    crowd = [make_person() for _ in range(4)]
    for who, whose, what, half_hours in steps:
        person = crowd[who]
        if what in WHAT:
            moment = NOW + timedelta(minutes=30 * half_hours)
            event = make_event(person, WHAT[what], occurred_at=moment, staff=crew[whose])
            record_events([event], now=NOW)
        elif what == "unionid":
            attach_unionids({person.identity_id: f"{token}-{half_hours % 2}"}, now=NOW)
        elif what == "merge":
            merge_pending(now=NOW)
        else:
            fold()
    fold()

    last = TODAY - timedelta(days=back)
    period = Period(last - timedelta(days=days - 1), last)
    recount = Recount.of_ledger()
    for scope in (COMPANY, Scope((crew[0].pk,), None), Scope((), None)):
        expected = {
            "friends": recount.friends(scope, period.end),
            "added": recount.added(scope, period),
            "lost": recount.lost(scope, period),
            "readers": recount.readers(scope, period),
        }
        assert figures_of(scope, period) == expected
        counts = people_counts(scope, period)
        friends = friend_count(scope, period, now=at("2026-11-22 23:00"))
        assert (friends, counts.added, counts.lost, counts.readers) == tuple(
            len(expected[name]) for name in ("friends", "added", "lost", "readers")
        )
        assert friends - counts.net == len(recount.friends(scope, period.start))
        for day in day_counts(scope, period):
            alone = Period(day.day, day.day)
            assert (day.added, day.lost, day.readers) == (
                len(recount.added(scope, alone)),
                len(recount.lost(scope, alone)),
                len(recount.readers(scope, alone)),
            )
    folded = facts()
    rebuild_figures(now=NOW)
    assert facts() == folded


def test_folding_again_changes_nothing() -> None:
    staff, person = make_staff(), make_person()
    record_events([make_event(person, staff=staff)], now=NOW)
    assert fold() > 0
    folded = facts()

    assert fold() == 0
    assert facts() == folded
    assert set(FoldPoint.objects.values_list("folded_at", flat=True)) == {NOW}


def test_a_late_event_goes_to_its_own_day() -> None:
    staff, person = make_staff(), make_person()
    record_events([make_event(person, staff=staff, occurred_at=NOW)], now=NOW)
    fold()
    assert [day.added for day in day_counts(COMPANY, WEEK)] == [0, 0, 0, 0, 0, 0, 1]

    early = make_event(person, staff=staff, occurred_at=NOW - timedelta(days=2))
    record_events([early], now=NOW)
    fold()

    assert [day.added for day in day_counts(COMPANY, WEEK)] == [0, 0, 0, 0, 1, 0, 0]
