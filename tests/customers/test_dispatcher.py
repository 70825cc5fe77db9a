"""The dispatcher folds batches as if events came one at a time, and never loses one."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import OperationalError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customers import events as kinds
from customers.models import (
    Event,
    EventKey,
    Friendship,
    GroupPresence,
    Profile,
    QueuedEvent,
    StageChange,
)
from customers.services.dispatcher import Route, dispatch_due, dispatch_shard, rounds, unpark
from customers.services.folds import FOLDS, fold_profiles
from customers.services.ledger import LedgerEvent, record_events
from customers.services.rebuild import rebuild_all
from org.models import Staff
from tests.makers import NOW, make_event, make_person, make_staff

pytestmark = pytest.mark.django_db

ROUTES = {
    name: Route(
        folds=tuple(fold for fold, types in FOLDS.items() if types is None or name in types)
    )
    for name in kinds.EVENT_TYPES
}


def dispatch(limit: int | None = None) -> None:
    if limit is None:
        dispatch_due(routes=ROUTES, now=NOW, budget_seconds=10)
        return
    worked = -1
    while worked:
        worked = sum(
            dispatch_shard(shard, routes=ROUTES, now=NOW, limit=limit) for shard in range(16)
        )


def derived_state() -> dict[str, list[dict[str, Any]]]:
    return {
        "profiles": list(Profile.objects.order_by("customer_id").values()),
        "friends": list(
            Friendship.objects.order_by("identity_id", "staff_id").values(
                "identity_id", "staff_id", "is_friend", "changed_at"
            )
        ),
        "presences": list(
            GroupPresence.objects.order_by("identity_id", "chat_id").values(
                "identity_id", "chat_id", "is_member", "changed_at"
            )
        ),
        "stages": list(
            StageChange.objects.order_by("event_id").values(
                "identity_id", "from_stage", "to_stage", "event_id", "reason"
            )
        ),
    }


def test_counters_and_stage_follow_the_events() -> None:
    person, staff = make_person(), make_staff()
    read = {"link_code": "c", "material_id": 1, "title": "t", "purpose": "content", "visit": "v"}
    record_events(
        [
            make_event(person, kinds.FriendAdded(state="A01"), staff=staff),
            make_event(person, kinds.LinkOpened(**read)),
            make_event(person, kinds.LinkDwelled(**read, seconds=42, total_seconds=42)),
            make_event(person, kinds.OrderPaid("1", 990, kind="trial")),
            make_event(person, kinds.OrderPaid("2", 12900), key="first order"),
            make_event(person, kinds.OrderPaid("3", 9900), key="second order"),
            make_event(person, kinds.OrderRefunded("3", 9900)),
        ],
        now=NOW,
    )
    dispatch()
    profile = Profile.objects.get()
    assert (profile.relation, profile.purchase, profile.stage) == (
        "friend",
        "repurchase",
        "repurchase",
    )
    assert (profile.open_count, profile.read_seconds, profile.order_count) == (1, 42, 2)
    assert profile.order_amount_fen == 13890
    assert profile.event_count == 7
    moves = StageChange.objects.order_by("event_id").values_list("from_stage", "to_stage")
    assert list(moves) == [("potential", "first"), ("first", "repurchase")]
    assert Event.objects.filter(type="stage_changed").count() == 2
    assert not QueuedEvent.objects.exists()


def test_the_latest_word_on_a_friendship_wins_whatever_the_order() -> None:
    person, staff = make_person(), make_staff()
    added = make_event(person, kinds.FriendAdded(), staff=staff, occurred_at=NOW)
    removed = make_event(
        person,
        kinds.FriendRemovedByCustomer(),
        staff=staff,
        occurred_at=NOW - timedelta(minutes=1),
    )
    record_events([added, removed], now=NOW)
    dispatch()
    assert Profile.objects.get().relation == "friend"


def test_shuffled_joins_and_leaves_give_the_exact_number_of_groups() -> None:
    person = make_person()
    told = [
        (kinds.GroupLeft("wrA"), 2),
        (kinds.GroupJoined("wrA"), 1),
        (kinds.GroupJoined("wrB"), 5),
        (kinds.GroupLeft("wrB"), 3),
        (kinds.GroupJoined("wrC"), 4),
        (kinds.GroupJoined("wrC"), 1),
    ]
    record_events(
        [
            make_event(person, payload, occurred_at=NOW + timedelta(minutes=minute))
            for payload, minute in told
        ],
        now=NOW,
    )
    dispatch()
    assert Profile.objects.get().group_count == 2


def test_losing_one_of_two_staff_is_not_losing_the_customer() -> None:
    person, one, two = make_person(), make_staff("one"), make_staff("two")
    record_events([make_event(person, staff=one), make_event(person, staff=two)], now=NOW)
    later = NOW + timedelta(hours=1)
    lost = kinds.FriendRemovedByCustomer()
    record_events([make_event(person, lost, staff=one, occurred_at=later)], now=NOW)
    dispatch()
    assert Profile.objects.get().stage == "potential"
    record_events([make_event(person, lost, staff=two, occurred_at=later)], now=NOW)
    dispatch()
    assert Profile.objects.get().stage == "lost"


def test_rounds_hold_at_most_one_event_a_customer() -> None:
    def event(number: int, customer_id: int) -> LedgerEvent:
        return LedgerEvent(number, "t", "k", NOW, NOW, 1, customer_id, None, "s", 0, {})

    split = list(rounds([event(1, 7), event(2, 7), event(3, 8), event(4, 7)]))
    assert [[item.id for item in part] for part in split] == [[1, 3], [2], [4]]


def test_a_reducer_runs_after_whatever_any_route_puts_before_it() -> None:
    ran: list[str] = []
    person = make_person()
    record_events([make_event(person), make_event(person, kinds.GroupJoined("wrA"))], now=NOW)

    def early(events: Sequence[LedgerEvent], *, now: datetime) -> None:
        ran.append("early")

    def late(events: Sequence[LedgerEvent], *, now: datetime) -> None:
        ran.append("late")

    routes = {"friend_added": Route(folds=(late,)), "group_joined": Route(folds=(early, late))}
    dispatch_due(routes=routes, now=NOW, budget_seconds=10)
    assert ran == ["late", "early", "late"]


def choking_on(number: int, error: Exception) -> dict[str, Route]:
    def choke(events: Sequence[LedgerEvent], *, now: datetime) -> None:
        if any(event.payload["text_length"] == number for event in events):
            raise error

    return {"customer_messaged": Route(folds=(fold_profiles,), reactions=(choke,))}


def test_a_poison_event_is_parked_and_its_neighbours_go_on() -> None:
    people = [make_person() for _ in range(20)]
    record_events(
        [make_event(person, kinds.CustomerMessaged(n)) for n, person in enumerate(people)], now=NOW
    )
    routes = choking_on(7, ValueError("poison"))
    for minutes in range(4):
        dispatch_due(routes=routes, now=NOW + timedelta(minutes=minutes), budget_seconds=10)
    parked = QueuedEvent.objects.get()
    assert parked.customer_id == people[7].customer_id
    assert (parked.parked_at, parked.attempts) == (NOW + timedelta(minutes=2), 3)
    assert parked.error == "ValueError: poison"
    assert Profile.objects.filter(message_count=1).count() == 19
    assert Profile.objects.get(customer_id=people[7].customer_id).message_count == 0

    assert unpark(event_ids=[parked.event_id]) == 1
    dispatch()
    assert Profile.objects.get(customer_id=people[7].customer_id).message_count == 1


def test_a_timed_out_statement_is_a_failure_of_its_event_alone() -> None:
    slow, quick = make_person(), make_person()
    record_events(
        [
            make_event(slow, kinds.CustomerMessaged(7)),
            make_event(quick, kinds.CustomerMessaged(1)),
        ],
        now=NOW,
    )
    timed_out = OperationalError("canceling statement due to statement timeout")
    dispatch_due(routes=choking_on(7, timed_out), now=NOW, budget_seconds=10)
    assert Profile.objects.get(customer_id=quick.customer_id).message_count == 1
    assert QueuedEvent.objects.get().error.startswith("OperationalError")


def test_later_events_wait_behind_one_that_is_tried_again() -> None:
    person = make_person()
    record_events(
        [
            make_event(person, kinds.CustomerMessaged(7)),
            make_event(person, kinds.OrderPaid("1", 1)),
        ],
        now=NOW,
    )
    routes = choking_on(7, ValueError("not now")) | {"order_paid": Route(folds=(fold_profiles,))}
    dispatch_due(routes=routes, now=NOW, budget_seconds=10)
    dispatch_due(routes=routes, now=NOW, budget_seconds=10)
    assert Profile.objects.get().event_count == 0
    assert QueuedEvent.objects.count() == 2
    dispatch_due(routes=ROUTES, now=NOW + timedelta(minutes=1), budget_seconds=10)
    assert Profile.objects.get().event_count == 2


STEPS = st.lists(
    st.tuples(
        st.integers(0, 2),
        st.sampled_from(["add", "lose", "order", "refund", "open", "message", "join", "leave"]),
        st.integers(0, 6),
    ),
    max_size=10,
)


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=STEPS)
def test_batches_equal_one_at_a_time_and_a_rebuild_equals_both(
    steps: list[tuple[int, str, int]],
) -> None:
    for model in (Friendship, GroupPresence, StageChange, Event, EventKey, Profile):
        model.objects.all().delete()
    staff = make_staff(f"s{Staff.objects.count()}")
    read = {"link_code": "c", "material_id": 1, "title": "t", "purpose": "p", "visit": "v"}
    payloads: dict[str, kinds.Payload] = {
        "add": kinds.FriendAdded(),
        "lose": kinds.FriendRemovedByCustomer(),
        "order": kinds.OrderPaid("o", 100),
        "refund": kinds.OrderRefunded("o", 100),
        "open": kinds.LinkOpened(**read),
        "message": kinds.CustomerMessaged(1),
        "join": kinds.GroupJoined("wrA"),
        "leave": kinds.GroupLeft("wrA"),
    }
    results = []
    for limit in (1, 1000):
        people = [make_person() for _ in range(3)]
        record_events(
            [
                make_event(
                    people[who],
                    payloads[what],
                    staff=staff,
                    occurred_at=NOW + timedelta(minutes=minute),
                )
                for who, what, minute in steps
            ],
            now=NOW,
        )
        dispatch(limit)
        ids = [person.customer_id for person in people]
        results.append(
            [
                {name: value for name, value in row.items() if name != "customer_id"}
                for row in Profile.objects.filter(customer_id__in=ids)
                .order_by("customer_id")
                .values()
            ]
        )
    assert results[0] == results[1]
    before = derived_state()
    rebuild_all(now=NOW)
    assert derived_state() == before
