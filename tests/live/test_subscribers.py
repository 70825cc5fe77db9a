"""The queue of one stream: what it claims to have told is what it told."""

import pytest

from scrm.live import subscribers
from scrm.live.messages import Feed, Message
from scrm.live.subscribers import Subscriber
from scrm.web.positions import Mark, Position


def make_message(number: int) -> Message:
    return Message(Feed.EVENTS, number, 7, {"zh-hans": "{}"})


@pytest.fixture
def subscriber(monkeypatch: pytest.MonkeyPatch) -> Subscriber:
    monkeypatch.setattr(subscribers, "MOST_WAITING", 3)
    made = Subscriber(customer_id=7, staff_id=None, language="zh-hans")
    made.position = Position(Mark(10), Mark(0))
    return made


def test_what_settles_waits_behind_what_is_to_be_told(subscriber: Subscriber):
    subscriber.offer(make_message(11))
    subscriber.settle((12, 0))
    assert subscriber.position.events.settled == 10
    assert subscriber.take() == make_message(11)
    assert subscriber.position.events.settled == 10
    assert subscriber.take() is None
    assert subscriber.position.events.settled == 12


def test_whoever_was_given_up_stays_where_they_stood(subscriber: Subscriber):
    for number in range(11, 16):
        subscriber.offer(make_message(number))
    subscriber.settle((15, 0))
    assert subscriber.is_overrun
    assert subscriber.take() is None
    assert subscriber.position == Position(Mark(10), Mark(0))
