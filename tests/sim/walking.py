"""The hosts that move journeys: dispatcher, executor, slot planner; and what they must not do."""

from tests.sim.engine import BASE, FOREVER, Host, JourneyNap, Steps
from tests.sim.journeys import Journeys, RunRow
from tests.sim.slotting import SlotPlanner
from tests.sim.world import World

WITHDRAWN_WITHIN = 2.0


class Walkers:
    """The journey lane of a world, with the watch that is kept over each move."""

    def __init__(self, world: World, journeys: Journeys) -> None:
        self.world = world
        self.journeys = journeys
        self.planner = SlotPlanner(world, {c.name: c.id for c in journeys.customers})
        self._expected: set[tuple[int, str]] = set()

    def lane(self, world: World, host: Host) -> None:
        """Start the journey lane on a host."""
        world.engine.begin("walker", self._walk(host), host, after=world.engine.rng.random())

    def _walk(self, host: Host) -> Steps:
        engine, world = self.world.engine, self.world
        while True:
            yield engine.io(host)
            while self.journeys.queue:
                self._dispatch(host)
                yield engine.io(host)
            for run in self.journeys.due(world.now(host))[:5]:
                self._move(run, host)
            yield engine.io(host)
            if self.planner.due(world.now(host)):
                friends = {c.name for c in self.journeys.customers if c.is_friend}
                self.planner.work(world.now(host), friends)
            yield world.nap_until(self._next(host), JourneyNap)

    def _next(self, host: Host) -> float:
        moments = [
            run.due_at
            for run in self.journeys.runs.values()
            if run.state == "active" and run.due_at is not None
        ]
        moments += [
            self.planner.due_at(touch)
            for touch in self.world.tables.touches.values()
            if touch.state == "planned"
        ]
        if not moments:
            return FOREVER
        return (min(moments) - BASE).total_seconds() - host.skew

    def _dispatch(self, host: Host) -> None:
        customer, event = self.journeys.queue[0]
        for run in self.journeys.runs.values():
            is_waiting = run.state == "active" and run.step == "reads"
            is_heard = event.type == "link_opened" and event.occurred_at >= run.entered_at
            if run.customer is customer and is_waiting and is_heard:
                self._expected.add((run.id, run.step))
        gone = self.journeys.dispatch_one(self.world.now(host))
        if event.type == "order_paid" or event.type == "friend_removed_by_customer":
            self._check_exits(customer.id, event.type)
        for run in gone:
            self.world.engine.later(
                WITHDRAWN_WITHIN,
                lambda run=run: self._check_withdrawn(run),  # type: ignore[misc]
            )

    def _check_exits(self, customer_id: int, event_type: str) -> None:
        for run in self.journeys.runs.values():
            exits = {rule.spec.type for rule in run.journey.program.exits}
            is_theirs = run.customer.id == customer_id and run.state == "active"
            if is_theirs and event_type in exits and run.entered_at < self.world.engine.moment():
                self.world.breaches.append(f"exit: run {run.id} goes on after {event_type}")

    def _check_withdrawn(self, run: RunRow) -> None:
        """Two seconds after an exit nothing of the run is on its way that could be held back."""
        for touch in self.journeys.touches_of(run):
            if touch.state not in {"planned", "queued"} or touch.withdrawn_at is not None:
                continue
            d = self.world.tables.dispatches.get(touch.dispatch_id) if touch.dispatch_id else None
            if d is None or not d.is_cancel_wanted:
                self.world.breaches.append(
                    f"exit: touch {touch.id} is {touch.state} though run {run.id} has ended"
                )

    def _move(self, run: RunRow, host: Host) -> None:
        was_held = self.journeys.has_unknown(run) and not run.is_control
        before, step, touches = len(run.path), run.step, len(self.world.tables.touches)
        timeout_at, now = run.timeout_at, self.world.now(host)
        self.journeys.move(run, now)
        news = {entry["step"]: entry["outcome"] for entry in run.path[before:]}
        if was_held and (run.step != step or len(self.world.tables.touches) > touches):
            self.world.breaches.append(f"passed: run {run.id} left {step} with an unknown touch")
        if news.get(step) == "timeout":
            if (run.id, step) in self._expected:
                self.world.breaches.append(f"asleep: run {run.id} was woken and timed out")
            if timeout_at is not None and now < timeout_at:
                self.world.breaches.append(f"early: run {run.id} timed out before its time")
        if news.get(step) in {"timeout", "met"}:
            self._expected.discard((run.id, step))
