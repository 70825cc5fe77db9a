"""Callbacks under every fault: none is lost, none counts twice, one sweep ends in the truth.

`CHAOS_CALLBACKS=10000` makes it long; `python -m tests.chaos` prints a verdict in JSON.
"""

import os
from collections.abc import Iterator

import pytest

from tests.chaos.storm import Verdict, begin, judge, settle, storm
from tests.system import System

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1_200)]

CALLBACKS = int(os.environ.get("CHAOS_CALLBACKS", "600"))


@pytest.fixture(scope="module", autouse=True)
def begun(system: System) -> Iterator[None]:
    begin(system)
    yield
    system.start_postgres()


def test_callbacks_that_come_while_postgresql_is_away_wait_in_the_spool(system: System) -> None:
    system.sim.call("POST", "callbacks/clear")
    system.stop_postgres()
    system.sim.bulk_add(200, member="wangwu", prefix="away")
    system.wait(lambda: system.sim.callbacks(limit=1)["pending"] == 0, "deliveries")
    counts = system.sim.callbacks(limit=1)["counts"]
    assert (counts["delivered"], counts.get("given_up", 0)) == (200, 0)
    assert len(list(system.spool.glob("*.callback"))) == 200
    system.start_postgres()
    settle(system)
    verdict = Verdict()
    judge(system, verdict)
    assert verdict.problems == []
    assert system.count("wecom_callbackreceipt", "state = 'done'") == 200


def test_a_storm_of_callbacks_ends_in_the_truth(system: System) -> None:
    verdict = storm(system, callbacks=CALLBACKS)
    assert verdict.problems == [], verdict.line()
    assert verdict.faults >= 3
    assert verdict.events >= CALLBACKS
    assert min(verdict.doubled, verdict.dropped) > CALLBACKS // 50
    assert verdict.drift > 0
