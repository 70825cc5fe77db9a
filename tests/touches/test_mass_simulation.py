"""The decisions alone, over another store and clock: no history of faults doubles a send."""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from tests.makers import NOW
from touches.models import Dispatch
from touches.services.outcomes import (
    Claimed,
    Outcome,
    Reply,
    after_error,
    after_failed_look_up,
    after_look_up,
    after_lost_lease,
    before_sending,
)
from wecom import errors

LAG, LANDING = 12.0, 12.0
DEADLINE = timedelta(hours=4)
FINAL = {"done", "refused", "unknown", "dead", "cancelled", "expired"}
STEPS = st.sampled_from(
    [
        "ok",
        "lost, executed",
        "lost, lands late",
        "lost, not executed",
        "busy",
        "window",
        "refused",
        "killed before the call",
        "killed after the call",
        "killed while looking",
        "look fails",
        "still dispatching",
        "cancel",
        "pause",
    ]
)
# What the client sees of a call that did not end well; every other step ends well, or kills.
ANSWERS = {
    "lost, executed": errors.Ambiguous("time-out"),
    "lost, lands late": errors.Ambiguous("time-out"),
    "lost, not executed": errors.Ambiguous("-1"),
    "busy": errors.Transient("6000"),
    "window": errors.RateLimited("45009"),
    "refused": errors.ItemRefused("41048"),
}


@dataclass
class Wecom:
    """Messages with the second in which they landed; its list shows them some time later."""

    landed: list[float] = field(default_factory=list)

    def shows(self, second: float) -> Reply | None:
        seen = [at for at in self.landed if at + LAG <= second]
        return Reply(f"M{self.landed.index(seen[0])}") if seen else None


@dataclass
class World:
    """One row, one clock, one WeCom; the fence is that there is one worker at a time."""

    claimed: Claimed
    wecom: Wecom = field(default_factory=Wecom)
    second: float = 0.0
    due: float = 0.0
    state: str = "pending"
    ref: str = ""
    sends: int = 0

    def settle(self, outcome: Outcome) -> None:
        row = self.claimed
        self.claimed = replace(
            row,
            attempts=row.attempts - (not outcome.counts),
            ambiguous_rounds=row.ambiguous_rounds + outcome.is_ambiguous,
        )
        self.state, self.ref = outcome.state, outcome.wecom_ref
        if self.state == "pending" and row.is_cancel_wanted and not self.claimed.ambiguous_rounds:
            self.state = "cancelled"
        self.due = self.second + max(outcome.delay_seconds, outcome.settle_seconds)

    def turn(self, step: str) -> None:
        if step == "pause":
            self.second += 7200
        if step == "cancel":
            self.claimed = replace(self.claimed, is_cancel_wanted=True)
            if not self.claimed.ambiguous_rounds:
                self.state = "cancelled"
        if step in ("pause", "cancel"):
            return
        self.second = max(self.second, self.due)
        self.claimed = replace(self.claimed, attempts=self.claimed.attempts + 1)
        self.settle(self.work(step))

    def work(self, step: str) -> Outcome:
        now = NOW + timedelta(seconds=self.second)
        row = self.claimed
        words = {"elapsed_seconds": 0.0, "start_within_seconds": 80.0}
        instead = before_sending(row, now=now, **words)
        if step == "killed before the call":
            return self.lost()
        if instead is None and row.must_be_looked_up:
            if step == "killed while looking":
                return self.lost()
            if step in ("look fails", "still dispatching"):
                error = errors.Ambiguous if step == "look fails" else errors.BeingDispatched
                return after_failed_look_up(row, error("look"))
            instead = after_look_up(row, self.wecom.shows(self.second), now=now, **words)
        if instead is not None:
            return instead
        return self.call(step, now)

    def call(self, step: str, now) -> Outcome:
        self.sends += 1
        row, error = self.claimed, ANSWERS.get(step)
        if step == "lost, lands late":
            self.wecom.landed.append(self.second + LANDING)
        elif error is None or step == "lost, executed":
            self.wecom.landed.append(self.second)
        if step.startswith("killed"):
            return self.lost()
        if error is not None:
            return after_error(row, error, now=now)
        return Outcome.done(Reply(f"M{len(self.wecom.landed) - 1}"))

    def lost(self) -> Outcome:
        row = self.claimed
        return after_lost_lease(
            kind=row.kind, attempts=row.attempts, ambiguous_rounds=row.ambiguous_rounds
        )


def row() -> Claimed:
    return Claimed(
        id=UUID(int=1),
        kind=Dispatch.Kind.MASS_MESSAGE,
        app_id=1,
        payload="{}",
        token=1,
        attempts=0,
        ambiguous_rounds=0,
        age_seconds=0.0,
        deadline_at=NOW + DEADLINE,
        claimed_ticks=0.0,
        first_tried_at=NOW,
    )


@pytest.fixture(autouse=True)
def _the_wait_that_the_law_of_lags_asks_for(_no_settling, settings):
    settings.DISPATCH_SETTLE_SECONDS = 30


@given(steps=st.lists(STEPS, max_size=20))
@examples(
    max_examples=400,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_every_history_ends_with_one_message_or_a_visible_reason(steps):
    world = World(row())
    for step in [*steps, *["ok"] * 10]:
        if world.state in FINAL:
            break
        world.turn(step)
    landed = world.wecom.landed
    assert world.state in FINAL
    assert len(landed) <= 1
    assert world.sends - len(landed) <= 8
    if world.state == "done":
        assert (len(landed), world.ref) == (1, "M0")
    elif world.state != "unknown":
        assert landed == []


def test_a_lag_beyond_the_wait_is_what_the_promise_rests_on():
    class Blind(Wecom):
        def shows(self, second: float) -> Reply | None:
            return None

    world = World(row(), wecom=Blind())
    world.turn("lost, executed")
    world.turn("ok")
    assert len(world.wecom.landed) == 2
