"""Receipts are claimed in order per subject, once at a time, and bad ones go aside alone."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from django.db.models.functions import Now

from common import sql
from common.secrets import encrypt
from tests.wecom.keys import add_event_xml, event_xml, sealed
from wecom.events import CustomerAdded
from wecom.models import BODY_PLACE, CallbackReceipt
from wecom.services import claims
from wecom.services.receipts import receive_callback

pytestmark = pytest.mark.usefixtures("app", "rung")
CREATED = 1767225600


def _receive(now, *customers, start=0):
    for number, customer in enumerate(customers, start):
        query, body = sealed(add_event_xml(customer=customer, created=CREATED - number))
        receive_callback(
            corp_id="ww1234567890abcdef", app_slug="scrm", query=query, body=body, now=now
        )


def _claim(now, limit=10):
    return claims.pending_receipts(limit=limit, now=now)


def _subjects(receipts):
    return [receipt.event.subject_id for receipt in receipts]


def _end_leases():
    """Let the database's clock pass the end of every lease."""
    CallbackReceipt.objects.filter(lease_until__isnull=False).update(lease_until=Now())


def test_a_claim_carries_the_parsed_event(now):
    _receive(now, "wmA")
    (receipt,) = _claim(now)
    assert isinstance(receipt.event, CustomerAdded)
    assert receipt.event.welcome_code == "WELCOMECODE0001"
    assert (receipt.corp_id, receipt.app_slug) == ("ww1234567890abcdef", "scrm")
    assert receipt.attempts == 1
    assert receipt.digest == bytes(CallbackReceipt.objects.get().digest)


def test_a_claimed_receipt_is_not_claimed_again_until_its_lease_ends(now):
    _receive(now, "wmA")
    _claim(now)
    lease = CallbackReceipt.objects.get().lease_until - datetime.now(UTC)
    assert timedelta(0) < lease <= timedelta(seconds=60)
    assert _claim(now) == []
    _end_leases()
    (again,) = _claim(now)
    assert again.attempts == 2


@pytest.mark.parametrize("away", [timedelta(days=1), timedelta(days=30)])
def test_a_clock_that_is_ahead_neither_steals_nor_blocks(now, away):
    _receive(now, "wmA", "wmB")
    assert _subjects(_claim(now, limit=1)) == ["wmA"]
    _receive(now, "wmA", start=2)
    assert _subjects(_claim(now + away)) == ["wmB"]
    assert _claim(now + away) == []
    _end_leases()
    assert [_claim(now)[0].attempts for _ in range(2)] == [2, 2]


def test_a_door_whose_clock_is_ahead_does_not_make_others_wait(now):
    _receive(now + timedelta(days=1), "wmA")
    assert _subjects(_claim(now)) == ["wmA"]


def test_whoever_lets_go_ends_the_lease(now):
    _receive(now, "wmA", "wmB", "wmC")
    done, failed, postponed = _claim(now)
    claims.mark_done([done], now=now)
    claims.mark_failed(failed, reason="boom", now=now)
    claims.postpone(postponed, seconds=1, reason="45009", now=now)
    assert set(CallbackReceipt.objects.values_list("lease_until", flat=True)) == {None}


def test_one_subjects_receipts_come_together_by_time_of_the_event(now):
    _receive(now, "wmA", "wmB", "wmA")
    receipts = _claim(now)
    assert _subjects(receipts) == ["wmA", "wmB", "wmA"]
    assert [r.event_at for r in receipts] == sorted(r.event_at for r in receipts)


def test_a_subject_in_work_is_left_alone_while_others_go_on(now):
    _receive(now, "wmA", "wmA", "wmB")
    assert _subjects(_claim(now, limit=1)) == ["wmA"]
    assert _subjects(_claim(now)) == ["wmB"]
    assert _claim(now) == []


def test_events_without_a_subject_wait_for_nobody(now):
    for number in range(2):
        query, body = sealed(event_xml("<Event>enter_agent</Event>", created=CREATED + number))
        receive_callback(
            corp_id="ww1234567890abcdef", app_slug="scrm", query=query, body=body, now=now
        )
    assert len(_claim(now, limit=1)) == 1
    assert len(_claim(now, limit=1)) == 1


def test_done_receipts_do_not_come_back(now):
    _receive(now, "wmA", "wmB")
    assert claims.mark_done(_claim(now), now=now) == 2
    assert _claim(now + timedelta(days=1)) == []
    assert set(CallbackReceipt.objects.values_list("state", "done_at")) == {("done", now)}


def test_marking_nothing_is_harmless(now):
    assert claims.mark_done([], now=now) == 0


def test_ignored_receipts_say_so(now):
    _receive(now, "wmA")
    claims.mark_done(_claim(now), now=now, is_ignored=True)
    assert CallbackReceipt.objects.get().state == "ignored"


def test_an_old_claim_cannot_finish_a_newer_one(now):
    _receive(now, "wmA")
    old = _claim(now)
    _end_leases()
    new = _claim(now)
    assert claims.mark_done(old, now=now) == 0
    assert CallbackReceipt.objects.get().state == "new"
    assert claims.mark_done(new, now=now) == 1


def test_failures_back_off_from_a_second_to_an_hour_and_die_at_eight(now):
    _receive(now, "wmA")
    waits = []
    for _ in range(8):
        (receipt,) = _claim(now)
        is_dead = claims.mark_failed(receipt, reason="boom", now=now)
        row = CallbackReceipt.objects.get()
        waits.append((row.next_attempt_at - now).total_seconds())
        now = row.next_attempt_at
    assert waits == [1, 4, 16, 64, 256, 1024, 3600, 3600]
    assert is_dead
    assert (row.state, row.last_error) == ("dead", "boom")
    assert _claim(now + timedelta(days=1)) == []


