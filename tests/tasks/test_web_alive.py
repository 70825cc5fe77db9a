"""The web process empties its own spool and shows life, whatever happens to its keys."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.db import OperationalError

from common import bell, heartbeat, sql
from scrm.web import alive
from tests.wecom.keys import CONFIG, CORP_ID, add_event_xml, sealed
from wecom import keys, spool
from wecom.models import App, CallbackReceipt, Corp
from wecom.services.receipts import receive_callback

NOW = datetime(2026, 1, 1, 0, 0, 1, tzinfo=UTC)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def connection_of_the_test(monkeypatch: pytest.MonkeyPatch) -> None:
    """The test's transaction is rolled back on it: it must not be closed."""
    monkeypatch.setattr("scrm.web.alive.close_old_connections", lambda: None)


@pytest.fixture
def spooled(settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """One callback that came while the database was away; returns the bells that are rung."""
    settings.SPOOL_DIR = tmp_path / "spool"
    rung: list[str] = []
    monkeypatch.setattr(bell, "ring", rung.append)
    App.objects.create(
        corp=Corp.objects.create(corp_id=CORP_ID, name="示例零售"),
        slug="scrm",
        secret="sandbox-secret-scrm",
        callback_token=CONFIG["token"],
        aes_key=CONFIG["encoding_aes_key"],
    )
    keys.ring.forget()
    keys.ring.warm_up()

    def away(*_: object) -> None:
        raise OperationalError("server closed the connection unexpectedly")

    with monkeypatch.context() as patch:
        patch.setattr(sql, "fetch_value", away)
        query, body = sealed(add_event_xml())
        receive_callback(corp_id=CORP_ID, app_slug="scrm", query=query, body=body, now=NOW)
    return rung


def test_what_the_web_process_spooled_it_brings_in_itself(spooled: list[str]):
    assert spool.waiting_count() == 1

    alive.drain_once()

    assert spool.waiting_count() == 0
    assert CallbackReceipt.objects.get().received_at == NOW
    assert "scrm.intake" in spooled


def test_an_empty_spool_asks_the_database_nothing(
    settings, tmp_path: Path, django_assert_num_queries
):
    settings.SPOOL_DIR = tmp_path
    with django_assert_num_queries(0):
        alive.drain_once()


def test_a_key_that_cannot_be_read_keeps_the_file_and_the_thread(
    spooled: list[str], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    def broken(**_: object) -> None:
        raise ValueError("broken key")

    monkeypatch.setattr(alive, "drain_spool", broken)

    alive.drain_once()

    assert spool.waiting_count() == 1
    assert ("spool_not_drained", "ValueError: broken key") in [
        (record.msg, vars(record).get("reason")) for record in caplog.records
    ]


def test_a_key_that_cannot_be_read_does_not_look_like_a_dead_process(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    def broken(_self: object) -> int:
        raise ValueError("broken key")

    monkeypatch.setattr(keys.KeyRing, "warm_up", broken)
    monkeypatch.setenv("PROCESS_NAME", "web")

    alive.beat_once()

    assert "web" in heartbeat.ages()
    assert [(r.msg, vars(r)["reason"]) for r in caplog.records] == [
        ("callback_keys_not_loaded", "ValueError: broken key")
    ]


def test_a_database_that_is_away_does_not_end_the_thread(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    def away(_name: str) -> None:
        raise OperationalError("away")

    monkeypatch.setattr(heartbeat, "beat", away)

    alive.beat_once()

    assert "heartbeat_not_written" in [record.msg for record in caplog.records]


def test_both_threads_begin_with_a_look(monkeypatch: pytest.MonkeyPatch):
    begun: list[tuple[str, object]] = []

    class Thread:
        def __init__(self, *, target: object, args: tuple[object, ...], name: str, daemon: bool):
            self.told = (name, args[0])

        def start(self) -> None:
            begun.append(self.told)

    monkeypatch.setattr("scrm.web.alive.threading.Thread", Thread)

    alive.beat_in_background()

    assert begun == [("heartbeat", alive.beat_once), ("spool", alive.drain_once)]
