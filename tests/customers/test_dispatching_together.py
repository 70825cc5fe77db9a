"""Shards in which few events wait are worked in together, and fail apart."""

from collections.abc import Sequence
from datetime import datetime

import psycopg2
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from customers import events as kinds
from customers.models import QueuedEvent
from customers.services import dispatcher
from customers.services.dispatcher import SHARD_LOCK_CLASS, Route, dispatch_due
from customers.services.ledger import LedgerEvent, record_events
from tests.makers import NOW, make_event, make_person

pytestmark = pytest.mark.django_db


class Hand:
    """A reaction that remembers its batches and cannot work on some identities."""

    def __init__(self, *poison: int) -> None:
        self.poison = set(poison)
        self.batches: list[list[int]] = []

    def __call__(self, events: Sequence[LedgerEvent], *, now: datetime) -> None:
        numbers = [event.identity_id for event in events]
        if self.poison & set(numbers):
            raise ValueError("poison")
        self.batches.append(numbers)

    @property
    def routes(self) -> dict[str, Route]:
        return {"order_paid": Route(reactions=(self,))}


def buyers(count: int) -> list[int]:
    """Record an order of each of so many people, and return their identities."""
    people = [make_person() for _ in range(count)]
    events = [
        make_event(person, kinds.OrderPaid(str(number), 100), key=f"order {number}")
        for number, person in enumerate(people)
    ]
    record_events(events, now=NOW)
    return [person.identity_id for person in people]


def dispatch(hand: Hand) -> int:
    return dispatch_due(routes=hand.routes, now=NOW, budget_seconds=10)


@pytest.mark.parametrize("count", [2, 24])
def test_many_shards_cost_what_two_cost(count: int) -> None:
    expected = buyers(count)
    assert QueuedEvent.objects.values("shard").distinct().count() > 1
    hand = Hand()

    with CaptureQueriesContext(connection) as captured:
        assert dispatch(hand) == count

    assert sorted(number for batch in hand.batches for number in batch) == sorted(expected)
    assert len(hand.batches) == 1
    # Who waits; savepoint, locks, waiting customers, queue, events, delete, release; who still.
    assert len(captured) == 9
    assert not QueuedEvent.objects.exists()


def test_one_poisoned_event_stands_alone(caplog: pytest.LogCaptureFixture) -> None:
    bad, *good = buyers(20)
    hand = Hand(bad)

    dispatch(hand)

    assert sorted(number for batch in hand.batches for number in batch) == sorted(good)
    (left,) = QueuedEvent.objects.all()
    assert (left.attempts, left.error, left.parked_at) == (1, "ValueError: poison", None)


def test_a_shard_that_another_holds_is_left_to_it() -> None:
    buyers(24)
    held = QueuedEvent.objects.order_by("id").values_list("shard", flat=True)[0]
    theirs = QueuedEvent.objects.filter(shard=held).count()
    other = psycopg2.connect(**connection.get_connection_params())
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s, %s)", [SHARD_LOCK_CLASS, held])
        assert dispatch(Hand()) == 24 - theirs
    finally:
        other.close()

    assert set(QueuedEvent.objects.values_list("shard", flat=True)) == {held}
    assert dispatch(Hand()) == theirs


def test_a_full_shard_is_worked_in_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = buyers(40)
    monkeypatch.setattr(dispatcher, "FEW_ROWS", 2)
    singles = QueuedEvent.objects.values_list("shard", flat=True)
    shards = list(singles)
    full = {shard for shard in shards if shards.count(shard) >= 2}
    hand = Hand()

    assert dispatch(hand) == 40

    assert len(hand.batches) == len(full) + any(shards.count(shard) == 1 for shard in shards)
    assert sorted(number for batch in hand.batches for number in batch) == sorted(expected)


def test_a_trickle_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    rests: list[float] = []
    looks = iter([5, 4, 3, 2, 0])
    monkeypatch.setattr(dispatcher.time, "sleep", rests.append)
    monkeypatch.setattr(dispatcher, "dispatch_together", lambda *_, **__: next(looks))
    buyers(5)

    assert dispatch(Hand()) == 14

    # The first looks come at once: what an event brought about does not wait.
    assert rests == [dispatcher.TRICKLE_SECONDS] * 2
