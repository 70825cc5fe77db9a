"""A token that calls too often is told when to go on; others are not disturbed."""

from datetime import timedelta

import pytest

from scrm.web import throttling
from scrm.web.shared_limits import SharedLimit
from tests.makers import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def limit(monkeypatch, settings, redis_client):
    """Two requests a minute; the clock stands 20 seconds before the minute ends."""
    settings.API_REQUESTS_A_MINUTE = 2
    monkeypatch.setattr("scrm.web.shared_limits.time.time", lambda: 6_000_040.0)
    made = SharedLimit("api", 2, window=timedelta(minutes=1))
    monkeypatch.setattr(throttling, "limit", made)
    return made


def left(response) -> tuple[str, str, str]:
    return tuple(response[f"RateLimit-{name}"] for name in ("Limit", "Remaining", "Reset"))


def test_who_calls_too_often_waits(call):
    operator = make_user()
    client = call(operator, "/customers/").client
    assert left(client.get("/api/v1/customers/")) == ("2", "0", "20")

    refused = client.get("/api/v1/customers/")

    assert (refused.status_code, refused["Retry-After"]) == (429, "20")
    assert refused["Content-Type"] == "application/problem+json"
    assert refused.json()["detail"] == (
        "Too many requests. Go on after the time that Retry-After names."
    )
    assert call(operator, "/customers/").status_code == 200


def test_a_refused_request_changes_nothing(send):
    operator = make_user()
    client = send(operator, "POST", "/journeys/", {"code": "J1", "name": "一"}).client
    body = {"content_type": "application/json"}
    client.post("/api/v1/journeys/", '{"code": "J2", "name": "二"}', **body)

    refused = client.post("/api/v1/journeys/", '{"code": "J3", "name": "三"}', **body)

    assert refused.status_code == 429
    codes = [one["code"] for one in send(operator, "GET", "/journeys/").json()["results"]]
    assert codes == ["J2", "J1"]


def test_the_limit_holds_without_redis(call, limit):
    limit._asked_again_at = float("inf")
    client = call(make_user(), "/customers/").client

    statuses = [client.get("/api/v1/customers/").status_code for _ in range(2)]

    assert statuses == [200, 429]


def test_strangers_are_counted_by_address(client):
    statuses = [client.get("/api/v1/nothing/").status_code for _ in range(3)]

    assert statuses == [404, 404, 429]
    assert client.get("/api/v1/schema/", REMOTE_ADDR="192.0.2.7").status_code == 200
