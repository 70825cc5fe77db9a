"""A limit is one for all processes, and goes on counting when Redis does not answer."""

import socket
import threading
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest

from scrm.web import shared_limits
from scrm.web.shared_limits import SharedLimit, Verdict

MINUTE = timedelta(minutes=1)


@pytest.fixture
def half_a_minute(monkeypatch):
    """The real clock stands 20 seconds before a window ends."""
    monkeypatch.setattr("scrm.web.shared_limits.time.time", lambda: 6_000_040.0)


@pytest.fixture
def hung_redis() -> Iterator[str]:
    """A server that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        held: list[socket.socket] = []

        def hold() -> None:
            while True:
                try:
                    held.append(server.accept()[0])
                except OSError:
                    return

        threading.Thread(target=hold, daemon=True).start()
        yield f"redis://127.0.0.1:{server.getsockname()[1]}/0"
        server.shutdown(socket.SHUT_RDWR)
        for connection in held:
            connection.close()


def nobody_there() -> str:
    """An address where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"redis://127.0.0.1:{server.getsockname()[1]}/0"


def test_two_processes_count_together(half_a_minute, redis_client):
    one, other = (SharedLimit("test", 3, window=MINUTE) for _ in range(2))

    assert [one.count("a"), other.count("a"), one.count("a"), other.count("a")] == [
        Verdict(True, 2, 20),
        Verdict(True, 1, 20),
        Verdict(True, 0, 20),
        Verdict(False, 0, 20),
    ]
    assert one.count("b") == Verdict(True, 2, 20)
    [key] = redis_client.keys("limit:test:a:*")
    assert 0 < redis_client.ttl(key) <= 120


def test_a_new_window_begins_anew(half_a_minute, redis_client, monkeypatch):
    limit = SharedLimit("test", 1, window=MINUTE)
    assert [limit.count("a").is_allowed for _ in range(2)] == [True, False]

    monkeypatch.setattr("scrm.web.shared_limits.time.time", lambda: 6_000_060.0)

    assert limit.count("a") == Verdict(True, 0, 60)


def test_a_hung_redis_costs_a_fifth_of_a_second_once(half_a_minute, hung_redis):
    limit = SharedLimit("test", 2, window=MINUTE, redis_url=hung_redis)
    began = time.monotonic()
    first = limit.count("a")
    after_first = time.monotonic() - began
    rest = [limit.count("a") for _ in range(2)]
    after_rest = time.monotonic() - began - after_first

    assert first == Verdict(True, 1, 20)
    assert rest == [Verdict(True, 0, 20), Verdict(False, 0, 20)]
    assert shared_limits.TIMEOUT_SECONDS <= after_first < 0.4
    assert after_rest < 0.05


def test_a_redis_that_is_away_leaves_each_process_its_own_count(half_a_minute, monkeypatch):
    monkeypatch.setattr(shared_limits, "REST_SECONDS", 0.0)
    limit = SharedLimit("test", 1, window=MINUTE, redis_url=nobody_there())

    assert [limit.count("a").is_allowed for _ in range(2)] == [True, False]
    assert limit.count("b").is_allowed


def test_it_asks_redis_again_after_a_rest(half_a_minute, redis_client, monkeypatch):
    limit = SharedLimit("test", 5, window=MINUTE, redis_url=nobody_there())
    limit.count("a")
    limit._redis = redis_client

    assert limit.count("a").left == 3
    assert redis_client.keys("limit:test:*") == []
    limit._asked_again_at = 0.0
    assert limit.count("a").left == 4
