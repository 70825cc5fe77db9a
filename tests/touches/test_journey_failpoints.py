"""A worker killed at any step of a journey: everybody enters once, and gets everything once."""

import signal
from collections import Counter
from datetime import time

import pytest
from django.db import connection

from common import clock
from customers.events import FriendAdded
from customers.models import QueuedEvent
from customers.services.dispatcher import dispatch_due
from customers.services.ledger import record_events
from scrm.loop import ROUTES
from sop.models import Exposure, JourneyRun, StepLog
from sop.services.executor import advance_due
from tests.makers import make_event, make_person
from tests.sop.world import GREETING, live, program, staff
from tests.touches.slot_world import set_caps, set_rules
from tests.touches.worker import run_worker
from tests.touches.world import INLINE
from touches.models import ContactLedger, Dispatch, Touch
from touches.services.calls import Calls
from touches.services.pump import SendPump
from touches.services.sending import STAFF_KINDS
from touches.services.slots import slot_due
from wecom import tokens

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

COUNT = 4
NOTICE = {"id": "tell", "type": "notify", "title": "新客", "body": "请关注"}
PAUSE = {"id": "rest", "type": "wait", "for": {"days": 1}}
STAGES = ("events", "journeys", "slots")
POINTS = [
    ("events", "inside_entry"),
    ("events", "inside_reaction"),
    ("events", "after_reaction"),
    ("journeys", "after_run_claim"),
    ("journeys", "inside_move"),
    ("journeys", "after_move"),
    ("slots", "after_slot_locks"),
    ("slots", "inside_slotting"),
    ("slots", "after_slotting"),
]


@pytest.fixture
def sim(box, settings):
    settings.WECOM_API_BASE_URL = box.url
    tokens.forget()
    box.sim.seed("fixture")
    box.sim.clear_faults()
    box.sim.set_callback_url("scrm", "http://127.0.0.1:9/nobody")
    return box.sim


def do(stage: str) -> None:
    now = clock.now()
    if stage == "events":
        dispatch_due(routes=ROUTES, now=now, budget_seconds=10)
    elif stage == "journeys":
        advance_due(now=now, budget_seconds=10)
    else:
        slot_due(now=now, budget_seconds=10)


@pytest.mark.parametrize(("stage", "point"), POINTS)
def test_a_worker_killed_in_a_journey_loses_and_doubles_nothing(sim, stage, point):
    set_rules(quiet_from=time(0), quiet_until=time(0))
    set_caps()
    now = clock.now()
    live(raw=program(GREETING, NOTICE, PAUSE), now=now)
    people = [make_person() for _ in range(COUNT)]
    record_events(
        [make_event(person, FriendAdded(), occurred_at=now, staff=staff()) for person in people],
        now=now,
    )
    for earlier in STAGES[: STAGES.index(stage)]:
        do(earlier)
    assert run_worker(stage, url=sim.url, failpoint=f"{point}:kill") == -signal.SIGKILL
    connection.close()
    for again in STAGES:
        do(again)
    SendPump(STAFF_KINDS, caller=Calls(), threads=INLINE).run(now=clock.now(), budget_seconds=10)

    do("events")
    assert not QueuedEvent.objects.exists()
    assert Counter(JourneyRun.objects.values_list("state", "step")) == {("active", "rest"): COUNT}
    kinds = Counter(StepLog.objects.values_list("kind", flat=True))
    assert kinds == {"entered": COUNT, "moved": COUNT}
    assert (Exposure.objects.count(), ContactLedger.objects.count()) == (COUNT, COUNT)
    states = Counter(Touch.objects.values_list("lane", "state"))
    assert states == {("T", "dispatched"): COUNT, ("F", "delivered"): COUNT}
    assert Counter(Dispatch.objects.values_list("state", flat=True)) == {"done": 2 * COUNT}
    arrived = [entry["payload"] for entry in sim.outbox(to="zhangsan", kind="app_message")]
    cards = [body["template_card"]["task_id"] for body in arrived if "template_card" in body]
    assert sorted(cards) == sorted(str(uid) for uid in uids("T"))
    assert len(arrived) == 2 * COUNT


def uids(lane: str) -> list[object]:
    return list(Touch.objects.filter(lane=lane).values_list("uid", flat=True))
