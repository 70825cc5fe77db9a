"""One try (一次尝试) as a conversation: it says what WeCom is to be asked, somebody else asks.

A generator without I/O: it yields the question, has the answer sent in or the error thrown in, and
returns what becomes of the dispatch. The pump holds it in a thread and on the wire, the simulated
histories in virtual time; both go through the very same decisions.
"""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import TypeAlias, TypeVar

from touches.services.outcomes import (
    Claimed,
    Outcome,
    Reply,
    after_error,
    after_failed_look_up,
    after_look_up,
    before_sending,
)

R = TypeVar("R")


class Ask(Enum):
    """What WeCom is asked: what it has of an earlier try, or to do the call."""

    LOOK_UP = "look_up"
    CALL = "call"


Conversation: TypeAlias = Generator[Ask, Reply | None, R]


@dataclass(frozen=True, slots=True)
class Clock:
    """The time of one host: business time, and the monotonic reading that deadlines go by."""

    now: Callable[[], datetime]
    ticks: Callable[[], float]


def one_try(
    claimed: Claimed, clock: Clock, *, start_within_seconds: float
) -> Conversation[Outcome]:
    """Make one try of a claimed dispatch, unless it may not be made any more.

    Whatever goes wrong on the way ends in an outcome.

    Args:
        start_within_seconds: After the claim; a call that begins later could outlive its lease.
    """
    instead = before_sending(
        claimed,
        now=clock.now(),
        elapsed_seconds=clock.ticks() - claimed.claimed_ticks,
        start_within_seconds=start_within_seconds,
    )
    if instead is None and claimed.must_be_looked_up:
        instead = yield from _look_up(claimed, clock, start_within_seconds=start_within_seconds)
    if instead is not None:
        return instead
    try:
        reply = yield Ask.CALL
    except Exception as error:  # noqa: BLE001 - sorted by its class, ours among them
        return after_error(claimed, error, now=clock.now())
    return Outcome.done(reply or Reply())


def _look_up(
    claimed: Claimed, clock: Clock, *, start_within_seconds: float
) -> Conversation[Outcome | None]:
    """Ask what WeCom has of an earlier try; None when the call is to be made (again)."""
    try:
        found = yield Ask.LOOK_UP
    except Exception as error:  # noqa: BLE001 - whatever it was, nothing was sent
        return after_failed_look_up(claimed, error)
    return after_look_up(
        claimed,
        found,
        now=clock.now(),
        elapsed_seconds=clock.ticks() - claimed.claimed_ticks,
        start_within_seconds=start_within_seconds,
    )


def hold(conversation: Conversation[R], answer: Callable[[Ask], Reply | None]) -> R:
    """Hold a conversation to its end, and return what came of it.

    Args:
        answer: Answers a question; what it raises is told to the conversation.
    """
    try:
        ask = next(conversation)
        while True:
            try:
                reply = answer(ask)
            except Exception as error:  # noqa: BLE001 - the conversation decides about it
                ask = conversation.throw(error)
            else:
                ask = conversation.send(reply)
    except StopIteration as end:
        outcome: R = end.value
        return outcome