def test_the_next_receipt_of_a_failed_subject_waits_for_it(now):
    _receive(now, "wmA")
    claims.mark_failed(_claim(now)[0], reason="boom", now=now)
    _receive(now, "wmA", start=1)
    assert _claim(now) == []
    later = now + timedelta(seconds=1)
    (first,) = _claim(later)
    claims.mark_done([first], now=later)
    assert _subjects(_claim(later)) == ["wmA"]


def test_a_receipt_that_was_tried_before_comes_alone(now):
    _receive(now, "wmA", "wmB", "wmC")
    _claim(now)
    _end_leases()
    assert [len(_claim(now)) for _ in range(4)] == [1, 1, 1, 0]


def test_what_kills_its_worker_eight_times_is_dead(now):
    _receive(now, "wmA")
    for _ in range(8):
        assert len(_claim(now)) == 1
        _end_leases()
    assert _claim(now) == []
    row = CallbackReceipt.objects.get()
    assert (row.state, row.last_error) == ("dead", "claimed eight times without an end")


def test_postponing_does_not_count(now):
    _receive(now, "wmA")
    for _ in range(20):
        (receipt,) = _claim(now)
        claims.postpone(receipt, seconds=60, reason="45009", now=now)
        now += timedelta(seconds=60)
    assert CallbackReceipt.objects.get().attempts == 0
    assert len(_claim(now)) == 1


def test_a_postponed_subject_waits_as_a_whole(now):
    _receive(now, "wmA")
    claims.postpone(_claim(now)[0], seconds=60, reason="45009", now=now)
    _receive(now, "wmA", start=1)
    assert _claim(now) == []
    assert _subjects(_claim(now + timedelta(seconds=60))) == ["wmA", "wmA"]


def test_dead_receipts_can_be_revived(now):
    _receive(now, "wmA")
    CallbackReceipt.objects.update(state="dead", attempts=8)
    assert claims.revive([CallbackReceipt.objects.get().pk], now=now) == 1
    assert _claim(now)[0].attempts == 1


UNREADABLE = pytest.mark.parametrize(
    ("stored", "reason"),
    [
        (lambda: encrypt(b"<xml>", place=BODY_PLACE), "not the XML of an event: ParseError"),
        (lambda: b"\x02k9" + b"\x00" * 40, "no key 'k9' in FIELD_KEYS"),
        (
            lambda: encrypt(b"<xml/>", place="elsewhere"),
            f"the value kept in {BODY_PLACE} does not decrypt",
        ),
        (lambda: b"\x01\x00", "no key '\\x00' in FIELD_KEYS"),
    ],
)


def _spoil(customer, stored):
    """Write other bytes over a kept body, without the ORM."""
    sql.execute(
        "UPDATE wecom_callbackreceipt SET body = %s WHERE subject_id = %s", [stored(), customer]
    )


@UNREADABLE
def test_a_receipt_that_cannot_be_read_dies_without_harm_to_others(now, stored, reason):
    _receive(now, "wmA", "wmB")
    _spoil("wmA", stored)
    assert _subjects(_claim(now)) == ["wmB"]
    row = CallbackReceipt.objects.defer("body").get(subject_id="wmA")
    assert (row.state, row.last_error, row.lease_until) == ("dead", reason, None)


@UNREADABLE
def test_a_welcome_that_cannot_be_read_expires_without_harm_to_others(now, stored, reason):
    _receive(now, "wmA", "wmB")
    _spoil("wmA", stored)
    with transaction.atomic():
        receipts = claims.claim_welcomes(limit=10, now=now)
        assert _subjects(receipts) == ["wmB"]
        claims.mark_welcomes(receipts)
    states = dict(CallbackReceipt.objects.values_list("subject_id", "welcome_state"))
    assert states == {"wmA": "expired", "wmB": "done"}
    assert CallbackReceipt.objects.defer("body").get(subject_id="wmA").state == "new"


def test_welcomes_come_nearest_deadline_first_and_once(now):
    _receive(now, "wmA", "wmB")
    with transaction.atomic():
        receipts = claims.claim_welcomes(limit=10, now=now)
        assert _subjects(receipts) == ["wmB", "wmA"]
        assert claims.mark_welcomes(receipts) == 2
        assert claims.claim_welcomes(limit=10, now=now) == []


def test_living_welcomes_come_before_those_that_ran_out(now):
    _receive(now, "wmA", "wmB")
    late = now + timedelta(seconds=18)
    with transaction.atomic():
        living = claims.claim_welcomes(limit=10, now=late)
        assert _subjects(living) == ["wmA"]
        claims.mark_welcomes(living)
        assert _subjects(claims.claim_welcomes(limit=10, now=late)) == ["wmB"]


def test_a_second_look_takes_the_same_ones(now):
    _receive(now, "wmA")
    with transaction.atomic():
        seen = claims.claim_welcomes(limit=10, now=now)
        _receive(now, "wmB", start=1)
        assert _subjects(claims.claim_welcomes(limit=10, now=now, among=seen)) == ["wmA"]


def test_welcomes_that_ran_out_are_left_to_the_lane_for_seven_days(now):
    _receive(now, "wmA")
    last = now + timedelta(days=7, seconds=19) - timedelta(microseconds=1)
    assert claims.expire_welcomes(now=last) == 0
    with transaction.atomic():
        assert _subjects(claims.claim_welcomes(limit=10, now=last)) == ["wmA"]
    ended = now + timedelta(days=7, seconds=19)
    with transaction.atomic():
        assert claims.claim_welcomes(limit=10, now=ended) == []
    assert claims.expire_welcomes(now=ended) == 1
    assert CallbackReceipt.objects.get().welcome_state == "expired"
