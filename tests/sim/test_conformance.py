"""PostgreSQL and memory are one store: the same operations leave the same rows, logs and refusals.

What the histories show of the store in memory is thereby true of the product's.
"""

import random
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from common import sql
from tests.sim.pair import Pair
from touches.services import cancelling, claiming, sending, settling
from touches.services.mass_steps import Sight
from touches.services.outcomes import Outcome, Reply
from wecom.api.mass import MassResult

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

KINDS = ("welcome", "staff_message", "mass_message", "card_update")
# "own" stands for a number of the call's own; the found one is the same for whoever finds it.
OUTCOMES = (
    Outcome.done(Reply("own", response_code="R")),
    Outcome.done(Reply("own", unreachable_ids=("wm1",))),
    Outcome.done(Reply("FOUND"), is_found=True),
    Outcome("pending", reason="again", delay_seconds=4.0),
    Outcome("pending", reason="window", delay_seconds=60.0, counts=False),
    Outcome("pending", reason="lost", settle_seconds=30.0, is_ambiguous=True),
    Outcome("refused", reason="no"),
    Outcome("expired", reason="late"),
    Outcome("unknown", reason="who knows", is_ambiguous=True),
    Outcome("dead", reason="setting"),
)
RESULTS = tuple(
    MassResult(userid="li", external_userid=f"wm{n}", status=status)
    for n, status in enumerate((1, 2))
)
SIGHTS = (
    Sight(),
    Sight(is_confirmed=True),
    Sight(is_confirmed=True, results=RESULTS),
    Sight(is_stopped=True),
    Sight(error="time-out"),
    Sight(twins=("TWIN",)),
)
Step = tuple[str, int, int]
WORDS = (
    *("plan", "claim", "settle", "wait") * 2,
    *("settle", "reap", "withdraw", "expire", "look", "end"),
)
STEPS = st.lists(
    st.tuples(st.sampled_from(WORDS), st.integers(0, 59), st.integers(0, 59)),
    min_size=4,
    max_size=24,
)
WAITS = (1, 5, 31, 61, 121, 400, 1_500, 5_000)


@given(steps=STEPS)
@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_both_stores_do_the_same(steps: list[Step]):
    play(steps)


@pytest.mark.parametrize(
    ("module", "statement", "old", "new"),
    [
        (settling, "_SETTLE", "AND d.token = v.token", ""),
        (settling, "_SETTLE", "OR NOT d.is_cancel_wanted", "OR true"),
        (settling, "_SETTLE", "d.ambiguous_rounds + v.doubt,", "d.ambiguous_rounds,"),
        (claiming, "_CLAIM", "token = d.token + 1", "token = greatest(d.token, 1)"),
        (claiming, "_CLAIM", "d.settle_until <= clock_timestamp()", "true"),
        (claiming, "_REAP", "lease_until < clock_timestamp()", "true"),
        (cancelling, "_WITHDRAW", "WHEN d.ambiguous_rounds = 0 THEN 'cancelled'", ""),
        (sending, "_EXPIRE_DISPATCHES", "AND ambiguous_rounds = 0", ""),
    ],
)
def test_a_bug_in_a_statement_is_seen(monkeypatch, module, statement, old, new):
    right = getattr(module, statement)
    text = getattr(right, "text", right)
    assert text.count(old) == 1
    wrong = text.replace(old, new)
    monkeypatch.setattr(module, statement, wrong if right is text else sql.Prepared(wrong))
    assert any(differs(seed) for seed in range(150))


def differs(seed: int) -> bool:
    rng = random.Random(seed)
    words = ("plan", "claim", "claim", "settle", "settle", "reap", "withdraw", "expire", "wait")
    steps = [("plan", rng.randrange(60), 0)] + [
        (rng.choice(words), rng.randrange(60), rng.randrange(60)) for _ in range(14)
    ]
    try:
        play(steps)
    except AssertionError:
        return True
    return False


class _Enough(Exception):
    """Takes back what an example has written."""


def play(steps: Sequence[Step]) -> None:
    """Do the steps to both stores, compare them, and leave nothing behind."""
    with suppress(_Enough), transaction.atomic():
        pair = Pair()
        for word, one, other in steps:
            ACTS[word](pair, one, other)
        pair.compare()
        raise _Enough


def _plan(pair: Pair, one: int, other: int) -> None:
    kind = KINDS[one % 4]
    pair.plan(kind, serial_key=f"pair:{other % 2}" if kind == "card_update" else "")


def _claim(pair: Pair, one: int, other: int) -> None:
    pair.claim(list(KINDS if one % 3 else KINDS[::-1]), 1 + other % 4)


def _settle(pair: Pair, one: int, other: int) -> None:
    if not pair.claims:
        return
    key, token = pair.claims[-1 - one % min(len(pair.claims), 4)]
    outcome = OUTCOMES[other % len(OUTCOMES)]
    if outcome.wecom_ref == "own":
        reply = Reply(f"MSG {key}", outcome.response_code, outcome.unreachable_ids)
        outcome = Outcome.done(reply)
    if outcome.is_found and pair.kind_of(key) != "mass_message":
        return
    pair.settle(key, token - (other % 7 == 6), outcome)


def _withdraw(pair: Pair, one: int, other: int) -> None:
    ids = sorted(pair.tables.touches)[one % 3 :: 1 + other % 3]
    pair.both(lambda store: store.withdraw(ids, reason="停止", actor="user", now=pair.now))


ACTS: dict[str, Callable[[Pair, int, int], Any]] = {
    "plan": _plan,
    "claim": _claim,
    "settle": _settle,
    "withdraw": _withdraw,
    "reap": lambda pair, _one, _other: pair.both(lambda store: store.reap(pair.now)),
    "expire": lambda pair, _one, _other: pair.both(lambda store: store.expire(pair.now)),
    "wait": lambda pair, one, _other: pair.wait(WAITS[one % len(WAITS)]),
    "look": lambda pair, one, _other: pair.look(SIGHTS[one % len(SIGHTS)]),
    "end": lambda pair, _one, _other: pair.end(),
}
