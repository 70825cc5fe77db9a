"""Over real HTTP, under every fault WeCom is known for: a message to staff arrives exactly once."""

import pytest

from common import sql
from tests.makers import NOW, make_app, make_person, make_staff
from tests.touches.world import INLINE, only_dispatch
from touches.models import Touch
from touches.services import pacing
from touches.services.calls import Calls
from touches.services.pump import SendPump
from touches.services.sending import STAFF_KINDS
from touches.services.tasks_for_staff import TaskPlan, plan_staff_tasks
from wecom import tokens

pytestmark = pytest.mark.django_db

SEND = "message/send"


@pytest.fixture
def sim(box, settings):
    settings.WECOM_API_BASE_URL = box.url
    settings.WECOM_ALLOW_IN_TRANSACTION = True
    settings.WECOM_READ_SECONDS = 0.3
    tokens.forget()
    box.sim.seed("fixture")
    box.sim.clear_faults()
    box.sim.set_callback_url("scrm", "http://127.0.0.1:9/nobody")
    return box.sim


def plan_task(key: str = "task:1") -> Touch:
    app = make_app()
    person = make_person(corp=app.corp)
    staff = make_staff("zhangsan", app.corp)
    plan_staff_tasks(
        [
            TaskPlan(
                key=key,
                identity_id=person.identity_id,
                customer_id=person.customer_id,
                staff_id=staff.pk,
                title="首次问候",
                body="打个招呼",
                due_at=NOW,
                origin_kind="test",
            )
        ],
        now=NOW,
    )
    return Touch.objects.get()


def run(seconds: float = 0.0) -> None:
    sql.execute("UPDATE touches_dispatch SET settle_until = NULL, available_at = %s", [NOW])
    SendPump(STAFF_KINDS, caller=Calls(), threads=INLINE).run(now=NOW, budget_seconds=seconds)


def test_a_task_card_arrives_with_its_number(sim):
    touch = plan_task()
    run()
    [entry] = sim.outbox(to="zhangsan")
    assert entry["payload"]["template_card"]["task_id"] == str(touch.uid)
    assert only_dispatch().wecom_ref
    assert sim.report()["unknown_fields"] == {}


@pytest.mark.parametrize(
    "mode",
    [
        "minus_one",
        "minus_one_executed",
        "busy_6000",
        "rate_45009",
        "concurrency_45033",
        "http_502",
        "http_502_executed",
        "timeout",
        "timeout_executed",
        "late_execution",
        "half_answer",
        "reset",
        "reset_executed",
    ],
)
def test_one_fault_and_one_arrival(sim, mode):
    sim.set_faults({"match": SEND, "mode": mode, "times": 1, "seconds": 0.4})
    plan_task()
    run()
    sql.execute("DELETE FROM wecom_apipause")
    assert only_dispatch().state == "pending"
    run()
    assert (only_dispatch().state, len(sim.outbox(to="zhangsan"))) == ("done", 1)
    assert Touch.objects.get().state == "dispatched"


def test_a_member_who_cannot_be_reached_is_a_refusal(sim):
    touch = plan_task()
    touch.staff.__class__.objects.update(userid="nobody", userid_folded="nobody")
    sql.execute("UPDATE touches_dispatch SET payload = replace(payload, 'zhangsan', 'nobody')")
    run()
    assert only_dispatch().state == "refused"


def test_nobody_is_written_to_more_often_than_wecom_lets_through(sim, monkeypatch):
    monkeypatch.setattr(pacing, "BURST", 1.0)
    first = plan_task()
    run()
    plan_staff_tasks(
        [
            TaskPlan(
                key="task:2",
                identity_id=first.identity_id,
                customer_id=first.customer_id,
                staff_id=first.staff_id,
                title="第二个",
                body="",
                due_at=NOW,
                origin_kind="test",
            )
        ],
        now=NOW,
    )
    SendPump(STAFF_KINDS, caller=Calls(), threads=INLINE).run(now=NOW, budget_seconds=0)
    waiting = Touch.objects.get(key="task:2").dispatch
    assert (waiting.state, waiting.attempts) == ("pending", 0)
    assert len(sim.outbox(to="zhangsan")) == 1
    sql.execute("UPDATE touches_recipientpace SET refilled_at = refilled_at - interval '5 s'")
    run()
    assert len(sim.outbox(to="zhangsan")) == 2
