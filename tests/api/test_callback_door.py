"""WeCom's callbacks are kept once and answered `success`; all else gets one and the same no."""

from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest
from django.db import OperationalError
from django.test import Client

from tests.api.senders import AES_KEY, CORP_ID, Sender, friend_added, make_app, post_raw
from wecom import keys, spool
from wecom.models import CallbackReceipt

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def app(monkeypatch, settings, tmp_path):
    settings.SPOOL_DIR = tmp_path
    monkeypatch.setattr("common.clock.now", lambda: datetime.fromtimestamp(1_780_000_001, UTC))
    keys.ring.forget()
    made = make_app()
    yield made
    keys.ring.forget()


def test_a_genuine_callback_is_kept_and_answered_success(client: Client):
    response = Sender().post(client, friend_added())

    assert (response.status_code, response.content) == (200, b"success")
    assert CallbackReceipt.objects.get().subject_id == "wmTEST1"


def test_a_second_delivery_is_answered_and_not_kept_twice(client: Client):
    for _ in range(3):
        assert Sender().post(client, friend_added()).content == b"success"

    assert CallbackReceipt.objects.count() == 1


def test_an_unknown_event_is_kept(client: Client):
    message = friend_added().replace("add_external_contact", "not_yet_invented")

    assert Sender().post(client, message).content == b"success"
    assert CallbackReceipt.objects.get().state == "new"


def test_verification_echoes_the_decrypted_text(client: Client):
    sender = Sender()
    encrypt = sender.seal("5927782487315")

    response = client.get(sender.url, {**sender.query(encrypt), "echostr": encrypt})

    assert (response.status_code, response.content) == (200, b"5927782487315")


def test_a_forged_signature_is_refused(client: Client):
    response = Sender(token="anotherToken").post(client, friend_added())

    assert (response.status_code, response.content) == (403, b"")
    assert not CallbackReceipt.objects.exists()


def test_a_message_of_another_corp_is_refused_though_its_signature_is_good(client: Client):
    response = Sender(receive_id="ww0000000000000000").post(client, friend_added())

    assert (response.status_code, response.content) == (403, b"")
    assert not CallbackReceipt.objects.exists()


def test_another_corps_signature_does_not_open_our_door(client: Client):
    make_app(corp_id="ww0000000000000000", token="otherCorpToken")
    other = Sender(
        corp_id="ww0000000000000000",
        receive_id="ww0000000000000000",
        token="otherCorpToken",
        url=f"/wecom/callback/{CORP_ID}/scrm",
    )

    assert other.post(client, friend_added()).status_code == 403
    assert not CallbackReceipt.objects.exists()


@pytest.mark.parametrize("url", [f"/wecom/callback/{CORP_ID}/nobody", "/wecom/callback/ww9/scrm"])
def test_an_unknown_receiver_gets_the_same_refusal(client: Client, url: str):
    response = Sender(url=url).post(client, friend_added())

    assert (response.status_code, response.content) == (403, b"")


def test_an_oversize_body_is_refused_before_anything_reads_it(client: Client, monkeypatch):
    monkeypatch.setattr("scrm.api.callbacks.receive_callback", _never)

    response = post_raw(client, Sender().url, b"x" * (64 * 1024 + 1))

    assert response.status_code == 413


def test_other_methods_are_not_allowed(client: Client):
    response = client.put(Sender().url)

    assert (response.status_code, response["Allow"]) == (405, "GET, POST")


def test_too_many_query_parameters_are_refused(client: Client):
    query = urlencode([(f"p{n}", "1") for n in range(1_500)])

    assert post_raw(client, f"{Sender().url}?{query}", b"<xml/>").status_code == 403


def test_with_the_database_away_the_callback_waits_in_the_spool(client: Client, monkeypatch):
    Sender().post(client, friend_added())
    monkeypatch.setattr("wecom.services.receipts._insert", _database_is_away)

    response = Sender().post(client, friend_added(external_userid="wmTEST2"))

    assert response.content == b"success"
    assert spool.waiting_count() == 1


def test_with_database_and_spool_away_wecom_is_asked_to_deliver_again(
    client: Client, monkeypatch, settings, tmp_path
):
    Sender().post(client, friend_added())
    blocked = tmp_path / "file"
    blocked.touch()
    settings.SPOOL_DIR = blocked
    monkeypatch.setattr("wecom.services.receipts._insert", _database_is_away)

    assert Sender().post(client, friend_added(external_userid="wmTEST2")).status_code == 503


def test_the_fast_lane_asks_nothing_but_the_receipt(client: Client, django_assert_num_queries):
    Sender().post(client, friend_added())

    with django_assert_num_queries(1):
        Sender().post(client, friend_added(external_userid="wmTEST2"))


def test_the_fast_lane_sets_no_cookie_and_no_policy_headers(client: Client):
    response = Sender().post(client, friend_added())

    assert not response.cookies
    assert set(response.headers) == {"Content-Type"}


def test_the_key_never_shows_in_an_answer(client: Client):
    assert AES_KEY.encode() not in Sender().post(client, "not xml").content


def _never(**_: object) -> None:
    raise AssertionError("nothing may read this body")


def _database_is_away(_: object) -> None:
    raise OperationalError("server closed the connection")
