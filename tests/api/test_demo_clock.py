"""The demo clock's hook opens only in the demo, only with its token, and never turns time back."""

import pytest
from django.test import Client

from common.models import ClockOffset

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def demo(settings):
    settings.DEMO_CLOCK = True
    settings.DEMO_CLOCK_TOKEN = "t0ken"


def advance(client: Client, body: object, token: str = "t0ken") -> int:
    return client.post(
        "/_demo/clock", body, content_type="application/json", headers={"X-Clock-Token": token}
    ).status_code


def test_time_goes_forward(client: Client):
    assert advance(client, {"offset_seconds": 3600.5}) == 204
    assert ClockOffset.objects.get().offset_seconds == 3600.5


def test_time_never_goes_back(client: Client):
    advance(client, {"offset_seconds": 3600})
    advance(client, {"offset_seconds": 60})

    assert ClockOffset.objects.get().offset_seconds == 3600


@pytest.mark.parametrize("token", ["", "wrong", "t0ke", "令牌"])
def test_without_the_token_nothing_moves(client: Client, token: str):
    assert advance(client, {"offset_seconds": 1}, token) == 403
    assert not ClockOffset.objects.exists()


def test_there_is_no_hook_without_a_demo(client: Client, settings):
    settings.DEMO_CLOCK = False

    assert advance(client, {"offset_seconds": 1}) == 404


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        "x",
        {"offset_seconds": "1"},
        {"offset_seconds": -1},
        {"offset_seconds": True},
        {"offset_seconds": 1e12},
        '{"offset_seconds": NaN}',
        '{"offset_seconds": 1e999}',
        "x" * 2_000,
    ],
)
def test_nonsense_moves_nothing(client: Client, body: object):
    assert advance(client, body) == 400
    assert not ClockOffset.objects.exists()
