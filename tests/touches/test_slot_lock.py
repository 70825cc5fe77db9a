"""Why places are counted in a statement of their own, after the customers are locked."""

import threading
import time
from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from common import sql
from tests.touches.slot_world import (
    NOW,
    cap,
    make_friend,
    make_seller,
    plan,
    set_caps,
    set_rules,
    states,
    touch_plan,
)
from touches.models import Touch
from touches.selectors.rules import forget_rules
from touches.services import slot_reading, slots

pytestmark = pytest.mark.django_db(transaction=True)

_WAITING_FOR_US = """
SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))
"""
# What design forbids: the snapshot is older than the wait.
_LOCK_AND_COUNT = slot_reading._CONTACTS.replace(
    "SELECT own.customer_id",
    """WITH locked AS MATERIALIZED (
    SELECT id FROM customers_customer WHERE id = ANY(%(customers)s) ORDER BY id FOR NO KEY UPDATE
)
SELECT own.customer_id""",
).replace("WHERE own.customer_id", "WHERE (SELECT count(*) FROM locked) > 0 AND own.customer_id")


@pytest.fixture(autouse=True)
def _rules() -> Iterator[None]:
    set_rules()
    set_caps(cap("count", limit=1, days=1, lanes=["M"]))
    yield
    forget_rules()


class Meeting:
    """Two workers with a staff member's touch each; the first commits when the second waits.

    Where the second does not wait but leaves the touch alone, it commits when that is done.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch, touches: list[Touch]) -> None:
        self._touches = touches
        self._first_has_counted = threading.Event()
        self._second_is_done = threading.Event()
        self._try_loads, self._write = slot_reading._try_loads, slots.write_calls
        monkeypatch.setattr(slot_reading, "_try_loads", self._own)
        monkeypatch.setattr(slots, "write_calls", self._wait_for_the_other)

    def _own(self, buckets: Iterable[int]) -> set[int]:
        mine = self._touches[int(threading.current_thread().name)].staff_id
        return self._try_loads(set(buckets) & {mine % slot_reading.LOAD_BUCKETS})

    def _wait_for_the_other(self, *args: Any, **values: Any) -> Any:
        if threading.current_thread().name == "0":
            self._first_has_counted.set()
            deadline = time.monotonic() + 5
            while not self._second_is_done.is_set() and time.monotonic() < deadline:
                if sql.fetch_value(_WAITING_FOR_US):
                    break
                time.sleep(0.005)
        return self._write(*args, **values)

    def _work(self) -> None:
        try:
            if threading.current_thread().name == "1":
                self._first_has_counted.wait(5)
            slots.slot_due(now=NOW, budget_seconds=0)
            if threading.current_thread().name == "1":
                self._second_is_done.set()
        finally:
            connection.close()

    def hold(self) -> list[str]:
        """Let them meet, and return what became of the touches."""
        threads = [threading.Thread(target=self._work, name=name) for name in "01"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return states(self._touches)


def two_touches_of_one_customer() -> list[Touch]:
    staff, other = make_seller(), make_seller("lisi")
    person = make_friend(staff, other)
    return plan(touch_plan("j:1", person, staff), touch_plan("j:2", person, other))


def test_who_waited_counts_what_the_other_took(monkeypatch):
    touches = two_touches_of_one_customer()
    assert Meeting(monkeypatch, touches).hold() == ["queued", "suppressed"]
    assert touches[1].winner_id == touches[0].pk


def test_locking_and_counting_in_one_statement_overruns(monkeypatch):
    monkeypatch.setattr(slots, "lock_customers_of", lambda _ids: None)
    monkeypatch.setattr(slot_reading, "_CONTACTS", _LOCK_AND_COUNT)
    assert Meeting(monkeypatch, two_touches_of_one_customer()).hold() == ["queued", "queued"]


def test_a_staff_members_load_is_counted_by_one_worker_at_a_time(monkeypatch):
    set_rules(tasks_a_staff_a_day=1)
    staff = make_seller()
    touches = plan(
        *(
            touch_plan(f"j:{n}", make_friend(staff), staff, lane=Touch.Lane.TASK, due_at=NOW)
            for n in range(2)
        )
    )
    with monkeypatch.context() as patch:
        patch.setattr(slots, "BATCH_ROWS", 1)
        assert Meeting(patch, touches).hold() == ["queued", "planned"]
    assert touches[1].due_at == NOW
    slots.slot_due(now=NOW, budget_seconds=5)
    assert states(touches) == ["queued", "planned"]
    assert touches[1].due_at == NOW + timedelta(days=1)
