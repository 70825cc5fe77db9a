"""A callback becomes one receipt with everything that intake and the welcome lane need."""

from datetime import timedelta

import pytest
from django.db import connection

from tests.wecom.keys import (
    CORP_ID,
    KEYS,
    OTHER_CORP_KEYS,
    VECTORS,
    add_event_xml,
    event_xml,
    sealed,
)
from wecom.crypto import CallbackKeys, decode_aes_key
from wecom.errors import CallbackRefused
from wecom.models import App, CallbackReceipt
from wecom.services.receipts import prune_receipts, receive_callback, verify_url

CUSTOMER = "wmTESTexternal000000000000000001"


def _receive(xml, now, *, corp_id=CORP_ID, app_slug="scrm", keys=KEYS, nonce="1"):
    query, body = sealed(xml, keys=keys, nonce=nonce)
    return receive_callback(corp_id=corp_id, app_slug=app_slug, query=query, body=body, now=now)


def test_an_add_event_is_stored_whole_and_rings_both_bells(app, now, rung):
    xml = add_event_xml()
    received = _receive(xml, now)
    receipt = CallbackReceipt.objects.get()
    assert receipt.pk == received.receipt_id
    assert bytes(receipt.body) == xml
    assert (receipt.corp.corp_id, receipt.app.slug) == (CORP_ID, "scrm")
    assert receipt.event_kind == "change_external_contact.add_external_contact"
    assert receipt.subject_id == CUSTOMER
    assert receipt.event_at == now - timedelta(seconds=1)
    assert (receipt.received_at, receipt.next_attempt_at) == (now, receipt.event_at)
    assert receipt.lease_until is None
    assert (receipt.state, receipt.attempts, receipt.is_late) == ("new", 0, False)
    assert receipt.welcome_state == "new"
    assert receipt.welcome_deadline_at == receipt.event_at + timedelta(seconds=20)
    assert rung == ["scrm.welcome", "scrm.intake"]


def test_the_body_is_encrypted_at_rest(app, now, rung):
    _receive(add_event_xml(), now)
    with connection.cursor() as cursor:
        cursor.execute("SELECT body FROM wecom_callbackreceipt")
        stored = bytes(cursor.fetchone()[0])
    assert b"WELCOMECODE0001" not in stored
    assert b"<xml>" not in stored


def test_a_second_delivery_is_one_receipt_and_rings_no_bell(app, now, rung):
    first = _receive(add_event_xml(), now, nonce="1")
    rung.clear()
    second = _receive(add_event_xml(), now, nonce="2")
    assert second.is_duplicate
    assert second.receipt_id is None
    assert CallbackReceipt.objects.get().pk == first.receipt_id
    assert rung == []


def test_each_app_keeps_its_own_copy(app, contacts_app, now, rung):
    keys = CallbackKeys(
        token=contacts_app.callback_token,
        aes_key=decode_aes_key(contacts_app.aes_key),
        receive_id=CORP_ID,
    )
    _receive(add_event_xml(), now)
    _receive(add_event_xml(), now, app_slug="contacts", keys=keys)
    assert CallbackReceipt.objects.count() == 2


def test_an_event_without_a_code_wants_no_welcome(app, now, rung):
    _receive(add_event_xml(welcome_code=""), now)
    receipt = CallbackReceipt.objects.get()
    assert (receipt.welcome_state, receipt.welcome_deadline_at) == ("none", None)
    assert rung == ["scrm.intake"]


def test_a_code_older_than_20_seconds_goes_to_the_lane_too_which_says_why(app, now, rung):
    _receive(add_event_xml(), now + timedelta(hours=3))
    receipt = CallbackReceipt.objects.get()
    assert receipt.welcome_state == "new"
    assert receipt.welcome_deadline_at == now + timedelta(seconds=19)
    assert rung == ["scrm.welcome", "scrm.intake"]


def test_an_unknown_event_is_kept_for_intake(app, now, rung):
    _receive(event_xml("<Event>brand_new</Event><ChangeType>x</ChangeType>"), now)
    receipt = CallbackReceipt.objects.get()
    assert (receipt.event_kind, receipt.state) == ("brand_new.x", "new")


def test_a_genuine_but_malformed_event_is_kept_dead(app, now, rung):
    _receive(b"<xml>&bomb;</xml>", now)
    receipt = CallbackReceipt.objects.get()
    assert (receipt.event_kind, receipt.state) == ("malformed", "dead")
    assert receipt.last_error == "not the XML of an event: ParseError"
    assert bytes(receipt.body) == b"<xml>&bomb;</xml>"
    assert rung == []


@pytest.mark.parametrize(
    ("age", "is_late", "state"),
    [
        (timedelta(hours=23), False, "new"),
        (timedelta(hours=25), True, "new"),
        (timedelta(days=8), True, "dead"),
    ],
)
def test_old_events_are_flagged_and_very_old_ones_put_aside(app, now, rung, age, is_late, state):
    _receive(add_event_xml(), now - timedelta(seconds=1) + age)
    receipt = CallbackReceipt.objects.get()
    assert (receipt.is_late, receipt.state) == (is_late, state)


@pytest.mark.parametrize(
    ("corp_id", "app_slug"),
    [("ww9999999999999999", "scrm"), (CORP_ID, "other"), ("", ""), (CORP_ID, "contacts")],
)
def test_an_unknown_address_is_refused(app, now, rung, corp_id, app_slug):
    with pytest.raises(CallbackRefused):
        _receive(add_event_xml(), now, corp_id=corp_id, app_slug=app_slug)
    assert not CallbackReceipt.objects.exists()


def test_another_corps_message_is_refused(app, now, rung):
    with pytest.raises(CallbackRefused):
        _receive(add_event_xml(), now, keys=OTHER_CORP_KEYS)
    assert not CallbackReceipt.objects.exists()
    assert rung == []


def test_a_disabled_app_receives_nothing(app, now, rung):
    App.objects.update(is_enabled=False)
    with pytest.raises(CallbackRefused):
        _receive(add_event_xml(), now)


def test_an_app_without_callback_keys_receives_nothing(app, now, rung):
    app.callback_token = ""
    app.save()
    with pytest.raises(CallbackRefused):
        _receive(add_event_xml(), now)


def test_the_url_check_answers_the_echo_and_is_noted(app, now):
    vector = VECTORS["get"]
    query = {name: vector[name] for name in ("msg_signature", "timestamp", "nonce", "echostr")}
    echo = verify_url(corp_id=CORP_ID, app_slug="scrm", query=query, now=now)
    assert echo == vector["expected_body"]
    app.refresh_from_db()
    assert app.callback_verified_at == now


def test_storing_takes_one_statement(app, now, rung, django_assert_num_queries):
    _receive(add_event_xml(), now)
    with django_assert_num_queries(1):
        _receive(add_event_xml(customer="wm2"), now)


def test_pruning_takes_finished_receipts_only(app, now, rung):
    for number, state in enumerate(["new", "done", "ignored", "dead"]):
        _receive(add_event_xml(customer=f"wm{number}"), now)
        CallbackReceipt.objects.filter(subject_id=f"wm{number}").update(state=state)
    assert prune_receipts(before=now) == 0
    assert prune_receipts(before=now + timedelta(seconds=1)) == 2
    left = set(CallbackReceipt.objects.values_list("state", flat=True))
    assert left == {"new", "dead"}
