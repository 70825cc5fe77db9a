"""With the database away callbacks wait on disk, and each arrives once afterwards."""

import json
import os
from datetime import timedelta

import pytest
from django.db import InterfaceError, OperationalError

from common import sql
from tests.wecom.keys import CORP_ID, add_event_xml, sealed
from wecom import keys, spool
from wecom.errors import CallbackRefused, CallbackUnavailable
from wecom.models import App, CallbackReceipt
from wecom.services.receipts import Drained, drain_spool, receive_callback

pytestmark = pytest.mark.usefixtures("app", "rung", "spool_dir")


@pytest.fixture
def database_away(monkeypatch):
    """Statements fail until the returned function brings the database back."""
    keys.ring.warm_up()
    real = sql.fetch_value

    def fail(*_: object) -> None:
        raise OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(sql, "fetch_value", fail)
    return lambda: monkeypatch.setattr(sql, "fetch_value", real)


def _receive(now, customer="wmA", nonce="1"):
    query, body = sealed(add_event_xml(customer=customer), nonce=nonce)
    return receive_callback(corp_id=CORP_ID, app_slug="scrm", query=query, body=body, now=now)


def test_a_callback_goes_to_disk_still_encrypted_and_comes_back(
    database_away, now, rung, spool_dir
):
    assert _receive(now).is_spooled
    (path,) = spool.waiting()
    assert b"WELCOMECODE0001" not in path.read_bytes()
    assert path.stat().st_mode & 0o777 == 0o600
    assert not CallbackReceipt.objects.exists()
    assert rung == []
    database_away()
    assert drain_spool(now=now + timedelta(seconds=5)).moved == 1
    receipt = CallbackReceipt.objects.get()
    assert receipt.received_at == now
    assert bytes(receipt.body) == add_event_xml(customer="wmA")
    assert list(spool_dir.iterdir()) == []
    assert rung == ["scrm.welcome", "scrm.intake"]


def test_an_event_delivered_three_times_is_one_file_and_one_receipt(database_away, now):
    for nonce in "123":
        _receive(now, nonce=nonce)
    assert spool.waiting_count() == 1
    database_away()
    _receive(now, nonce="4")
    assert drain_spool(now=now).moved == 1
    assert CallbackReceipt.objects.count() == 1


def test_draining_stops_while_the_database_is_away(database_away, now):
    _receive(now, "wmA")
    _receive(now, "wmB")
    assert drain_spool(now=now).moved == 0
    assert spool.waiting_count() == 2
    database_away()
    assert drain_spool(now=now).moved == 2


def test_draining_twice_is_harmless(database_away, now):
    _receive(now)
    (path,) = spool.waiting()
    content = path.read_bytes()
    database_away()
    drain_spool(now=now)
    path.write_bytes(content)
    assert drain_spool(now=now).moved == 1
    assert CallbackReceipt.objects.count() == 1


def test_an_unchecked_callback_never_reaches_the_disk(database_away, now, spool_dir):
    query, body = sealed(add_event_xml())
    with pytest.raises(CallbackRefused):
        receive_callback(
            corp_id=CORP_ID,
            app_slug="scrm",
            query=query | {"msg_signature": "0" * 40},
            body=body,
            now=now,
        )
    assert spool.waiting_count() == 0


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"\x00", b'{"corp_id": 1}', b"[]", b'"x"', b'{"query": null}']
)
def test_a_bad_file_goes_to_quarantine(now, spool_dir, content):
    spool_dir.mkdir()
    (spool_dir / "scrm-00.callback").write_bytes(content)
    assert drain_spool(now=now) == Drained(quarantined=1)
    assert (spool_dir / "quarantine" / "scrm-00.callback").read_bytes() == content
    assert spool.waiting_count() == 0


def test_a_tampered_file_goes_to_quarantine(database_away, now, spool_dir):
    _receive(now)
    database_away()
    (path,) = spool.waiting()
    data = json.loads(path.read_bytes())
    data["query"]["nonce"] = "2"
    path.write_text(json.dumps(data))
    assert drain_spool(now=now).moved == 0
    assert (spool_dir / "quarantine" / path.name).exists()
    assert not CallbackReceipt.objects.exists()


def test_without_keys_and_database_nothing_is_promised(now, monkeypatch):
    def fail() -> None:
        raise InterfaceError("connection already closed")

    monkeypatch.setattr(keys, "_read_receivers", fail)
    with pytest.raises(CallbackUnavailable):
        _receive(now)
    assert spool.waiting_count() == 0


def test_without_database_and_disk_nothing_is_promised(database_away, now, spool_dir):
    spool_dir.write_text("a file where the directory should be")
    with pytest.raises(CallbackUnavailable):
        _receive(now)


def test_warm_keys_outlive_the_database(now, monkeypatch):
    assert keys.ring.warm_up() == 1

    def fail() -> None:
        raise OperationalError

    monkeypatch.setattr(keys, "_read_receivers", fail)
    monkeypatch.setattr(keys.ring, "_checked_at", -1e9)
    assert keys.ring.receiver(CORP_ID, "scrm").app_slug == "scrm"


def test_an_app_that_warm_keys_do_not_know_is_asked_to_come_again(now, monkeypatch):
    """It may have been made since the database went away: 503, not the 403 of a stranger."""
    keys.ring.warm_up()
    monkeypatch.setattr(keys.ring, "_checked_at", -1e9)

    def fail(*_: object) -> None:
        raise OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(sql, "fetch_all", fail)
    with pytest.raises(CallbackUnavailable):
        keys.ring.receiver(CORP_ID, "brand-new")
    assert keys.ring.receiver(CORP_ID, "scrm").app_slug == "scrm"


def test_a_new_app_is_seen_without_a_restart(now, app, monkeypatch):
    keys.ring.warm_up()
    App.objects.filter(pk=app.pk).update(slug="renamed")
    with pytest.raises(CallbackRefused):
        keys.ring.receiver(CORP_ID, "renamed")
    monkeypatch.setattr(keys.ring, "_checked_at", keys.ring._checked_at - 2)
    assert keys.ring.receiver(CORP_ID, "renamed").app_pk == app.pk


def test_abandoned_temporary_files_are_swept(spool_dir):
    spool_dir.mkdir()
    for name, age in (("tmp-old", 7200), ("tmp-new", 0)):
        path = spool_dir / name
        path.write_bytes(b"half")
        os.utime(path, (path.stat().st_atime - age, path.stat().st_mtime - age))
    assert spool.sweep_temporaries() == 1
    assert [path.name for path in spool_dir.iterdir()] == ["tmp-new"]


def test_a_write_that_fails_leaves_no_temporary_file(database_away, now, spool_dir, monkeypatch):
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(CallbackUnavailable):
        _receive(now)
    assert list(spool_dir.iterdir()) == []
