"""Over real HTTP: a friend hears one welcome, whatever happens to the calls; doubt shows."""

import pytest

from campaigns.services.welcome import plan_welcomes
from common import clock, sql
from tests.campaigns.world import add_xml, make_code, receive
from tests.touches.world import INLINE
from touches.models import Dispatch, Touch
from touches.services.calls import Calls
from touches.services.pump import SendPump
from touches.services.sending import WELCOME_KINDS

pytestmark = pytest.mark.django_db

SEND = "externalcontact/send_welcome_msg"


def add_a_friend(sim) -> str:
    """Let somebody add zhangsan, and WeCom tell us of it; returns the customer."""
    code = make_code()
    friend = sim.act("add_friend", customer="c-new", member="zhangsan")
    now = clock.now()
    xml = add_xml(friend["external_userid"], welcome_code=friend["welcome_code"], at=now)
    receive(xml, code.app, now=now)
    receive(xml, code.app, now=now)
    return friend["external_userid"]


def run() -> None:
    """Plan and send in turn, twice; an unclear try is looked at again at once."""
    for _ in range(2):
        now = clock.now()
        plan_welcomes(now=now)
        sql.execute("UPDATE touches_dispatch SET settle_until = NULL, available_at = %s", [now])
        SendPump(WELCOME_KINDS, caller=Calls(), threads=INLINE).run(now=now, budget_seconds=0)


def heard(sim, customer: str) -> list[str]:
    entries = sim.outbox(kind="welcome", to=customer)
    return [entry["payload"]["text"]["content"] for entry in entries]


def test_a_friend_hears_the_welcome_of_their_channel(sim):
    customer = add_a_friend(sim)
    run()
    assert heard(sim, customer) == ["朋友, 您好, 我是zhangsan"]
    assert Touch.objects.get().state == "delivered"
    assert Dispatch.objects.get().attempts == 1


@pytest.mark.parametrize(
    ("mode", "state"),
    [
        ("busy_6000", "delivered"),
        ("concurrency_45033", "delivered"),
        ("minus_one", "delivered"),
        ("http_502", "delivered"),
        ("reset", "delivered"),
        ("minus_one_executed", "unknown"),
        ("http_502_executed", "unknown"),
        ("reset_executed", "unknown"),
        ("half_answer", "unknown"),
    ],
)
def test_one_fault_and_one_welcome(sim, mode, state):
    sim.set_faults({"match": SEND, "mode": mode, "times": 1})
    customer = add_a_friend(sim)
    run()
    assert len(heard(sim, customer)) == 1
    assert Touch.objects.get().state == state


def test_a_code_that_wecom_thinks_too_old_is_an_expired_welcome(sim):
    customer = add_a_friend(sim)
    sim.advance(21)
    run()
    assert heard(sim, customer) == []
    assert Touch.objects.get().state == "expired"
