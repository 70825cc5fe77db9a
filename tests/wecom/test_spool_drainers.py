"""A file that cannot be drained stops no other; two drainers at once move each callback once."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from tests.wecom.keys import CORP_ID, KEYS, add_event_xml, sealed
from wecom import keys, spool
from wecom.crypto import CallbackKeys
from wecom.models import App, CallbackReceipt
from wecom.services.receipts import Drained, drain_spool

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("app", "rung", "spool_dir"),
]


def _spooled(now, customer, app_slug="scrm", callback_keys=KEYS):
    query, body = sealed(add_event_xml(customer=customer), keys=callback_keys)
    callback = spool.SpooledCallback(CORP_ID, app_slug, query, body, now)
    return spool.write(callback, digest=customer.encode())


def _bad(spool_dir, name):
    spool_dir.mkdir(exist_ok=True)
    path = spool_dir / f"{name}.callback"
    path.write_bytes(b"{}")
    return path


def _customers():
    return sorted(CallbackReceipt.objects.values_list("subject_id", flat=True))


def test_a_file_whose_app_is_gone_goes_aside_and_the_rest_go_on(now, app, spool_dir):
    """The keys are still in the process, but the row they belong to is not."""
    gone = App.objects.create(
        corp=app.corp,
        slug="gone",
        secret="s",
        callback_token="goneToken01",
        aes_key="0123456789abcdefghijklmnopqrstuvwxyzABCDEFG",
    )
    keys.ring.warm_up()
    receiver = keys.ring.receiver(CORP_ID, "gone")
    path = _spooled(
        now, "wmA", "gone", CallbackKeys(receiver.keys.token, receiver.keys.aes_key, CORP_ID)
    )
    _spooled(now, "wmB")
    App.objects.filter(pk=gone.pk).delete()
    assert drain_spool(now=now) == Drained(moved=1, quarantined=1)
    assert (spool_dir / "quarantine" / path.name).exists()
    assert _customers() == ["wmB"]


def test_a_file_that_another_drainer_took_is_skipped(now, spool_dir, monkeypatch):
    bad = _bad(spool_dir, "a")
    taken = _spooled(now, "wmA")
    _spooled(now, "wmB")
    real = spool.read

    def read(path):
        """The other one is quicker with the first two, at the worst moment of each."""
        if path == taken:
            path.unlink()
        content = path.read_bytes()
        if path == bad:
            path.unlink()
        return spool.SpooledCallback.from_json(content) if path == bad else real(path)

    monkeypatch.setattr(spool, "read", read)
    assert drain_spool(now=now) == Drained(moved=1, skipped=2)
    assert _customers() == ["wmB"]


def test_a_file_that_cannot_be_read_now_stays_and_the_rest_go_on(now, spool_dir):
    _spooled(now, "wmA")
    (spool_dir / "a.callback").mkdir()
    assert drain_spool(now=now) == Drained(moved=1, skipped=1)
    assert (spool_dir / "a.callback").exists()


def test_a_time_without_a_zone_goes_aside(now, spool_dir):
    path = _spooled(now, "wmA")
    path.write_text(json.dumps(json.loads(path.read_bytes()) | {"received_at": "2026-01-01"}))
    _spooled(now, "wmB")
    assert drain_spool(now=now) == Drained(moved=1, quarantined=1)


def test_two_drainers_at_once_lose_nothing_and_double_nothing(now, spool_dir):
    customers = sorted(f"wm{number:02}" for number in range(30))
    for number, customer in enumerate(customers):
        _spooled(now, customer)
        if number % 5 == 0:
            _bad(spool_dir, f"bad{number}")
    gate = threading.Barrier(2)

    def drain(_):
        try:
            gate.wait(10)
            return drain_spool(now=now)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        both = list(pool.map(drain, range(2)))
    assert _customers() == customers
    assert sum(one.moved for one in both) >= 30
    assert sum(one.quarantined for one in both) == 6
    assert spool.waiting_count() == 0
    assert len(list((spool_dir / "quarantine").iterdir())) == 6
