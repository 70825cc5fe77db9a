"""The hosts that look after tasks: results, ends, overdue touches."""

from tests.sim.engine import BASE, FOREVER, Host, Steps, WatchNap
from tests.sim.looks import claim_looks, settle_look
from tests.sim.tasks import RULES, stop_ended
from tests.sim.wire import ReadingLine
from tests.sim.withdrawing import may_expire
from tests.sim.world import World
from touches.services.mass_polling import PARALLEL, read_task
from touches.services.mass_schedule import task_end
from touches.services.mass_steps import Sight, Watched
from wecom.errors import Ambiguous, WeComError

KEEP_SECONDS = 60.0


def watching_lane(world: World, host: Host) -> None:
    """Start what asks for the results of mass messages."""
    world.engine.begin("watcher", _watch(world, host), host, after=world.engine.rng.random())


def keeping_lane(world: World, host: Host) -> None:
    """Start what ends overdue touches and tasks."""
    world.engine.begin("keeper", _keep(world, host), host, after=world.engine.rng.random())


def _watch(world: World, host: Host) -> Steps:
    engine, desk = world.engine, world.desk(host.label)
    while True:
        yield engine.io(host)
        for task in claim_looks(desk, now=world.now(host), limit=PARALLEL):
            yield engine.io(host, 1.0)
            sight = _look(world, task)
            yield engine.io(host, 1.0)
            settle_look(desk, task, sight, now=world.now(host))
            engine.note(host.label, "looks at {} ({})", task.msgid, task.state)
            if sight.twins:
                engine.note(host.label, "finds {} twice: {}", task.msgid, sight.twins)
                engine.ring()
        moments = [t.poll_at for t in world.tables.tasks.values() if t.poll_at is not None]
        due = min(moments, default=None)
        at = FOREVER if due is None else (due - BASE).total_seconds() - host.skew
        yield world.nap_until(at, WatchNap)


def _look(world: World, task: Watched) -> Sight:
    try:
        if world.wire.is_bad() and world.engine.rng.random() < 0.2:
            raise Ambiguous("ReadTimeout")
        line = ReadingLine(world.wecom)
        return read_task(line, task, held=world.tables.held)
    except WeComError as error:
        return Sight(error=str(error), retry_after_seconds=error.retry_after_seconds)


def _keep(world: World, host: Host) -> Steps:
    engine, store = world.engine, world.store(host.label)
    while True:
        yield engine.io(host)
        store.expire(world.now(host))
        count = len(world.tables.dispatches)
        stop_ended(store.desk, now=world.now(host))
        if len(world.tables.dispatches) > count:
            engine.ring()
        yield world.nap_until(max(_next_end(world, host), engine.t + KEEP_SECONDS), WatchNap)


def _next_end(world: World, host: Host) -> float:
    """When the next touch or task comes to its end."""
    now = world.now(host)
    moments = [t.valid_until for t in world.tables.touches.values() if may_expire(t)]
    for task in world.tables.tasks.values():
        if task.state == "open":
            ends_at = task_end(now, valid_until=task.valid_until, rules=RULES)
            moments += [task.valid_until, ends_at]
    if not moments:
        return FOREVER
    return world.engine.t + (min(moments) - now).total_seconds()
