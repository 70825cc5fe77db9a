"""News says of whom there is something new, after the commit, and never more."""

import json
import time
from collections.abc import Iterator

import pytest
import redis
from django.conf import settings
from django.db import transaction

from common import news

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def heard() -> Iterator["redis.client.PubSub"]:
    """Somebody who listens."""
    with redis.Redis.from_url(settings.REDIS_URL) as client, client.pubsub() as pubsub:
        pubsub.subscribe(news.channel())
        assert pubsub.get_message(timeout=5) is not None
        yield pubsub


def next_of(pubsub: "redis.client.PubSub", *, seconds: float = 3.0) -> dict[str, set[int]] | None:
    message = pubsub.get_message(ignore_subscribe_messages=True, timeout=seconds)
    return None if message is None else news.read(message["data"])


def test_it_is_told_after_the_commit_and_not_before(heard: "redis.client.PubSub"):
    with transaction.atomic():
        news.tell("customer", [7, 7, 9])
        assert next_of(heard, seconds=0.2) is None

    assert next_of(heard) == {"customer": {7, 9}}


def test_what_is_rolled_back_is_no_news(heard: "redis.client.PubSub"):
    with transaction.atomic():
        news.tell("customer", [7])
        transaction.set_rollback(True)

    assert next_of(heard, seconds=0.3) is None


def test_an_import_is_no_news(heard: "redis.client.PubSub"):
    news.tell("customer", range(news.MOST_NUMBERS + 1))
    news.tell("customer", [])

    assert next_of(heard, seconds=0.3) is None


def test_a_message_holds_numbers_and_nothing_else(heard: "redis.client.PubSub"):
    news.tell("staff", [3])

    message = heard.get_message(ignore_subscribe_messages=True, timeout=3)

    assert json.loads(message["data"]) == {"staff": [3]}


def test_without_redis_nobody_waits(monkeypatch: pytest.MonkeyPatch):
    dead = redis.Redis(host="127.0.0.1", port=1, socket_timeout=0.2, socket_connect_timeout=0.2)
    monkeypatch.setattr(news, "_client", dead)

    begun = time.perf_counter()
    for number in range(100):
        news.tell("customer", [number])

    assert time.perf_counter() - begun < 0.5


@pytest.mark.parametrize("text", ["", "{", "[]", "7", '{"customer": "x"}', '{"customer": [null]}'])
def test_what_is_no_news_says_nothing(text: str):
    assert news.read(text) == {}
