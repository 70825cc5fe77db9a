"""A history: a world made from a seed, what people do in it, and what the oracle says of it."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tests.sim.oracle import judge_world
from tests.sim.oracle_journeys import judge_journeys
from tests.sim.people import begin_people
from tests.sim.profile import PROFILES, profile_of
from tests.sim.senders import sending_lane
from tests.sim.visitors import begin_visitors
from tests.sim.walking import Walkers
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
        walkers = _set_scene(world)
        world.engine.run(until=4 * DAY)
    return Result(
        seed=seed,
        profile=chosen.name,
        violations=tuple(_judge(world, walkers)),
        virtual_seconds=max((change.t for change in world.tables.log), default=0.0),
        kills=world.engine.kills,
        pauses=world.engine.pauses,
        calls=len(world.tries),
        trace=tuple(world.engine.trace or ()),
    )


@contextmanager
def many_histories() -> Iterator[None]:
    """Keep the garbage collector from walking over Django again with every few histories."""
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def _judge(world: World, walkers: Walkers | None) -> Iterator[str]:
    if world.engine.steps_left <= 0:
        yield f"livelock: at {world.engine.t:.0f} s things only go round"
        return
    yield from judge_world(world)
    if walkers is not None:
        yield from judge_journeys(world, walkers.journeys)


def _set_scene(world: World) -> Walkers | None:
    """Draw what goes wrong and when, who works, and what people do."""
    engine, rng = world.engine, world.engine.rng
    engine.faults_until = rng.choice((0.0, 120.0, 600.0, 1_500.0))
    engine.fault_gap = rng.choice((8, 20, 60))
    engine.until_fault = rng.randint(1, engine.fault_gap)
    wire, wecom = world.wire, world.wecom
    wire.badness = rng.choice((0.0, 0.3, 0.3, 0.7))
    wire.bad_until = rng.choice((60.0, 600.0, 4_000.0))
    if rng.random() < 0.18:
        wire.window = (rng.choice((0.0, 60.0)), rng.choice((120.0, 2_500.0, 2_500.0, 7_000.0)))
    wecom.skew = rng.uniform(-20.0, 20.0)
    wecom.result_lag = rng.random() * 20.0
    wecom.refuses_fresh_lists = rng.random() < 0.3
    walkers = begin_visitors(world) if rng.random() < 0.5 else None
    if walkers is None:
        begin_people(world)
    _add_hosts(world, walkers)
    return walkers


def _add_hosts(world: World, walkers: Walkers | None) -> None:
    rng = world.engine.rng
    keepers = rng.choice((1, 1, 2))
    for number in range(rng.choice((1, 2, 2, 3))):
        skew = rng.choice((0.0, 0.0, rng.uniform(-3, 3), rng.uniform(-90, 90)))
        if number and rng.random() < 0.2:
            # One host may believe any day; the first does not, so that somebody is right.
            skew = rng.choice((-DAY, DAY))
        lanes = [sending_lane]
        if number < keepers:
            lanes += [keeping_lane, watching_lane] + ([walkers.lane] if walkers else [])
        world.add_host(f"host{number}", skew, *lanes)
