"""People end the doubt about a call: it was sent, it was not, or it is given up."""

from datetime import timedelta

import pytest

from customers.models import Event
from tests.makers import NOW
from tests.touches.mass_world import (
    MASS,
    Wecom,
    create_task,
    place_states,
    plan_mass,
    poll,
    touch_states,
    touches_of,
)
from tests.touches.world import Script, plan_for, pump
from touches.errors import MessageIsHeld, NotUnknown
from touches.models import Dispatch, EffectLog, MassTask, Touch
from touches.services.cancelling import CancelReport, cancel_touches
from touches.services.deciding import Decision, decide_unknown
from touches.services.plan import plan_touch
from wecom import errors

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(minutes=30)
LOST = [errors.Ambiguous("-1"), errors.Ambiguous("-1")]


@pytest.fixture
def lost() -> Dispatch:
    """A mass message of unknown fate."""
    dispatch = plan_mass("wmA", "wmB")
    pump(Script(*LOST, executed=[False, False]), MASS)
    dispatch.refresh_from_db()
    assert (dispatch.state, touch_states()) == ("unknown", {"unknown": 2})
    return dispatch


def decide(dispatch: Dispatch, verdict: Decision, **over) -> None:
    decide_unknown(dispatch.id, verdict=verdict, actor="user:7", now=LATER, **over)
    dispatch.refresh_from_db()


def test_what_was_sent_and_has_its_number_is_watched(lost):
    decide(lost, Decision.SENT, wecom_ref="msgFound")
    task = MassTask.objects.get()
    assert (lost.state, task.msgid, touch_states()) == ("done", "msgFound", {"dispatched": 2})
    wecom = Wecom()
    wecom.confirm(task, {"wmA": 1, "wmB": 2}, LATER)
    poll(wecom, LATER + timedelta(minutes=2))
    assert touch_states() == {"delivered": 1, "refused": 1}


def test_what_was_sent_without_a_number_counts_as_delivered(lost):
    decide(lost, Decision.SENT)
    assert (lost.state, touch_states(), place_states()) == (
        "done",
        {"delivered": 2},
        {"spent": 2},
    )
    assert Event.objects.filter(type="touch_sent").count() == 2


def test_what_was_not_sent_is_a_fresh_call(lost):
    decide(lost, Decision.NOT_SENT)
    assert (lost.state, lost.attempts, lost.ambiguous_rounds, lost.first_sent_at) == (
        "pending",
        0,
        0,
        None,
    )
    assert touch_states() == {"queued": 2}
    script = Script(*LOST, executed=[False, False])
    pump(script, MASS, now=LATER)
    assert (len(script.calls), touch_states()) == (2, {"unknown": 2})
    decide(lost, Decision.NOT_SENT)
    pump(Script(), MASS, now=LATER + timedelta(minutes=1))
    assert touch_states() == {"dispatched": 2}


def test_who_was_withdrawn_is_not_in_the_fresh_call(lost):
    gone = Touch.objects.get(identity__value="wmA")
    report = cancel_touches([gone.pk], reason="客户已下单", actor="run:1", now=NOW)
    assert report == CancelReport(cancelled=0, not_recalled=1)
    assert touch_states() == {"unknown": 2}
    decide(lost, Decision.NOT_SENT)
    script = Script()
    pump(script, MASS, now=LATER)
    assert "wmA" not in script.calls[0].payload
    assert touch_states() == {"cancelled": 1, "dispatched": 1}


def test_what_is_given_up_is_cancelled(lost):
    decide(lost, Decision.GIVE_UP)
    assert (lost.state, touch_states(), place_states()) == (
        "cancelled",
        {"cancelled": 2},
        {"released": 2},
    )
    assert {t.reason for t in touches_of(lost)} == {"人工放弃"}
    assert EffectLog.objects.filter(dispatch=lost, actor="user:7", to_state="cancelled").exists()


def test_it_is_decided_once(lost):
    decide(lost, Decision.GIVE_UP)
    with pytest.raises(NotUnknown):
        decide(lost, Decision.NOT_SENT)
    assert (lost.state, touch_states()) == ("cancelled", {"cancelled": 2})


def test_a_message_that_another_call_holds_is_not_taken(lost):
    other = create_task("wmC")
    with pytest.raises(MessageIsHeld):
        decide(lost, Decision.SENT, wecom_ref=other.msgid)
    assert touch_states(lost) == {"unknown": 2}


def test_a_card_that_was_sent_waits_for_its_click():
    plan_touch(plan_for(), now=NOW)
    pump(Script(*[errors.Ambiguous("-1")] * 4))
    decide(Dispatch.objects.get(), Decision.SENT)
    assert Touch.objects.get().state == "dispatched"
    assert Event.objects.filter(type="touch_sent").count() == 1


def test_when_all_were_withdrawn_the_fresh_call_does_not_go(lost):
    ids = [t.pk for t in touches_of(lost)]
    cancel_touches(ids, reason="停止", actor="run:1", now=LATER)
    decide(lost, Decision.NOT_SENT)
    assert (lost.state, touch_states(), place_states()) == (
        "cancelled",
        {"cancelled": 2},
        {"released": 2},
    )
