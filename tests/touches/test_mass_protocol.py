"""A mass message whose answer was lost is looked for before it is repeated, and repeated once."""

import json
from datetime import timedelta

import pytest

from tests.makers import NOW, make_staff, make_user
from tests.touches.mass_world import (
    MASS,
    lose_leases,
    place_states,
    plan_mass,
    settle_time_is_over,
    touch_states,
)
from tests.touches.world import Script, only_dispatch, pump, states_of
from touches.models import Dispatch, MassTask
from touches.services.claiming import claim_due, reap_expired
from touches.services.pump import SendPump, Threads
from wecom import errors

pytestmark = pytest.mark.django_db

LOST = errors.Ambiguous("time-out")
LATER = NOW + timedelta(hours=1)


def test_what_wecom_took_becomes_a_task_that_waits_for_staff():
    dispatch = plan_mass(people=3, due_at=NOW + timedelta(minutes=10))
    pump(Script(), MASS)
    task = MassTask.objects.get()
    assert only_dispatch().state == "done"
    assert (task.msgid, task.dispatch_id, task.staff.userid) == ("MSG-1", dispatch.id, "zhangsan")
    assert (task.state, task.created_at.replace(microsecond=0)) == ("open", NOW)
    assert task.valid_until == NOW + timedelta(hours=4, minutes=10)
    assert task.poll_at - task.created_at == timedelta(seconds=45)
    assert task.remind_at == NOW + timedelta(minutes=70)
    assert touch_states() == {"dispatched": 3}
    assert place_states() == {"reserved": 3}


def test_a_lost_answer_is_found_and_nothing_is_sent_again():
    plan_mass()
    script = Script(LOST, executed=[True])
    pump(script, MASS)
    dispatch = only_dispatch()
    assert (dispatch.state, dispatch.wecom_ref) == ("done", "FOUND-1")
    assert (len(script.calls), len(script.look_ups)) == (1, 1)
    assert MassTask.objects.get().msgid == "FOUND-1"
    assert states_of(dispatch) == ["sending", "pending", "sending", "done"]


def test_what_is_not_found_is_sent_once_more():
    plan_mass()
    script = Script(LOST, executed=[False])
    pump(script, MASS)
    assert only_dispatch().state == "done"
    assert (len(script.calls), len(script.effects)) == (2, 1)


def test_nobody_guesses_a_third_time():
    plan_mass()
    script = Script(LOST, LOST, executed=[False, False])
    pump(script, MASS)
    assert (only_dispatch().state, touch_states()) == ("unknown", {"unknown": 3})
    assert (len(script.calls), len(script.look_ups)) == (2, 2)
    assert place_states() == {"reserved": 3}
    assert not MassTask.objects.exists()


def test_the_second_try_is_looked_for_as_well():
    plan_mass()
    script = Script(LOST, LOST, executed=[False, True])
    pump(script, MASS)
    assert (only_dispatch().state, only_dispatch().wecom_ref) == ("done", "FOUND-1")
    assert len(script.effects) == 1


def test_it_is_not_looked_for_before_the_wait_is_over(settings):
    settings.DISPATCH_SETTLE_SECONDS = 30
    plan_mass()
    script = Script(LOST, executed=[True])
    pump(script, MASS)
    pump(script, MASS, now=LATER)
    assert (only_dispatch().state, script.look_ups) == ("pending", [])
    settle_time_is_over()
    pump(script, MASS, now=LATER)
    assert only_dispatch().state == "done"


def test_what_wecom_is_still_preparing_is_waited_for():
    plan_mass()
    script = Script(LOST, executed=[True])
    script.look_up_words = [errors.BeingDispatched("41063")]
    pump(script, MASS)
    dispatch = only_dispatch()
    assert (dispatch.state, dispatch.available_at >= NOW + timedelta(minutes=1)) == (
        "pending",
        True,
    )
    pump(script, MASS, now=NOW + timedelta(minutes=2))
    assert (only_dispatch().state, len(script.calls)) == ("done", 1)


def test_a_look_that_fails_sends_nothing_and_ends_with_people():
    plan_mass()
    script = Script(LOST, executed=[False])
    script.look_up_words = [errors.Ambiguous("-1") for _ in range(20)]
    for hour in range(9):
        pump(script, MASS, now=NOW + timedelta(hours=2 * hour))
    assert (only_dispatch().state, len(script.calls)) == ("unknown", 1)


