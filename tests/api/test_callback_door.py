"""WeCom's callbacks are kept once and answered `success`; all else gets one and the same no."""

from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest
from django.db import OperationalError

from tests.api.senders import AES_KEY, CORP_ID, Sender, call, friend_added, make_app
from wecom import keys, spool
from wecom.errors import CallbackUnavailable
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


def test_a_genuine_callback_is_kept_and_answered_success():
    response = Sender().post(friend_added())

    assert (response.status_code, response.content) == (200, b"success")
    assert CallbackReceipt.objects.get().subject_id == "wmTEST1"


def test_a_second_delivery_is_answered_and_not_kept_twice():
    for _ in range(3):
        assert Sender().post(friend_added()).content == b"success"

    assert CallbackReceipt.objects.count() == 1


def test_an_unknown_event_is_kept():
    message = friend_added().replace("add_external_contact", "not_yet_invented")

    assert Sender().post(message).content == b"success"
    assert CallbackReceipt.objects.get().state == "new"


def test_verification_echoes_the_decrypted_text():
    sender = Sender()
    encrypt = sender.seal("5927782487315")

    query = urlencode({**sender.query(encrypt), "echostr": encrypt})
    response = call(f"{sender.url}?{query}", method="GET")

    assert (response.status_code, response.content) == (200, b"5927782487315")


def test_a_forged_signature_is_refused():
    response = Sender(token="anotherToken").post(friend_added())

    assert (response.status_code, response.content) == (403, b"")
    assert not CallbackReceipt.objects.exists()


def test_a_message_of_another_corp_is_refused_though_its_signature_is_good():
    response = Sender(receive_id="ww0000000000000000").post(friend_added())

    assert (response.status_code, response.content) == (403, b"")
    assert not CallbackReceipt.objects.exists()


def test_another_corps_signature_does_not_open_our_door():
    make_app(corp_id="ww0000000000000000", token="otherCorpToken")
    other = Sender(
        corp_id="ww0000000000000000",
        receive_id="ww0000000000000000",
        token="otherCorpToken",
        url=f"/wecom/callback/{CORP_ID}/scrm",
    )

    assert other.post(friend_added()).status_code == 403
    assert not CallbackReceipt.objects.exists()


@pytest.mark.parametrize("url", [f"/wecom/callback/{CORP_ID}/nobody", "/wecom/callback/ww9/scrm"])
def test_an_unknown_receiver_gets_the_same_refusal(url: str):
    response = Sender(url=url).post(friend_added())

    assert (response.status_code, response.content) == (403, b"")


def test_an_oversize_body_is_refused_before_anything_reads_it(monkeypatch):
    monkeypatch.setattr("scrm.api.callbacks.receive_callback", _never)

    response = call(Sender().url, b"x" * (64 * 1024 + 1))

    assert response.status_code == 413


def test_other_methods_are_not_allowed():
    response = call(Sender().url, method="PUT")

    assert (response.status_code, response.headers["Allow"]) == (405, "GET, POST")


@pytest.mark.parametrize("path", ["/", "/healthz", "/wecom/callback/", "/wecom/callback/a/b/c"])
def test_every_other_address_is_handed_on(path: str):
    assert call(path, method="GET").content == path.encode()


def test_a_dead_connection_is_given_up_with_the_callback(monkeypatch):
    closed = []
    monkeypatch.setattr("scrm.api.callbacks.receive_callback", _unavailable)
    monkeypatch.setattr("scrm.api.callbacks.close_old_connections", lambda: closed.append(True))

    assert Sender().post(friend_added()).status_code == 503
    assert closed


def test_too_many_query_parameters_are_refused():
    query = urlencode([(f"p{n}", "1") for n in range(1_500)])

    assert call(f"{Sender().url}?{query}", b"<xml/>").status_code == 403


def test_with_the_database_away_the_callback_waits_in_the_spool(monkeypatch):
    Sender().post(friend_added())
    monkeypatch.setattr("wecom.services.receipts._insert", _database_is_away)

    response = Sender().post(friend_added(external_userid="wmTEST2"))

    assert response.content == b"success"
    assert spool.waiting_count() == 1


def test_with_database_and_spool_away_wecom_is_asked_to_deliver_again(
    monkeypatch, settings, tmp_path
):
    Sender().post(friend_added())
    blocked = tmp_path / "file"
    blocked.touch()
    settings.SPOOL_DIR = blocked
    monkeypatch.setattr("wecom.services.receipts._insert", _database_is_away)

    assert Sender().post(friend_added(external_userid="wmTEST2")).status_code == 503


def test_the_fast_lane_asks_nothing_but_the_receipt(django_assert_num_queries):
    Sender().post(friend_added())

    with django_assert_num_queries(1):
        Sender().post(friend_added(external_userid="wmTEST2"))


def test_the_fast_lane_sets_no_cookie_and_no_policy_headers():
    response = Sender().post(friend_added())

    assert set(response.headers) == {"Content-Type", "Content-Length"}


def test_the_key_never_shows_in_an_answer():
    assert AES_KEY.encode() not in Sender().post("not xml").content


def _unavailable(**_: object) -> None:
    raise CallbackUnavailable("no keys and no database")


def _never(**_: object) -> None:
    raise AssertionError("nothing may read this body")


def _database_is_away(_: object) -> None:
    raise OperationalError("server closed the connection")
