"""A history: a world made from a seed, what people do in it, and what the oracle says of it."""

from dataclasses import dataclass

from tests.sim.oracle import judge_world
from tests.sim.people import begin_people
from tests.sim.profile import PROFILES, profile_of
from tests.sim.senders import sending_lane
from tests.sim.watchers import keeping_lane, watching_lane
from tests.sim.world import World

DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class Result:
    """How a history ended.

    Attributes:
        violations: What must never happen, and did.
    """

    seed: int
    profile: str
    violations: tuple[str, ...]
    virtual_seconds: float
    kills: int
    pauses: int
    calls: int
    trace: tuple[str, ...] = ()


def play(seed: int, *, profile: str = "", is_traced: bool = False) -> Result:
    """Play the history of a seed from its beginning to the end."""
    chosen = PROFILES[profile] if profile else profile_of(seed)
    world = World(seed, chosen, is_traced=is_traced)
    with chosen.in_force():
        _set_scene(world)
        begin_people(world)
        world.engine.run(until=4 * DAY)
    return Result(
        seed=seed,
        profile=chosen.name,
        violations=tuple(judge_world(world)),
        virtual_seconds=max((change.t for change in world.tables.log), default=0.0),
        kills=world.engine.kills,
        pauses=world.engine.pauses,
        calls=len(world.tries),
        trace=tuple(world.engine.trace or ()),
    )


def _set_scene(world: World) -> None:
    engine, rng = world.engine, world.engine.rng
    engine.faults_until = rng.choice((0.0, 120.0, 600.0, 600.0))
    engine.fault_gap = rng.choice((8, 20, 60))
    engine.until_fault = rng.randint(1, engine.fault_gap)
    wire, wecom = world.wire, world.wecom
    wire.badness = rng.choice((0.0, 0.3, 0.3, 0.7))
    wire.bad_until = rng.choice((60.0, 600.0, 3_000.0))
    if rng.random() < 0.1:
        wire.window_until = rng.choice((90.0, 1_200.0))
    wecom.skew = rng.uniform(-20.0, 20.0)
    wecom.result_lag = rng.random() * 20.0
    wecom.refuses_fresh_lists = rng.random() < 0.3
    watchers = rng.choice((1, 1, 2))
    for number in range(rng.choice((1, 2, 2, 3))):
        skew = rng.choice((0.0, 0.0, rng.uniform(-3, 3), rng.uniform(-90, 90)))
        lanes = (sending_lane, keeping_lane, watching_lane)
        world.add_host(f"host{number}", skew, *(lanes if number < watchers else lanes[:1]))