def test_past_its_deadline_it_is_still_looked_for_but_not_sent():
    plan_mass(valid_for=timedelta(minutes=5))
    found, missing = Script(LOST, executed=[True]), Script(LOST, executed=[False])
    pump(found, MASS, budget_seconds=0)
    pump(found, MASS, now=LATER)
    assert only_dispatch().state == "done"
    Dispatch.objects.update(state="pending", wecom_ref="", done_at=None)
    MassTask.objects.all().delete()
    pump(missing, MASS, now=LATER)
    assert (only_dispatch().state, missing.calls) == ("expired", [])


def test_a_lost_worker_leaves_something_to_be_looked_for():
    plan_mass()
    script = Script()
    for claimed in claim_due([MASS], limit=1, now=NOW):
        script(claimed)
    lose_leases()
    assert reap_expired(NOW) == 1
    pump(script, MASS)
    assert (only_dispatch().state, len(script.effects)) == ("done", 1)


def test_its_lease_covers_the_look_and_the_call(settings):
    settings.DISPATCH_LEASE_SECONDS = 60
    plan_mass()
    claim_due([MASS], limit=1, now=NOW)
    dispatch = only_dispatch()
    assert 119 < (dispatch.lease_until - dispatch.first_sent_at).total_seconds() <= 120


@pytest.mark.parametrize(
    ("error", "dispatch_state", "touch_state", "place"),
    [
        (errors.ItemRefused("41048"), "refused", "refused", "released"),
        (errors.BadRequest("41064"), "refused", "refused", "released"),
        (errors.Misconfigured("40201"), "dead", "queued", "reserved"),
    ],
)
def test_a_refusal_ends_all_its_touches(error, dispatch_state, touch_state, place):
    plan_mass()
    script = Script(error)
    pump(script, MASS)
    assert (only_dispatch().state, touch_states()) == (dispatch_state, {touch_state: 3})
    assert place_states() == {place: 3}
    assert len(script.calls) == 1


def test_operators_are_told_once_an_hour_that_mass_messages_have_stopped():
    for _ in range(3):
        plan_mass(people=1)
    lead = make_staff("boss", Dispatch.objects.first().corp)
    make_user(staff=lead)
    make_user("nobody")
    pump(Script(*[errors.Misconfigured("40201")] * 3), MASS)
    alarm = Dispatch.objects.get(kind="staff_message")
    body = json.loads(alarm.payload)
    assert body["touser"] == "boss"
    assert "40201" in body["text"]["content"]


def test_who_cannot_be_reached_is_refused_and_keeps_no_place():
    plan_mass("wmA", "wmB", "wmC")

    class Picky(Script):
        def __call__(self, claimed):
            reply = super().__call__(claimed)
            return type(reply)(reply.wecom_ref, unreachable_ids=("wmB", "wmNobody"))

    pump(Picky(), MASS)
    assert touch_states() == {"dispatched": 2, "refused": 1}
    assert place_states() == {"reserved": 2, "released": 1}
    refused = only_dispatch().touches.get(state="refused")
    assert (refused.identity.value, refused.reason) == ("wmB", "不是好友或不在可见范围")


def test_two_calls_never_hold_one_message():
    first, second = plan_mass(text="同一段话"), plan_mass(text="同一段话")

    class OneOnly(Script):
        def look_up(self, claimed, now):
            held = MassTask.objects.filter(msgid="THE-ONE").exists()
            return None if held else type(self).reply

    from touches.services.outcomes import Reply

    OneOnly.reply = Reply("THE-ONE")
    script = OneOnly(LOST, LOST, executed=[True, False])
    pump(script, MASS)
    for _ in range(2):
        settle_time_is_over()
        pump(script, MASS, now=LATER)
    assert sorted(MassTask.objects.values_list("msgid", flat=True)) == ["MSG-3", "THE-ONE"]
    assert {first.id, second.id} == set(MassTask.objects.values_list("dispatch_id", flat=True))


def test_nobody_sends_such_a_kind_who_cannot_look_it_up():
    with pytest.raises(ValueError, match="look it up"):
        SendPump([MASS], caller=Script(), threads=Threads(None, None, None, slots=1))
