"""Bells wake whoever is there, and do not pile up for those who are not."""

import json
import threading
import time
from datetime import timedelta
from typing import Any

import pytest
import redis
from celery import current_app
from celery.schedules import schedule
from django.conf import settings

from common import bell, heartbeat
from scrm.management import programs
from scrm.tasks import alive, bells
from scrm.tasks.alive import BeatingScheduler
from scrm.tasks.pumps import PUMPS


@pytest.fixture
def beat(redis_client: "redis.Redis", monkeypatch: pytest.MonkeyPatch, tmp_path) -> Any:
    monkeypatch.setattr(alive, "show_life", lambda: None)
    return BeatingScheduler(current_app, schedule_filename=str(tmp_path / "beat"))


def make_due(beat: Any, *names: str) -> None:
    for name in names:
        entry = beat.schedule[name]
        entry.schedule = schedule(timedelta(seconds=0.001))
    beat.populate_heap()


def test_beat_does_not_fill_a_queue_that_nobody_empties(beat: Any, redis_client: "redis.Redis"):
    for _ in range(5):
        beat.apply_entry(beat.schedule["scrm.welcome"])
        beat.apply_entry(beat.schedule["scrm.maintain"])

    assert redis_client.llen("welcome") == 1
    assert redis_client.llen("bulk") == 1
    message = json.loads(redis_client.lindex("bulk", 0))
    assert message["headers"]["task"] == "scrm.maintain"
    assert 50_000 < redis_client.pttl("bell:scrm.maintain") <= 60_000


def test_beat_rings_again_what_was_answered(beat: Any, redis_client: "redis.Redis"):
    beat.apply_entry(beat.schedule["scrm.sync"])
    bell.answered("scrm.sync")
    beat.apply_entry(beat.schedule["scrm.sync"])

    assert redis_client.llen("bulk") == 2


def test_a_bell_that_nobody_has_answered_is_enough(redis_client: "redis.Redis"):
    assert bell._send("scrm.sync")
    assert not bell._send("scrm.sync")
    bell.answered("scrm.sync")
    assert bell._send("scrm.sync")


def test_beat_ticks_on_without_redis(beat: Any, monkeypatch: pytest.MonkeyPatch):
    away = redis.Redis(unix_socket_path="/nonexistent/redis.sock", socket_timeout=0.1)
    monkeypatch.setattr(bell, "_client", away)
    make_due(beat, "scrm.welcome")
    time.sleep(0.002)

    assert beat.tick() == 0


def test_a_full_queue_is_left_as_it_is(redis_client: "redis.Redis"):
    redis_client.rpush("fast", *(["waiting"] * bell.FULL_QUEUE))

    bell.ring_now("scrm.intake")

    assert redis_client.llen("fast") == bell.FULL_QUEUE


def test_threads_that_ring_first_share_one_ringer(monkeypatch: pytest.MonkeyPatch):
    begun: list[int] = []
    ringer = bell._Ringer()
    begin = ringer._begin

    def slowly() -> None:
        begun.append(1)
        time.sleep(0.02)
        begin()

    monkeypatch.setattr(ringer, "_begin", slowly)
    monkeypatch.setattr(ringer, "_ring_for_ever", lambda: None)
    asking = [threading.Thread(target=ringer.ask, args=(f"scrm.{n}",)) for n in range(8)]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join()

    assert len(begun) == 1
    assert sorted(ringer._waiting) == [f"scrm.{n}" for n in range(8)]


def test_every_pump_has_its_bell_and_every_bell_its_worker():
    tasks = {name for name in current_app.tasks if name.startswith("scrm.")}
    scheduled = {str(entry["task"]) for entry in settings.CELERY_BEAT_SCHEDULE.values()}

    assert bells.welcome.name == "scrm.welcome"
    assert tasks == set(PUMPS) == scheduled
    assert {settings.BELL_QUEUES.get(name, "bulk") for name in PUMPS} == set(programs.WORKERS)


def test_nobody_shares_the_queue_of_the_welcome():
    queues = [settings.BELL_QUEUES.get(name, "bulk") for name in PUMPS]

    assert queues.count(settings.BELL_QUEUES["scrm.welcome"]) == 1


def test_a_heartbeat_that_cannot_be_written_stops_nobody(monkeypatch: pytest.MonkeyPatch):
    def broken(_name: str) -> None:
        raise ValueError("broken key")

    monkeypatch.setattr(heartbeat, "beat", broken)
    monkeypatch.setitem(alive._last, "at", -alive.EVERY_SECONDS)
    work: list[str] = []

    with alive.working():
        work.append("done")

    assert work == ["done"]
