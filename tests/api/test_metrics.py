"""The figures for Prometheus: right, and only for this machine or a token."""

from datetime import timedelta

import pytest
from django.test import Client

from common.heartbeat import beat
from customers.models import Drift
from org.models import Job
from tests.api.senders import Sender, friend_added
from tests.makers import NOW, make_app, make_corp
from touches.models import Dispatch
from wecom import keys

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def now(monkeypatch, settings, tmp_path):
    settings.SPOOL_DIR = tmp_path
    monkeypatch.setattr("common.clock.now", lambda: NOW)
    keys.ring.forget()


def figures(client: Client) -> dict[str, float]:
    lines = client.get("/metrics").content.decode().splitlines()
    pairs = (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
    return {name: float(value) for name, value in pairs}


def make_dispatch(app, key: str, state: str, *, due_seconds_ago: int = 0) -> Dispatch:
    return Dispatch.objects.create(
        key=key,
        kind="staff_message",
        corp=app.corp,
        app=app,
        payload="{}",
        state=state,
        available_at=NOW - timedelta(seconds=due_seconds_ago),
    )


def test_a_quiet_company_shows_zeros(client: Client):
    make_corp("ww1")

    shown = figures(client)

    for name in ("oldest_due_call_seconds", "oldest_receipt_seconds", "unknown_or_dead"):
        assert shown[f'scrm_{name}{{corp="ww1"}}'] == 0
    assert shown['scrm_sweep_drift{corp="ww1"}'] == 0
    assert shown['scrm_queue_length{queue="receipts"}'] == 0


def test_the_four_numbers_of_a_company_in_trouble(client: Client):
    app = make_app()
    corp = f'{{corp="{app.corp.corp_id}"}}'
    make_dispatch(app, "late", "pending", due_seconds_ago=90)
    make_dispatch(app, "future", "pending", due_seconds_ago=-60)
    make_dispatch(app, "dead", "dead", due_seconds_ago=500)
    make_dispatch(app, "unknown", "unknown")
    older = Job.objects.create(
        kind="sweep", title="", state="done", cursor={"corp": app.corp.pk}, created_at=NOW
    )
    newer = Job.objects.create(
        kind="sweep", title="", state="done", cursor={"corp": app.corp.pk}, created_at=NOW
    )
    for job, key in ((older, "a"), (newer, "b"), (newer, "c")):
        Drift.objects.create(corp=app.corp, job_id=job.pk, kind="follow", key=key, found_at=NOW)

    shown = figures(client)

    assert shown[f"scrm_oldest_due_call_seconds{corp}"] == 90
    assert shown[f"scrm_unknown_or_dead{corp}"] == 2
    assert shown[f"scrm_sweep_drift{corp}"] == 2
    assert shown['scrm_queue_length{queue="dispatches_pending"}'] == 2


def test_a_waiting_callback_ages(client: Client, monkeypatch):
    make_app()
    Sender().post(friend_added(at=int(NOW.timestamp())))
    monkeypatch.setattr("common.clock.now", lambda: NOW + timedelta(seconds=45))

    shown = figures(client)

    assert shown[f'scrm_oldest_receipt_seconds{{corp="{Sender().corp_id}"}}'] == 45
    assert shown['scrm_queue_length{queue="receipts"}'] == 1


def test_heartbeats_are_told(client: Client):
    beat("pump")

    assert 0 <= figures(client)['scrm_heartbeat_age_seconds{process="pump"}'] < 30


@pytest.mark.parametrize(
    "extra",
    [
        {"REMOTE_ADDR": "203.0.113.9"},
        {"REMOTE_ADDR": ""},
        {"HTTP_X_FORWARDED_FOR": "203.0.113.9"},
        {"HTTP_AUTHORIZATION": "Bearer wrong", "REMOTE_ADDR": "127.0.0.1"},
    ],
)
def test_others_may_not_read_them(client: Client, settings, extra):
    settings.METRICS_TOKEN = "right"

    assert client.get("/metrics", **extra).status_code == 403


def test_a_token_lets_another_machine_read_them(client: Client, settings):
    settings.METRICS_TOKEN = "right"

    response = client.get("/metrics", REMOTE_ADDR="203.0.113.9", HTTP_AUTHORIZATION="Bearer right")

    assert response.status_code == 200


def test_without_a_set_token_no_token_is_good(client: Client):
    response = client.get("/metrics", REMOTE_ADDR="203.0.113.9", HTTP_AUTHORIZATION="Bearer ")

    assert response.status_code == 403
