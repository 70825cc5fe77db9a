"""Moving runs in batches: one that fails stops nobody, the urgent come first, nobody starves."""

import threading

import pytest
from django.db import connection, transaction

from sop.models import JourneyRun, StepLog
from sop.program.advancing import advance
from sop.services import executor
from sop.services.executor import advance_batch, advance_due
from sop.services.stopping import revive_runs
from tests.makers import NOW
from tests.sop.world import GREETING, befriend, later, live, program, run_until
from touches.models import Touch

PAUSE = {"id": "pause", "type": "wait", "for": {"days": 1}}


@pytest.fixture
def poisoned(monkeypatch):
    """Runs whose number is in this set cannot be moved."""
    poison: set[int] = set()

    def moody(program, run, *args, **kwargs):
        if run.id in poison:
            raise ZeroDivisionError("poison")
        return advance(program, run, *args, **kwargs)

    monkeypatch.setattr(executor, "advance", moody)
    return poison


@pytest.mark.django_db
def test_a_run_that_fails_is_tried_three_times_then_parked_and_the_others_go_on(poisoned):
    live()
    people = [befriend() for _ in range(9)]
    sick = JourneyRun.objects.get(identity_id=people[4].identity_id)
    poisoned.add(sick.pk)
    run_until(NOW)
    assert Touch.objects.count() == 8
    sick.refresh_from_db()
    assert (sick.state, sick.attempts, sick.due_at) == ("active", 1, later(seconds=30))
    for minute in (1, 2, 3):
        run_until(later(minutes=minute))
    sick.refresh_from_db()
    assert (sick.state, sick.attempts) == ("parked", 3)
    assert sick.reason == "ZeroDivisionError: poison"
    assert StepLog.objects.get(kind="parked").run_id == sick.pk
    poisoned.clear()
    assert revive_runs([sick.pk], now=later(hours=1)) == 1
    run_until(later(hours=1))
    sick.refresh_from_db()
    assert sick.state == "done"


@pytest.mark.django_db
def test_a_parked_run_lets_nobody_in_again(poisoned):
    live()
    person = befriend()
    poisoned.add(JourneyRun.objects.get().pk)
    for minute in range(4):
        run_until(later(minutes=minute))
    befriend(person, at=later(minutes=5))
    assert JourneyRun.objects.count() == 1


@pytest.mark.django_db
def test_the_urgent_come_first_and_the_others_keep_a_share(monkeypatch):
    monkeypatch.setattr(executor, "LEAST_SHARE", 1)
    live()
    people = [befriend() for _ in range(12)]
    slow = [person.identity_id for person in people[:6]]
    JourneyRun.objects.filter(identity_id__in=slow).update(priority=40)
    advance_batch(now=NOW, limit=6)
    done = JourneyRun.objects.filter(state="done")
    assert done.filter(priority=40).count() in {1, 2, 3}
    assert done.filter(priority=20).count() >= 3


@pytest.mark.django_db
def test_an_empty_queue_costs_one_look():
    live()
    assert advance_due(now=NOW, budget_seconds=5) == 0


@pytest.mark.django_db(transaction=True)
def test_a_run_that_somebody_else_holds_is_passed_over():
    live(raw=program(GREETING, PAUSE))
    befriend()
    held = JourneyRun.objects.get()
    moved: list[int] = []

    def other_worker() -> None:
        try:
            moved.append(advance_batch(now=NOW))
        finally:
            connection.close()

    with transaction.atomic():
        JourneyRun.objects.select_for_update().get(pk=held.pk)
        thread = threading.Thread(target=other_worker)
        thread.start()
        thread.join(10)
    assert moved == [0]
    assert advance_batch(now=NOW) == 1


@pytest.mark.django_db(transaction=True)
def test_four_workers_move_every_run_once():
    live(raw=program(GREETING, PAUSE))
    for _ in range(40):
        befriend()
    counts: list[int] = []

    def work() -> None:
        try:
            while moved := advance_batch(now=NOW, limit=7):
                counts.append(moved)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sum(counts) == 40
    assert Touch.objects.count() == 40
    assert set(JourneyRun.objects.values_list("step", flat=True)) == {"pause"}
