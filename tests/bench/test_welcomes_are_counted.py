"""The watch of the welcome benchmark, with a product of twenty lines in place of ours."""

import threading

import pytest

from bench import welcome
from bench.report import WrongOutcome
from bench.welcome import PATH, Watch
from sandbox.config import SandboxConfig
from sandbox.testing import SandboxThread


@pytest.fixture
def box():
    with SandboxThread(SandboxConfig(world="fixture")) as box:
        box.sim.change_app("scrm", callback_url="http://127.0.0.1:9/nobody")
        yield box


@pytest.fixture
def answer(box, monkeypatch):
    """Starts a product that calls so many times for each of the first so many codes."""
    monkeypatch.setattr(welcome, "LAST_SECONDS", 0.5)
    monkeypatch.setattr(welcome, "LINGER_SECONDS", 0.2)
    monkeypatch.setattr(welcome, "PER_SECOND", 1_000.0)
    threads = []

    def start(first: int, calls: int = 1):
        def serve():
            token = box.sim.api(
                "GET", "gettoken", corpid="ww1234567890abcdef", corpsecret="sandbox-secret-scrm"
            )["access_token"]
            served: set[str] = set()
            watch = Watch(box.sim)
            while len(served) < first:
                for code in [code for code in watch.due() if code not in served][:first]:
                    served.add(code)
                    body = {"welcome_code": code, "text": {"content": "你好"}}
                    for _call in range(calls):
                        box.sim.api("POST", PATH, body, access_token=token)

        threads.append(threading.Thread(target=serve, daemon=True))
        threads[-1].start()

    yield start
    for thread in threads:
        thread.join(5)


def test_each_add_gets_a_time_from_callback_to_welcome(box, answer):
    answer(first=5)

    times = welcome._add(Watch(box.sim), 5, state="")

    assert len(times) == 5
    assert all(0 < seconds < 20 for seconds in times.values())


def test_a_missing_welcome_is_no_figure(box, answer):
    answer(first=4)

    with pytest.raises(WrongOutcome, match="5 adds, 5 callbacks, 1 welcomes missing, 0 sent twice"):
        welcome._add(Watch(box.sim), 5, state="")


def test_a_welcome_that_was_called_for_twice_is_no_figure(box, answer):
    answer(first=2, calls=2)

    with pytest.raises(WrongOutcome, match="2 adds, 2 callbacks, 0 welcomes missing, 2 sent twice"):
        welcome._add(Watch(box.sim), 2, state="")
