"""Over real HTTP, under every fault WeCom is known for: one task for staff, never two or none."""

import time
from datetime import datetime, timedelta

import pytest
from django.conf import settings as config

from common import clock, sql
from tests.touches.mass_world import MASS, plan_mass, touch_states
from tests.touches.world import INLINE, only_dispatch
from touches.models import Dispatch, MassTask
from touches.services.calls import Calls
from touches.services.pump import SendPump
from wecom import tokens

pytestmark = pytest.mark.django_db

ADD, LIST = "externalcontact/add_msg_template", "externalcontact/get_groupmsg_list_v2"
FRIENDS = [f"wmTESTexternal{number:018d}" for number in (1, 2)]
STRANGER = "wmTESTexternal000000000000000003"
LINK = f"{config.PUBLIC_URL}/l/AAAAAAAAAAAAAAAAAAAAAA"


@pytest.fixture
def sim(box, settings):
    settings.WECOM_API_BASE_URL = box.url
    settings.WECOM_ALLOW_IN_TRANSACTION = True
    settings.WECOM_READ_SECONDS = 0.3
    tokens.forget()
    box.sim.seed("fixture")
    box.sim.clear_faults()
    box.sim.change_settings(mass_dispatch_seconds=0, mass_list_lag_seconds=0)
    box.sim.set_callback_url("scrm", "http://127.0.0.1:9/nobody")
    return box.sim


def run(now: datetime | None = None) -> None:
    """Let a worker look once, whatever had to be waited for."""
    sql.execute("UPDATE touches_dispatch SET settle_until = NULL WHERE state = 'pending'")
    sql.execute("DELETE FROM wecom_apipause")
    now = now or max([clock.now(), *Dispatch.objects.values_list("available_at", flat=True)])
    calls = Calls()
    SendPump([MASS], caller=calls, look_up=calls.look_up, threads=INLINE).run(
        now=now, budget_seconds=0
    )


def tasks_at_wecom(sim) -> list[str]:
    return [entry["payload"]["msgid"] for entry in sim.outbox(kind="mass_task")]


@pytest.mark.parametrize("link", [LINK, "https://elsewhere.example.com/"])
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
        "half_answer",
        "reset",
        "reset_executed",
    ],
)
def test_one_fault_and_one_task(sim, mode, link):
    sim.set_faults({"match": ADD, "mode": mode, "times": 1})
    plan_mass(*FRIENDS, link=link, now=clock.now())
    run()
    assert only_dispatch().state == "pending"
    run()
    assert only_dispatch().state == "done"
    assert tasks_at_wecom(sim) == [MassTask.objects.get().msgid]
    assert touch_states() == {"dispatched": 2}


def test_what_lands_after_we_gave_up_is_found(sim):
    sim.set_faults({"match": ADD, "mode": "late_execution", "times": 1, "seconds": 0.2})
    plan_mass(*FRIENDS, link=LINK, now=clock.now())
    run()
    deadline = time.monotonic() + 10
    while not tasks_at_wecom(sim) and time.monotonic() < deadline:
        time.sleep(0.02)
    run()
    assert only_dispatch().state == "done"
    assert tasks_at_wecom(sim) == [MassTask.objects.get().msgid]


def test_a_list_that_lags_less_than_the_wait_shows_it(sim):
    sim.set_faults(
        {"match": ADD, "mode": "timeout_executed", "times": 1},
        {"match": LIST, "mode": "list_lag", "seconds": 20},
    )
    plan_mass(*FRIENDS, link=LINK, now=clock.now())
    run()
    sim.advance(31)
    run(clock.now() + timedelta(seconds=31))
    assert only_dispatch().state == "done"
    assert tasks_at_wecom(sim) == [MassTask.objects.get().msgid]


def test_a_list_that_lags_longer_than_the_wait_ends_in_one_resend_at_most(sim):
    sim.set_faults(
        {"match": ADD, "mode": "timeout_executed", "times": 2},
        {"match": LIST, "mode": "list_lag", "seconds": 600},
    )
    plan_mass(*FRIENDS, link=LINK, now=clock.now())
    for _ in range(4):
        run()
    assert (only_dispatch().state, touch_states()) == ("unknown", {"unknown": 2})
    assert len(tasks_at_wecom(sim)) == 2


def test_what_is_still_being_prepared_is_waited_for(sim):
    sim.change_settings(mass_dispatch_seconds=30)
    sim.set_faults({"match": ADD, "mode": "reset_executed", "times": 1})
    plan_mass(*FRIENDS, link=LINK, now=clock.now())
    run()
    run()
    assert (only_dispatch().state, only_dispatch().ambiguous_rounds) == ("pending", 1)
    assert only_dispatch().available_at >= clock.now() + timedelta(seconds=50)
    sim.change_settings(mass_dispatch_seconds=0)
    sim.advance(60)
    run()
    assert only_dispatch().state == "done"
    assert tasks_at_wecom(sim) == [MassTask.objects.get().msgid]


def test_the_same_text_to_others_or_by_others_is_not_taken_for_ours(sim):
    token = sim.api("GET", "gettoken", corpid="ww1234567890abcdef",
                    corpsecret="sandbox-secret-scrm")["access_token"]  # fmt: skip
    for sender, customer in (("lisi", FRIENDS[0]), ("zhangsan", FRIENDS[1])):
        body = {
            "chat_type": "single",
            "sender": sender,
            "external_userid": [customer],
            "text": {"content": "周末会员日"},
            "attachments": [
                {"msgtype": "link", "link": {"title": "会员日", "url": "https://a.b/"}}
            ],
        }
        sim.api("POST", ADD, body, access_token=token)
    sim.set_faults({"match": ADD, "mode": "http_502", "times": 1})
    plan_mass(FRIENDS[0], now=clock.now())
    run()
    run()
    made = tasks_at_wecom(sim)
    assert (len(made), only_dispatch().wecom_ref) == (3, made[-1])


def test_who_is_no_friend_is_in_the_fail_list(sim):
    plan_mass(*FRIENDS, STRANGER, link=LINK, now=clock.now())
    run()
    assert touch_states() == {"dispatched": 2, "refused": 1}
    assert sim.report()["unknown_fields"] == {}


def test_nobody_to_send_to_refuses_all(sim):
    plan_mass(STRANGER, link=LINK, now=clock.now())
    run()
    assert (only_dispatch().state, touch_states()) == ("refused", {"refused": 1})
