"""`pump`: a lane a queue; a look that fails or hangs costs its own lane and nothing else."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from scrm.management.commands import pump
from scrm.tasks import alive
from scrm.tasks.pumps import PUMPS

SECONDS = 30


@pytest.fixture(autouse=True)
def handlers_kept(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    kept = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    monkeypatch.setattr(alive, "show_life", lambda: None)
    monkeypatch.setattr(pump, "request_stop", lambda: None)
    yield
    for number, handler in kept.items():
        signal.signal(number, handler)


def play(monkeypatch: pytest.MonkeyPatch, **parts: Callable[[datetime], Any]) -> None:
    """Put these in place of pumps; the others do nothing."""
    chosen = {name: parts.get(name.removeprefix("scrm."), lambda now: None) for name in PUMPS}
    monkeypatch.setattr(pump, "PUMPS", chosen)


def test_every_pump_but_the_sweep_has_a_lane_and_the_welcome_has_its_own():
    looped = [name for names in pump.LANES.values() for name in names]

    assert sorted(looped) == sorted(set(PUMPS) - {"scrm.start_sweep"})
    assert pump.LANES["welcome"] == ("scrm.welcome",)


def test_a_pump_that_hangs_keeps_no_other_lane_waiting(monkeypatch: pytest.MonkeyPatch):
    welcomed, events_done = threading.Event(), threading.Event()

    def sync(_now: datetime) -> None:
        assert welcomed.wait(SECONDS)
        assert events_done.wait(SECONDS)
        met.append("sync")

    met: list[str] = []
    play(
        monkeypatch,
        sync=sync,
        welcome=lambda now: welcomed.set(),
        dispatch_events=lambda now: events_done.set(),
    )

    call_command("pump", "--once")

    assert met == ["sync"]


@pytest.mark.parametrize("error", [RuntimeError("planted"), DatabaseError("away")])
def test_a_look_that_fails_is_named_and_the_lane_goes_on(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: Exception
):
    done: list[str] = []

    def intake(_now: datetime) -> None:
        raise error

    play(monkeypatch, intake=intake, dispatch_events=lambda now: done.append("dispatch"))

    call_command("pump", "--once")

    assert done == ["dispatch"]
    assert [(r.msg, vars(r)["pump"]) for r in caplog.records] == [("pump_failed", "scrm.intake")]


def test_each_lane_has_a_database_connection_of_its_own(monkeypatch: pytest.MonkeyPatch):
    seen: dict[str, BaseDatabaseWrapper] = {}

    def note(_now: datetime) -> None:
        seen[threading.current_thread().name] = connections["default"]

    play(monkeypatch, welcome=note, intake=note, sync=note)
    call_command("pump", "--once")

    assert sorted(seen) == ["bulk", "fast", "welcome"]
    assert len(set(map(id, seen.values()))) == 3


def test_sigterm_ends_every_lane(monkeypatch: pytest.MonkeyPatch):
    looks: list[str] = []
    stops: list[str] = []

    def welcome(_now: datetime) -> None:
        looks.append("welcome")
        if len(looks) == 2:
            os.kill(os.getpid(), signal.SIGTERM)

    play(monkeypatch, welcome=welcome)
    monkeypatch.setattr(pump, "request_stop", lambda: stops.append("asked"))

    call_command("pump", "--every", "0.01")

    assert stops == ["asked"]
    assert [t.name for t in threading.enumerate() if isinstance(t, pump.Lane)] == []


def test_a_lane_that_does_not_end_is_left_behind(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, settings
):
    settings.PUMP_BUDGET_SECONDS = 0
    release = threading.Event()

    def sync(_now: datetime) -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        release.wait(SECONDS)

    play(monkeypatch, sync=sync)
    call_command("pump", "--every", "0.01")
    release.set()

    assert ("pump_lane_left_behind", "bulk") in [
        (record.msg, vars(record).get("lane")) for record in caplog.records
    ]
