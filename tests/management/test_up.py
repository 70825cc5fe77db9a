"""`up` explains what stands in its way before it starts anything."""

import socket

import pytest
from django.core.management import CommandError, call_command

import embedded
from common import heartbeat


def test_a_port_in_use_stops_up_before_anything_starts(monkeypatch: pytest.MonkeyPatch, settings):
    monkeypatch.setattr(embedded, "cluster", lambda: None)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        settings.PORT = listener.getsockname()[1]
        with pytest.raises(CommandError, match=rf"Port {settings.PORT} \(web\) is already in use"):
            call_command("up")


@pytest.mark.django_db
def test_alive_tells_a_fresh_heartbeat_from_none(capsys: pytest.CaptureFixture[str]):
    heartbeat.beat("worker-fast")
    call_command("alive", "worker-fast")
    assert capsys.readouterr().out == "worker-fast is alive\n"
    with pytest.raises(CommandError, match="worker-bulk has never shown life"):
        call_command("alive", "worker-bulk")


@pytest.mark.django_db
def test_alive_refuses_an_old_heartbeat(monkeypatch: pytest.MonkeyPatch):
    heartbeat.beat("beat")
    monkeypatch.setattr(heartbeat, "FRESH_SECONDS", -1)
    with pytest.raises(CommandError, match="beat was last seen 0 s ago"):
        call_command("alive", "beat")
