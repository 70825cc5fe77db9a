"""The oracle: it compares what people received with what our rows say."""

from collections import Counter
from collections.abc import Iterator
from uuid import UUID

from tests.sim.engine import BASE
from tests.sim.rows import Change, DispatchRow, TouchRow
from tests.sim.wire import is_ambiguous
from tests.sim.world import World
from touches.services.policies import MAX_ATTEMPTS
from touches.services.reconciling import CLOCK_SKEW, Likeness

OVER = frozenset({"done", "refused", "unknown", "cancelled", "expired"})
TOUCH_OVER = frozenset(
    {"confirmed", "delivered", "refused", "suppressed", "expired", "cancelled", "unknown"}
)
# What may still become of something that is over: facts that come late.
LATE_FACTS = frozenset(
    {
        ("unknown", "confirmed"),
        ("expired", "confirmed"),
        ("expired", "delivered"),
        ("cancelled", "delivered"),
        ("unknown", "delivered"),
        ("refused", "delivered"),
        ("expired", "refused"),
        ("unknown", "refused"),
    }
)


def judge_world(world: World) -> Iterator[str]:
    """Yield whatever must not have happened, a sentence each."""
    yield from _doubles(world)
    yield from _ends(world)
    yield from _histories(world)
    yield from _fences(world)
    yield from _withdrawals(world)
    yield from _deadlines(world)


def _name(what: UUID | int) -> str:
    return f"call {str(what)[-4:]}" if isinstance(what, UUID) else f"touch {what}"


def _doubles(world: World) -> Iterator[str]:
    """Nobody gets anything twice: neither a customer, nor a member to confirm or to do."""
    counted = Counter((one.what, one.who, one.cause) for one in world.wecom.received)
    for (what, who, cause), count in counted.items():
        if count > 1 and not _is_lost_in_time(world, cause):
            yield f"doubled: {what} of {_name(cause)} reached {who} {count} times"


def _is_lost_in_time(world: World, cause: UUID) -> bool:
    """The residual: text alone, tried only by hosts whose clock is too wrong to ask the right span.

    Between a wrong host and a right one the look-up does find the message; with a link of ours in
    it, always.
    """
    if Likeness.of(world.tables.dispatches[cause].payload).marks:
        return False
    return all(
        abs(one.skew - world.wecom.skew) > CLOCK_SKEW.total_seconds()
        for one in world.tries
        if one.dispatch_id == cause
    )


def _ends(world: World) -> Iterator[str]:
    """Every call and touch has ended, with a reason, and truly."""
    arrived = {one.cause for one in world.wecom.received if one.what != "mass"}
    for d in world.tables.dispatches.values():
        if d.state not in OVER and d.state != "dead":
            yield f"stuck: {_name(d.id)} is {d.state} at the end"
        reaches_people = d.kind in {"welcome", "staff_message", "mass_message"}
        if d.state == "done" and reaches_people and d.id not in arrived:
            yield f"lost: {_name(d.id)} is done, and nothing arrived"
        is_decided = d.id in world.given_up
        if d.state in {"refused", "cancelled", "expired"} and d.id in arrived and not is_decided:
            yield f"untrue: {_name(d.id)} is {d.state}, and it arrived"
        if d.state in {"dead", "unknown"}:
            yield from _reasons(world, d)
    for touch in world.tables.touches.values():
        yield from _touch_end(world, touch)


def _reasons(world: World, d: DispatchRow) -> Iterator[str]:
    """Unknown only after a try of unknown fate; dead only after as many tries as are allowed."""
    lost = [c for c in world.tables.log if c.subject == d.id and c.actor.startswith("reaper")]
    mine = [one.mode for one in world.tries if one.dispatch_id == d.id]
    if d.state == "unknown" and not lost and not any(map(is_ambiguous, mine)):
        yield f"unfounded: {_name(d.id)} is unknown, and every try was clear"
    counted = sum(mode != "window" for mode in mine) + len(lost)
    if d.state == "dead" and counted < MAX_ATTEMPTS:
        yield f"given up: {_name(d.id)} is dead after {counted} tries that count"


def _touch_end(world: World, touch: TouchRow) -> Iterator[str]:
    state = touch.state
    if state not in TOUCH_OVER:
        yield f"stuck: {_name(touch.id)} is {state} at the end"
    if state in {"refused", "suppressed", "expired", "unknown"} and not touch.reason:
        yield f"unexplained: {_name(touch.id)} is {state} without a reason"
    if touch.dispatch_id is None:
        return
    got = [
        one
        for one in world.wecom.received
        if one.cause == touch.dispatch_id and one.who == touch.external_userid
    ]
    if touch.lane == "M" and state == "delivered" and not got:
        yield f"untrue: {_name(touch.id)} is delivered, and nobody got it"


def _histories(world: World) -> Iterator[str]:
    """What is over stays over."""
    last: dict[UUID | int, str] = {}
    for change in world.tables.log:
        before = last.get(change.subject, "")
        over = OVER if isinstance(change.subject, UUID) else TOUCH_OVER
        late = (before, change.after) in LATE_FACTS and isinstance(change.subject, int)
        late = late or (before == "unknown" and change.actor == "people")
        if before in over and change.after != before and not late:
            yield f"revived: {_name(change.subject)} went from {before} to {change.after}"
        last[change.subject] = change.after


def _fences(world: World) -> Iterator[str]:
    """Only who claimed last writes: under the newest token, in the name of who holds it."""
    holder: dict[UUID | int, Change] = {}
    for change in world.tables.log:
        if change.after == "sending" and change.before == "pending":
            holder[change.subject] = change
        if change.before != "sending" or change.after == "sending":
            continue
        claim = holder[change.subject]
        is_holder = change.actor in {claim.actor} or change.actor.startswith("reaper ")
        if change.token != claim.token or not is_holder:
            yield (
                f"fence: {_name(change.subject)} was written by {change.actor} under "
                f"{change.token}, and {claim.actor} holds {claim.token}"
            )


def _withdrawals(world: World) -> Iterator[str]:
    """What was withdrawn is not sent any more; what was under way is not sent again."""
    for withdrawal in world.withdrawals:
        for dispatch_id in withdrawal.calls:
            last = _token_at(world, dispatch_id, withdrawal.t)
            for one in world.tries:
                if one.dispatch_id == dispatch_id and one.token > last:
                    yield f"recalled: {_name(dispatch_id)} was sent after its withdrawal"


def _token_at(world: World, dispatch_id: UUID, t: float) -> int:
    tokens = [c.token for c in world.tables.log if c.subject == dispatch_id and c.t <= t]
    return max(tokens, default=0)


def _deadlines(world: World) -> Iterator[str]:
    """Nothing is sent when its time is over, by the clock of who sends it, nor late in a lease."""
    for one in world.tries:
        if one.spare_seconds < 0:
            yield f"overrun: {_name(one.dispatch_id)} was sent when its lease could end first"
        deadline = world.tables.dispatches[one.dispatch_id].deadline_at
        if deadline is not None and one.now >= deadline:
            late = (one.now - BASE).total_seconds()
            yield f"late: {_name(one.dispatch_id)} was sent at {late:.1f}, after its deadline"
