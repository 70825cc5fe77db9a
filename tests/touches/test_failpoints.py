"""A worker killed at any step: every message arrives exactly once, none is lost."""

import signal

import pytest
from django.db import connection

from common import clock, sql
from tests.makers import make_app, make_person, make_staff
from tests.touches.worker import run_worker
from tests.touches.world import INLINE
from touches import failpoints
from touches.models import EffectLog, Touch
from touches.services.calls import Calls
from touches.services.claiming import reap_expired
from touches.services.pump import SendPump
from touches.services.sending import STAFF_KINDS
from touches.services.tasks_for_staff import TaskPlan, plan_staff_tasks
from wecom import tokens

COUNT = 5


@pytest.fixture
def box_sim(box, settings):
    settings.WECOM_API_BASE_URL = box.url
    tokens.forget()
    box.sim.seed("fixture")
    box.sim.clear_faults()
    box.sim.set_callback_url("scrm", "http://127.0.0.1:9/nobody")
    return box.sim


def plan_tasks() -> None:
    app = make_app()
    staff = make_staff("zhangsan", app.corp)
    now = clock.now()
    people = [make_person(corp=app.corp) for _ in range(COUNT)]
    plan_staff_tasks(
        [
            TaskPlan(
                key=f"crash:{n}",
                identity_id=person.identity_id,
                customer_id=person.customer_id,
                staff_id=staff.pk,
                title=f"任务 {n}",
                body="",
                due_at=now,
                origin_kind="test",
            )
            for n, person in enumerate(people)
        ],
        now=now,
    )


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "failpoint",
    [
        "after_claim:kill",
        "before_call:kill@3",
        "after_call:kill",
        "after_call:kill@4",
        "inside_settle:kill",
        "after_settle:kill",
    ],
)
def test_a_killed_worker_loses_and_doubles_nothing(box_sim, failpoint):
    plan_tasks()
    assert run_worker("staff", url=box_sim.url, failpoint=failpoint) == -signal.SIGKILL
    sql.execute(
        "UPDATE touches_dispatch SET lease_until = clock_timestamp() WHERE state = 'sending'"
    )
    connection.close()
    reap_expired(clock.now())
    sql.execute("UPDATE touches_dispatch SET settle_until = NULL")
    SendPump(STAFF_KINDS, caller=Calls(), threads=INLINE).run(now=clock.now(), budget_seconds=10)
    arrived = [row["payload"]["template_card"]["task_id"] for row in box_sim.outbox(to="zhangsan")]
    assert sorted(arrived) == sorted(str(touch.uid) for touch in Touch.objects.all())
    assert set(Touch.objects.values_list("state", flat=True)) == {"dispatched"}
    ends = EffectLog.objects.filter(to_state="done").values_list("dispatch", flat=True)
    assert len(ends) == len(set(ends)) == COUNT


def test_an_unknown_failpoint_is_no_silent_nothing(monkeypatch):
    monkeypatch.setenv("FAILPOINT", "after_lunch:kill")
    with pytest.raises(failpoints.UnknownFailpoint):
        failpoints.failpoint("after_claim")
