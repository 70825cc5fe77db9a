"""Two pumps never send one thing twice, and one slow answer holds nobody up."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections

from tests.makers import NOW, make_app
from tests.touches.world import Script, plan_for
from touches.models import Dispatch
from touches.services import pump as pump_module
from touches.services.outcomes import Reply
from touches.services.plan import plan_touches
from touches.services.pump import SendPump, Threads

pytestmark = pytest.mark.django_db(transaction=True)

MESSAGE = Dispatch.Kind.STAFF_MESSAGE


def closing(work):
    """Run work in a thread of a test and close its connection."""
    try:
        return work()
    finally:
        connections.close_all()


@pytest.fixture
def threads():
    callers, settler, planner = (ThreadPoolExecutor(count) for count in (4, 1, 1))
    yield Threads(callers=callers, settler=settler, planner=planner, slots=4)
    for executor, count in ((callers, 4), (settler, 1), (planner, 1)):
        gates = [threading.Barrier(count)] * count
        list(executor.map(lambda gate: closing(gate.wait), gates))
        executor.shutdown()


def plan_many(count: int) -> None:
    app = make_app()
    plan_touches([plan_for(f"many:{n}", app=app) for n in range(count)], now=NOW)


def test_two_racing_pumps_send_each_touch_once(threads):
    plan_many(40)
    sent: Counter[str] = Counter()
    both = threading.Barrier(2)

    def call(claimed) -> Reply:
        sent[str(claimed.id)] += 1
        return Reply("M")

    def run() -> int:
        both.wait()
        pump = SendPump([MESSAGE], caller=call, threads=threads)
        return pump.run(now=NOW, budget_seconds=20).claimed

    with ThreadPoolExecutor(2) as racers:
        claimed = list(racers.map(lambda _: closing(run), range(2)))
    assert sum(claimed) == 40
    assert set(sent.values()) == {1}
    assert Dispatch.objects.filter(state="done").count() == 40


def test_one_slow_answer_never_holds_up_the_others(threads):
    plan_many(12)
    rest_is_done = threading.Event()
    order: list[str] = []

    def call(claimed) -> Reply:
        if claimed.payload and not order:
            order.append("slow begins")
            assert rest_is_done.wait(20)
            order.append("slow ends")
            return Reply("M")
        order.append("quick")
        if order.count("quick") == 11:
            rest_is_done.set()
        return Reply("M")

    report = SendPump([MESSAGE], caller=call, threads=threads).run(now=NOW, budget_seconds=20)
    assert report.outcomes == {"done": 12}
    assert order[0] == "slow begins"
    assert order[-1] == "slow ends"


def test_a_stop_lets_the_calls_under_way_end_and_claims_no_more(threads, monkeypatch):
    monkeypatch.setattr(pump_module, "_stop", threading.Event())
    plan_many(8)

    def call(claimed) -> Reply:
        pump_module.request_stop()
        return Reply("M")

    report = SendPump([MESSAGE], caller=call, threads=threads).run(now=NOW, budget_seconds=20)
    assert report.claimed == 4
    assert Counter(Dispatch.objects.values_list("state", flat=True)) == {"done": 4, "pending": 4}


def test_calls_are_made_outside_any_transaction(threads):
    plan_many(1)
    inside: list[bool] = []
    script = Script()
    script.before = lambda claimed: inside.append(connections["default"].in_atomic_block)
    SendPump([MESSAGE], caller=script, threads=threads).run(now=NOW, budget_seconds=20)
    assert inside == [False]


def test_what_is_planned_meanwhile_is_sent_in_the_same_run(threads):
    app = make_app()
    plans = [plan_for(f"fed:{n}", app=app) for n in range(6)]

    def feed(moment) -> int:
        return plan_touches([plans.pop(), plans.pop()], now=NOW) if plans else 0

    pump = SendPump([MESSAGE], caller=Script(), threads=threads, feed=feed)
    assert pump.run(now=NOW, budget_seconds=20).outcomes == {"done": 6}
