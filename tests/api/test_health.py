"""Alive, ready, degraded: what the probes say and when."""

from datetime import timedelta

import pytest
import redis
from django.db import DatabaseError
from django.test import Client

from common.heartbeat import beat
from common.models import Heartbeat

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def redis_up(monkeypatch):
    monkeypatch.setattr("scrm.api.health.redis_answers", lambda: True)


def age(process: str, seconds: int) -> None:
    row = Heartbeat.objects.get(process=process)
    row.beaten_at -= timedelta(seconds=seconds)
    row.save()


def ready(client: Client) -> tuple[int, str]:
    response = client.get("/readyz")
    return response.status_code, response.json()["status"]


def test_alive_asks_nothing(client: Client, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert client.get("/healthz").content == b"ok"


def test_ready_when_somebody_works(client: Client):
    beat("worker-fast")

    assert ready(client) == (200, "ready")


def test_not_ready_before_anybody_works(client: Client):
    beat("beat")

    assert ready(client) == (503, "unready")


def test_not_ready_when_all_who_work_are_silent(client: Client):
    beat("worker-fast")
    age("worker-fast", 31)

    assert ready(client) == (503, "unready")


def test_degraded_when_the_pump_stands_in_for_a_silent_worker(client: Client):
    beat("pump")
    beat("worker-fast")
    age("worker-fast", 31)

    assert ready(client) == (200, "degraded")
    assert client.get("/readyz").json()["checks"]["silent"] == ["worker-fast"]


def test_degraded_and_not_unready_without_redis(client: Client, monkeypatch):
    beat("pump")
    monkeypatch.setattr("scrm.api.health.redis_answers", lambda: False)

    assert ready(client) == (200, "degraded")


def test_not_ready_without_the_database(client: Client, monkeypatch):
    def away():
        raise DatabaseError("server closed the connection")

    monkeypatch.setattr("scrm.api.health.heartbeat_ages", away)

    assert ready(client) == (503, "unready")


def test_a_redis_that_does_not_answer_is_not_waited_for(client: Client, monkeypatch, settings):
    monkeypatch.undo()
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    beat("pump")

    with pytest.raises(redis.RedisError):
        redis.Redis.from_url(settings.REDIS_URL).ping()
    assert ready(client) == (200, "degraded")
