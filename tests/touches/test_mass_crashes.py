"""Workers killed, and workers that race: one message a call, one result a customer."""

import signal
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.conf import settings as config
from django.db import connection, connections

from common import clock, sql
from customers.models import Event
from tests.makers import NOW
from tests.touches.mass_world import (
    create_task,
    lose_leases,
    place_states,
    plan_mass,
    settle_time_is_over,
    touch_states,
)
from tests.touches.worker import run_worker
from tests.touches.world import INLINE, only_dispatch
from touches.models import MassTask
from touches.services.calls import Calls
from touches.services.claiming import reap_expired
from touches.services.mass_polling import poll_mass_results
from touches.services.mass_steps import Sight
from touches.services.pump import SendPump, Threads
from touches.services.sending import MASS_KINDS
from wecom import tokens
from wecom.api.mass import MassResult

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

ADD = "externalcontact/add_msg_template"
FRIENDS = [f"wmTESTexternal{number:018d}" for number in (1, 2)]
LINK = f"{config.PUBLIC_URL}/l/AAAAAAAAAAAAAAAAAAAAAA"


@pytest.fixture
def sim(box, settings):
    settings.WECOM_API_BASE_URL = box.url
    tokens.forget()
    box.sim.seed("fixture")
    box.sim.clear_faults()
    box.sim.change_settings(mass_dispatch_seconds=0, mass_list_lag_seconds=0)
    box.sim.set_callback_url("scrm", "http://127.0.0.1:9/nobody")
    return box.sim


def work() -> None:
    """Another worker comes along, when whatever had to be waited for is over."""
    lose_leases()
    connection.close()
    reap_expired(clock.now())
    settle_time_is_over()
    calls = Calls()
    SendPump(MASS_KINDS, caller=calls, look_up=calls.look_up, threads=INLINE).run(
        now=clock.now(), budget_seconds=5
    )


def kill_at(failpoint: str, sim, what: str = "mass") -> None:
    assert run_worker(what, url=sim.url, failpoint=f"{failpoint}:kill") == -signal.SIGKILL


def confirm(sim) -> MassTask:
    task = MassTask.objects.get()
    sim.act("confirm_mass_send", msgid=task.msgid, member="zhangsan")
    MassTask.objects.update(poll_at=NOW)
    return task


@pytest.mark.parametrize("failpoint", ["before_call", "after_call", "inside_settle"])
def test_a_killed_worker_leaves_one_message(sim, failpoint):
    plan_mass(*FRIENDS, link=LINK, now=clock.now())
    kill_at(failpoint, sim)
    work()
    assert only_dispatch().state == "done"
    [made] = sim.outbox(kind="mass_task")
    assert made["payload"]["msgid"] == confirm(sim).msgid
    poll_mass_results(clock.now(), 0, threads=INLINE)
    assert (touch_states(), place_states()) == ({"delivered": 2}, {"spent": 2})


@pytest.mark.parametrize(("mode", "end"), [("reset_executed", "done"), ("http_502", "unknown")])
def test_killed_between_looking_and_sending_nothing_is_guessed(sim, mode, end):
    sim.set_faults({"match": ADD, "mode": mode, "times": 1})
    plan_mass(*FRIENDS, link=LINK, now=clock.now())
    calls = Calls()
    SendPump(MASS_KINDS, caller=calls, look_up=calls.look_up, threads=INLINE).run(
        now=clock.now(), budget_seconds=0
    )
    kill_at("after_reconcile", sim)
    work()
    assert only_dispatch().state == end
    assert len(sim.outbox(kind="mass_task")) == (end == "done")


def test_killed_between_asking_and_writing_only_delays_the_results(sim):
    plan_mass(*FRIENDS, link=LINK, now=clock.now())
    work()
    confirm(sim)
    kill_at("after_poll", sim, "looks")
    assert touch_states() == {"dispatched": 2}
    assert poll_mass_results(clock.now() + timedelta(minutes=1), 0, threads=INLINE) == 0
    assert poll_mass_results(clock.now() + timedelta(minutes=3), 0, threads=INLINE) == 1
    assert touch_states() == {"delivered": 2}
    assert Event.objects.filter(type="touch_sent").count() == 2


def test_racing_workers_look_at_each_task_once():
    tasks = [create_task(f"wmA{n}", f"wmB{n}") for n in range(12)]
    both, looks = threading.Barrier(2), Counter()

    def read(task) -> Sight:
        looks[task.id] += 1
        values = [row[0] for row in sql.fetch_all(_VALUES, [task.dispatch_id])]
        results = [
            MassResult(userid=task.userid, status=1, external_userid=value, sent_at=NOW)
            for value in values
        ]
        return Sight(is_confirmed=True, confirmed_at=NOW, results=tuple(results))

    def run(_: int) -> int:
        try:
            both.wait()
            threads = Threads(INLINE.callers, INLINE.settler, INLINE.planner, slots=2)
            return poll_mass_results(NOW + timedelta(minutes=1), 20, reader=read, threads=threads)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as racers:
        counts = list(racers.map(run, range(2)))
    assert sum(counts) == len(tasks)
    assert set(looks.values()) == {1}
    assert (touch_states(), place_states()) == ({"delivered": 24}, {"spent": 24})


_VALUES = """
SELECT i.value FROM touches_touch t JOIN customers_identity i ON i.id = t.identity_id
 WHERE t.dispatch_id = %s
"""
