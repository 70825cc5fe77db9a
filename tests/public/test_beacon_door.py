"""The beacon door says 204 to everything well-formed and believes only what is signed."""

import json

import pytest
from django.test import Client

from content.models import Visit
from tests.content.makers import after, make_link
from tests.public.conftest import read

pytestmark = pytest.mark.django_db

MALFORMED: list[object] = [
    b"",
    b"not json",
    b"[]",
    b"\xff\xfe",
    b"[" * 900,
    {"token": 1, "seq": 1, "seconds": 1, "depth": 1},
    {"token": "t", "seq": "1", "seconds": 1, "depth": 1},
    {"token": "t", "seq": 1, "seconds": -1, "depth": 1},
    {"token": "t", "seq": 1, "seconds": 1.5, "depth": 1},
    {"token": "t", "seq": 1, "seconds": True, "depth": 1},
    {"token": "t", "seq": 10**9, "seconds": 1, "depth": 1},
    {"token": "t", "seq": 1, "seconds": 1},
    {"token": "t" * 500, "seq": 1, "seconds": 1, "depth": 1},
    {"token": "t", "seq": 1, "seconds": 1, "depth": 1, "padding": "x" * 2_000},
]


@pytest.fixture
def page(phone: Client):
    """An open page: its link and its token."""
    link = make_link()
    read(phone, link.code)
    return link


@pytest.fixture
def token(phone: Client, page) -> str:
    html = phone.get(f"/l/{page.code}").content.decode()
    return html.split('data-token="')[1].split('"')[0]


@pytest.fixture(autouse=True)
def twenty_seconds_later(monkeypatch, token):
    monkeypatch.setattr("common.clock.now", lambda: after(20))


def post(code: str, body: object, **extra) -> int:
    """Send a body as `sendBeacon` does: without cookies, as text."""
    text = as_bytes(body)
    client = Client(enforce_csrf_checks=True)
    return client.post(f"/l/{code}/beacon", text, content_type="text/plain", **extra).status_code


def as_bytes(body: object) -> bytes:
    return body if isinstance(body, bytes) else json.dumps(body).encode()


def beacon(token: str, **over: object) -> dict[str, object]:
    return {"token": token, "seq": 1, "seconds": 15, "depth": 40, "final": False} | over


def newest() -> Visit:
    return Visit.objects.latest("id")


def test_a_signed_beacon_counts(page, token):
    assert post(page.code, beacon(token)) == 204
    assert (newest().total_seconds, newest().max_depth_percent) == (15, 40)


def test_a_replayed_beacon_raises_nothing(page, token):
    post(page.code, beacon(token))

    assert post(page.code, beacon(token, seconds=19)) == 204
    assert newest().total_seconds == 15


@pytest.mark.parametrize("forged", ["", "x", "0" * 32 + ":forged"])
def test_an_unsigned_beacon_looks_the_same_and_counts_nothing(page, forged: str):
    assert post(page.code, beacon(forged)) == 204
    assert newest().total_seconds == 0


def test_a_beacon_for_another_link_counts_nothing(token):
    other = make_link(batch="other")

    assert post(other.code, beacon(token)) == 204
    assert newest().total_seconds == 0


@pytest.mark.parametrize("body", MALFORMED)
def test_a_malformed_beacon_is_refused(page, body):
    assert post(page.code, body) == 400
    assert newest().total_seconds == 0


def test_only_post_is_a_beacon(phone: Client, page):
    assert phone.get(f"/l/{page.code}/beacon").status_code == 405
