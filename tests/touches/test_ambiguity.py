"""A try that may have been executed is repeated only where that is safe; else people are asked."""

from datetime import timedelta

import pytest

from common import sql
from tests.makers import NOW
from tests.touches.world import Script, only_dispatch, plan_for, pump, states_of
from touches.models import Dispatch, Touch
from touches.services.claiming import claim_due, reap_expired
from touches.services.plan import plan_touch
from wecom import errors

pytestmark = pytest.mark.django_db

SOON = NOW + timedelta(seconds=1)
WELCOME = Dispatch.Kind.WELCOME
MESSAGE = Dispatch.Kind.STAFF_MESSAGE


def plan_welcome() -> None:
    plan_touch(
        plan_for(kind=WELCOME, lane=Touch.Lane.WELCOME, valid_for=timedelta(seconds=20)), now=NOW
    )


def test_a_message_to_staff_is_repeated_with_the_same_bytes():
    plan_touch(plan_for(), now=NOW)
    script = Script(errors.Ambiguous("time-out"))
    pump(script)
    assert only_dispatch().state == "done"
    assert only_dispatch().ambiguous_rounds == 1
    assert len({claimed.payload for claimed in script.calls}) == 1
    assert len(script.calls) == 2


def test_the_wait_after_an_unclear_try_is_the_databases_time(settings):
    settings.DISPATCH_SETTLE_SECONDS = 30
    plan_touch(plan_for(), now=NOW)
    script = Script(errors.Ambiguous("time-out"))
    pump(script)
    # A host whose clock runs a day ahead does not shorten it.
    pump(script, now=NOW + timedelta(hours=23))
    assert (only_dispatch().state, len(script.calls)) == ("pending", 1)
    sql.execute("UPDATE touches_dispatch SET settle_until = clock_timestamp()")
    pump(script, now=SOON)
    assert (only_dispatch().state, len(script.calls)) == ("done", 2)


def test_outside_the_duplicate_check_nothing_is_repeated():
    plan_touch(plan_for(), now=NOW)
    pump(Script(errors.Ambiguous("time-out"), errors.RateLimited(retry_after_seconds=2000)))
    sql.execute("UPDATE touches_dispatch SET first_sent_at = first_sent_at - interval '29 min'")
    script = Script()
    pump(script, now=NOW + timedelta(hours=1))
    assert script.calls == []
    assert (only_dispatch().state, Touch.objects.get().state) == ("unknown", "unknown")


def test_after_four_unclear_tries_people_are_asked():
    plan_touch(plan_for(), now=NOW)
    script = Script(*[errors.Ambiguous("-1")] * 9)
    pump(script)
    assert (only_dispatch().state, len(script.calls)) == ("unknown", 4)
    assert Touch.objects.get().state == "unknown"


def test_a_refusal_after_an_unclear_try_tells_nothing():
    plan_touch(plan_for(), now=NOW)
    pump(Script(errors.Ambiguous("-1"), errors.StaffUnreachable("60111")))
    assert only_dispatch().state == "unknown"


def test_an_error_of_our_own_counts_as_unclear():
    plan_touch(plan_for(), now=NOW)
    pump(Script(ZeroDivisionError("ours")))
    assert (only_dispatch().state, only_dispatch().ambiguous_rounds) == ("done", 1)


def test_a_welcome_whose_code_is_used_after_an_unclear_try_is_unknown():
    plan_welcome()
    script = Script(errors.Ambiguous("time-out"), errors.WelcomeNotNeeded("41051"))
    pump(script, WELCOME)
    sql.execute("UPDATE touches_dispatch SET settle_until = clock_timestamp()")
    pump(script, WELCOME, now=SOON)
    assert (only_dispatch().state, len(script.calls)) == ("unknown", 2)


def test_an_unclear_welcome_that_runs_out_of_time_is_unknown_not_expired():
    plan_welcome()
    script = Script(errors.Ambiguous("time-out"))
    pump(script, WELCOME)
    sql.execute("UPDATE touches_dispatch SET settle_until = clock_timestamp()")
    pump(script, WELCOME, now=NOW + timedelta(seconds=21))
    assert (only_dispatch().state, len(script.calls)) == ("unknown", 1)


def test_a_welcome_that_could_only_be_repeated_too_late_ends_at_once():
    plan_welcome()
    pump(Script(errors.RateLimited("45009", retry_after_seconds=60)), WELCOME)
    assert (only_dispatch().state, Touch.objects.get().state) == ("expired", "expired")


def test_a_lost_worker_leaves_an_unclear_try():
    plan_touch(plan_for(), now=NOW)
    [claimed] = claim_due([MESSAGE], limit=1, now=NOW)
    assert reap_expired(NOW) == 0
    sql.execute("UPDATE touches_dispatch SET lease_until = clock_timestamp()")
    assert reap_expired(NOW) == 1
    dispatch = only_dispatch()
    assert (dispatch.state, dispatch.ambiguous_rounds, dispatch.token) == ("pending", 1, 1)
    assert states_of(dispatch) == ["pending", "sending", "pending"]
    assert claimed.token == 1


def test_a_call_that_kills_every_worker_ends_with_people():
    plan_touch(plan_for(), now=NOW)
    for _ in range(4):
        assert len(claim_due([MESSAGE], limit=9, now=NOW)) == 1
        sql.execute("UPDATE touches_dispatch SET lease_until = clock_timestamp()")
        reap_expired(NOW)
    assert (only_dispatch().state, Touch.objects.get().state) == ("unknown", "unknown")
    assert claim_due([MESSAGE], limit=9, now=NOW) == []
