"""What customers and staff do in a history with journeys, and who decides about doubts."""

from tests.sim.engine import Steps
from tests.sim.journeys import Customer, Journeys
from tests.sim.people import begin_staff
from tests.sim.programs import NURTURE, SELL
from tests.sim.walking import Walkers
from tests.sim.world import World, after

DECIDE_SECONDS = 1_800.0
DECIDED_BY = 40_000.0
NAMES = ("wmA", "wmB", "wmC")


def begin_visitors(world: World) -> Walkers:
    """Let a few customers become friends, read, buy, and leave."""
    rng = world.engine.rng
    programs = rng.choice(((NURTURE,), (SELL,), (NURTURE, SELL)))
    journeys = Journeys(world, programs, NAMES[: rng.randint(1, 3)])
    begin_staff(world)
    for customer in journeys.customers:
        world.engine.begin("customer", _live(world, journeys, customer), after=rng.random() * 60.0)
    world.engine.begin("decider", _decide(world), after=DECIDE_SECONDS)
    return Walkers(world, journeys)


def _live(world: World, journeys: Journeys, customer: Customer) -> Steps:
    rng = world.engine.rng
    journeys.happen(customer, "friend_added", {})
    for _ in range(rng.randint(0, 4)):
        yield rng.choice((20.0, 300.0, 1_500.0)) * rng.random()
        kind = rng.choice(
            (
                "link_opened",
                "link_opened",
                "order_paid",
                "friend_removed_by_customer",
                "friend_added",
            )
        )
        if kind == "friend_removed_by_customer" and not customer.is_friend:
            kind = "friend_added"
        journeys.happen(customer, kind, {})


def _decide(world: World) -> Steps:
    """Somebody looks at the calls of unknown fate now and then, and lets them be."""
    while world.engine.t < DECIDED_BY:
        for d in world.tables.dispatches.values():
            if d.state == "unknown":
                _give_up(world, d.id)
        yield DECIDE_SECONDS


def _give_up(world: World, dispatch_id: object) -> None:
    """The twin of `decide_unknown` with `give_up`."""
    desk, now = world.people.desk, after(world.engine.t)
    d = next(d for d in world.tables.dispatches.values() if d.id == dispatch_id)
    d.state, d.done_at = "cancelled", now
    d.token += 1
    desk.log(d.id, "unknown", "cancelled", "people", d.token, "人工放弃")
    world.given_up.add(d.id)
    for touch in world.tables.touches_of(d.id):
        if touch.state == "unknown":
            desk.end(touch, "cancelled", "人工放弃", actor="people", now=now)
