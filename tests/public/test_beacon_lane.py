"""Beacons by their lane: answered as Django's door answers, taken in together, none for another."""

import asyncio
import threading
from collections.abc import Sequence
from typing import Any

import pytest
from django.db import OperationalError, connection, connections
from django.test import Client

from content.models import Visit
from content.services.visits import Beacon, SentBeacon, beacon_token
from scrm.public import beacon_lane
from scrm.public.beacon_lane import BeaconLane
from tests.content.makers import after, make_customer, make_link, opened
from tests.public.test_beacon_door import MALFORMED, as_bytes, beacon, post

pytestmark = pytest.mark.django_db(transaction=True)


async def elsewhere(scope: Any, receive: Any, send: Any) -> None:
    """Answer for everything that is no beacon."""
    await send({"type": "http.response.start", "status": 299, "headers": []})
    await send({"type": "http.response.body", "body": b""})


@pytest.fixture
def lane(services_running: None):
    made = BeaconLane(elsewhere)
    yield made
    made.close()
    connections.close_all()


@pytest.fixture
def visit(monkeypatch):
    made = opened(make_link(), make_customer())
    monkeypatch.setattr("common.clock.now", lambda: after(20))
    return made


async def ask(lane: BeaconLane, path: str, *parts: bytes, method: str = "POST") -> int:
    """Send a request whose body comes in these parts; without any its sender has gone."""
    sent: list[Any] = []
    coming = [
        {"type": "http.request", "body": part, "more_body": n + 1 < len(parts)}
        for n, part in enumerate(parts)
    ]

    async def receive() -> Any:
        return coming.pop(0) if coming else {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    await lane({"type": "http", "method": method, "path": path}, receive, send)
    assert [message["type"] for message in sent] == ["http.response.start", "http.response.body"]
    status: int = sent[0]["status"]
    return status


def asked(lane: BeaconLane, path: str, *parts: bytes, method: str = "POST") -> int:
    return asyncio.run(ask(lane, path, *parts, method=method))


def address(visit: Visit) -> str:
    return f"/l/{visit.link.code}/beacon"


def body(visit: Visit, seq: int = 1, seconds: int = 15) -> bytes:
    return as_bytes(beacon(beacon_token(visit), seq=seq, seconds=seconds))


def test_a_beacon_counts_however_its_body_comes(lane, visit):
    text = body(visit)

    assert asked(lane, address(visit), text[:9], text[9:30], text[30:]) == 204
    visit.refresh_from_db()
    assert visit.total_seconds == 15


@pytest.mark.parametrize("sent", [*MALFORMED, beacon("forged"), beacon("")])
def test_the_lane_answers_as_the_door_does(lane, visit, sent):
    assert asked(lane, address(visit), as_bytes(sent)) == post(visit.link.code, sent)
    visit.refresh_from_db()
    assert visit.total_seconds == 0


def test_the_lane_says_of_caches_and_referrers_what_the_door_says(lane, visit):
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        return {"type": "http.request", "body": body(visit), "more_body": False}

    scope = {"type": "http", "method": "POST", "path": address(visit)}
    asyncio.run(lane(scope, receive, send))
    told = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    door = Client().post(address(visit), body(visit), content_type="text/plain")
    assert told == {name: door.headers[name] for name in told}
    assert "private" in told["cache-control"]


@pytest.mark.parametrize(
    ("path", "method"), [("/l/x/beacon", "GET"), ("/l/x", "POST"), ("/", "GET")]
)
def test_all_else_goes_on(lane, path, method):
    assert asked(lane, path, b"", method=method) == 299


def test_a_sender_who_goes_in_the_middle_leaves_nothing(lane, visit):
    assert asked(lane, address(visit)) == 400


def test_what_waits_is_taken_in_together(lane, visit, monkeypatch):
    parts: list[list[int]] = []
    is_free = threading.Event()
    take_in = beacon_lane.take_in

    def slowly(sent: Sequence[SentBeacon]) -> None:
        parts.append([one.beacon.seq for one in sent])
        is_free.wait(10)
        take_in(sent)

    monkeypatch.setattr(beacon_lane, "take_in", slowly)

    async def all_of_them() -> list[int]:
        asking = [
            asyncio.create_task(ask(lane, address(visit), body(visit, seq, 9 + seq)))
            for seq in range(1, 7)
        ]
        while not parts:
            await asyncio.sleep(0.01)
        is_free.set()
        return await asyncio.gather(*asking)

    assert asyncio.run(all_of_them()) == [204] * 6
    assert len(parts) <= 2
    assert sorted(seq for part in parts for seq in part) == [1, 2, 3, 4, 5, 6]
    visit.refresh_from_db()
    assert (visit.last_beacon_seq, visit.total_seconds) == (6, 15)


def test_one_that_fails_takes_no_other_along(lane, visit, monkeypatch):
    take_in = beacon_lane.take_in

    def choosy(sent: Sequence[SentBeacon]) -> None:
        if any(one.beacon.seq == 2 for one in sent):
            raise RuntimeError("odd")
        take_in(sent)

    monkeypatch.setattr(beacon_lane, "take_in", choosy)

    async def all_of_them() -> list[int]:
        asking = [ask(lane, address(visit), body(visit, seq, 9 + seq)) for seq in (1, 2, 3)]
        return await asyncio.gather(*asking)

    assert asyncio.run(all_of_them()) == [204, 500, 204]
    visit.refresh_from_db()
    assert visit.last_beacon_seq == 3


def test_while_the_database_is_away_a_page_is_asked_to_come_again(lane, visit, monkeypatch):
    def away(sent: Sequence[SentBeacon], *, now: Any) -> Any:
        raise OperationalError("gone")

    with monkeypatch.context() as patched:
        patched.setattr("scrm.public.beacons.apply_beacons", away)
        assert asked(lane, address(visit), body(visit)) == 503
    assert asked(lane, address(visit), body(visit)) == 204


def broken_off() -> None:
    """Close what lies under this thread's connection, as a server that goes does."""
    connection.connection.close()


def test_a_connection_that_broke_is_replaced(lane, visit):
    assert asked(lane, address(visit), body(visit)) == 204
    lane.thread.submit(broken_off).result()

    assert asked(lane, address(visit), body(visit, 2)) == 204
    visit.refresh_from_db()
    assert visit.last_beacon_seq == 2


def test_more_than_can_wait_is_put_off(lane, visit, monkeypatch):
    monkeypatch.setattr(beacon_lane, "MOST_WAITING", 0)

    assert asked(lane, address(visit), body(visit)) == 503


def test_the_beacon_of_the_tests_is_one(visit):
    assert Beacon(1, 15, 40) == beacon_lane.read_beacon("code", body(visit)).beacon
