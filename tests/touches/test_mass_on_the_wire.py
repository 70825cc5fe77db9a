"""Over real HTTP, under every fault WeCom is known for: one task for staff, never two or none."""

import time
from datetime import datetime, timedelta

import pytest
from django.conf import settings as config

from common import clock, sql
from sandbox.client import SimError
from tests.makers import NOW
from tests.touches.mass_world import place_states, plan_mass, touch_states
from tests.touches.world import INLINE, only_dispatch
from touches.models import Dispatch, MassTask
from touches.services.calls import Calls
from touches.services.mass_ends import stop_ended_tasks
from touches.services.mass_polling import poll_mass_results
from touches.services.pump import SendPump
from touches.services.sending import MASS_KINDS
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
    SendPump(MASS_KINDS, caller=calls, look_up=calls.look_up, threads=INLINE).run(
        now=now, budget_seconds=0
    )


def look(now: datetime | None = None) -> None:
    """Let a worker look at the tasks, whatever had to be waited for."""
    MassTask.objects.filter(poll_at__isnull=False).update(poll_at=NOW)
    poll_mass_results(now or clock.now(), 0, threads=INLINE)


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


def test_a_second_message_that_the_list_had_not_shown_is_stopped_before_anybody_taps(sim):
    sim.set_faults(
        {"match": ADD, "mode": "timeout_executed", "times": 1},
        {"match": LIST, "mode": "list_lag", "seconds": 600, "times": 2},
    )
    plan_mass(*FRIENDS, link=LINK, now=clock.now())
    run()
    run()
    assert only_dispatch().state == "done"
    first, second = tasks_at_wecom(sim)
    assert MassTask.objects.get().msgid == second
    look()
    run()
    with pytest.raises(SimError, match="no mass message"):
        sim.act("confirm_mass_send", msgid=first, member="zhangsan")
    sim.act("confirm_mass_send", msgid=second, member="zhangsan")
    look()
    assert touch_states() == {"delivered": 2}
    assert len(sim.outbox(kind="mass_message")) == 2


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


def create_on_the_wire(sim, *customers: str, **over) -> MassTask:
    plan_mass(*(customers or FRIENDS), link=LINK, now=clock.now(), **over)
    run()
    return MassTask.objects.get()


def test_a_member_who_confirms_delivers_to_all_friends(sim):
    task = create_on_the_wire(sim)
    look()
    assert touch_states() == {"dispatched": 2}
    sim.act("confirm_mass_send", msgid=task.msgid, member="zhangsan")
    look()
    task.refresh_from_db()
    assert (task.state, touch_states(), place_states()) == (
        "final",
        {"delivered": 2},
        {"spent": 2},
    )
    assert sim.report()["unknown_fields"] == {}


def test_a_member_who_sends_to_some_only_is_counted_customer_by_customer(sim):
    task = create_on_the_wire(sim)
    sim.act("confirm_mass_send", msgid=task.msgid, member="zhangsan", targets=FRIENDS[:1])
    look()
    assert touch_states() == {"delivered": 1, "dispatched": 1}
    look(clock.now() + timedelta(minutes=31))
    assert touch_states() == {"delivered": 1, "expired": 1}


def test_a_member_who_never_confirms_is_stopped_at_the_end(sim):
    task = create_on_the_wire(sim)
    end = task.valid_until
    stop_ended_tasks(end)
    run(end)
    look(end)
    task.refresh_from_db()
    assert (task.state, touch_states(), place_states()) == (
        "final",
        {"expired": 2},
        {"released": 2},
    )
    with pytest.raises(SimError, match="no mass message"):
        sim.act("confirm_mass_send", msgid=task.msgid, member="zhangsan")


@pytest.mark.parametrize("mode", ["minus_one_executed", "http_502", "timeout_executed", "reset"])
def test_a_stop_may_be_repeated_blindly(sim, mode):
    task = create_on_the_wire(sim)
    stop_ended_tasks(task.valid_until)
    sim.set_faults({"match": "externalcontact/cancel_groupmsg_send", "mode": mode, "times": 1})
    run(task.valid_until)
    run(task.valid_until + timedelta(minutes=1))
    assert Dispatch.objects.get(kind="mass_cancel").state == "done"
    look(task.valid_until + timedelta(minutes=2))
    assert touch_states() == {"expired": 2}


@pytest.mark.parametrize(
    "path", ["externalcontact/get_groupmsg_task", "externalcontact/get_groupmsg_send_result"]
)
@pytest.mark.parametrize("mode", ["minus_one", "half_answer", "rate_45009", "timeout", "http_502"])
def test_a_look_that_fails_changes_nothing_and_is_repeated(sim, mode, path):
    task = create_on_the_wire(sim)
    sim.act("confirm_mass_send", msgid=task.msgid, member="zhangsan")
    sim.set_faults({"match": path, "mode": mode, "times": 1})
    look()
    assert touch_states() == {"dispatched": 2}
    sql.execute("DELETE FROM wecom_apipause")
    look()
    assert touch_states() == {"delivered": 2}


def test_results_come_in_short_pages(sim):
    task = create_on_the_wire(sim)
    sim.act("confirm_mass_send", msgid=task.msgid, member="zhangsan")
    sim.set_faults({"match": "externalcontact/get_groupmsg_send_result", "mode": "short_pages"})
    look()
    assert touch_states() == {"delivered": 2}
