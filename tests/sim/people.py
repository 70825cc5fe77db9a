"""What people do in a history without journeys: they plan, plan again, withdraw, tap, or do not."""

import json
from datetime import timedelta

from content.services.links import public_url
from tests.sim.engine import Steps
from tests.sim.rows import DispatchRow, TouchRow
from tests.sim.wecom import WELCOME_SECONDS, Message
from tests.sim.world import World, after

STAFF = ("li", "wang")
CUSTOMERS = ("wmA", "wmB", "wmC", "wmD")
TEXT = "周末会员日"


def begin_staff(world: World) -> None:
    """Let staff tap what reaches them."""
    world.wecom.on_mass = lambda message: _maybe_confirm(world, message)
    world.wecom.on_card = lambda staff, card: _maybe_click(world, card)


def begin_people(world: World) -> None:
    """Let staff and operators begin."""
    begin_staff(world)
    rng = world.engine.rng
    if rng.random() < 0.2:
        world.wecom.strangers.add(rng.choice((*STAFF, *CUSTOMERS)))
    for number in range(rng.randint(1, 5)):
        world.engine.later(rng.random() * 90.0, lambda number=number: _plan(world, number))  # type: ignore[misc]
    if rng.random() < 0.4:
        world.engine.begin("operator", _operate(world), after=rng.random() * 60.0)


def _plan(world: World, number: int) -> None:
    rng = world.engine.rng
    plan = rng.choice((plan_welcome, plan_card, plan_card, plan_mass, plan_mass))
    call = plan(world, number)
    world.engine.note("people", "plan {}: {}", call[1].id, plan.__name__)
    touches, dispatch = call
    world.plan(touches, dispatch)
    # The other beat plans the very same thing.
    if rng.random() < 0.3:
        world.engine.later(rng.random() * 5.0, lambda: world.plan(touches, dispatch))


def plan_welcome(world: World, number: int) -> tuple[list[TouchRow], DispatchRow]:
    """A new friend: the code lives for twenty seconds."""
    code = f"code{number}"
    world.wecom.codes[code] = world.engine.t + WELCOME_SECONDS
    touch = _touch(world, number * 10, "W", CUSTOMERS[0], STAFF[0], WELCOME_SECONDS)
    return [touch], _call(world, "welcome", {"welcome_code": code}, WELCOME_SECONDS)


def plan_card(world: World, number: int) -> tuple[list[TouchRow], DispatchRow]:
    """A task card for a member of staff, or a plain message."""
    staff = world.engine.rng.choice(STAFF)
    touch = _touch(world, number * 10, "T", CUSTOMERS[0], staff, 50_000)
    touch.uid = f"card{number}"
    body: dict[str, object] = {"touser": staff, "enable_duplicate_check": 1}
    if world.engine.rng.random() < 0.35:
        body["template_card"] = {"task_id": touch.uid}
    else:
        body["text"] = {"content": f"提醒 {number}"}
    return [touch], _call(world, "staff_message", body, 50_000)


def plan_mass(world: World, number: int) -> tuple[list[TouchRow], DispatchRow]:
    """A mass message; its text may be that of another, to the same people."""
    rng = world.engine.rng
    staff = rng.choice((STAFF[0], *STAFF))
    # Equal texts of one sender go to others, some of them the same: never to a part of the others.
    customers = [CUSTOMERS[number % 4], CUSTOMERS[(number + 1) % 4], f"wm{number}"]
    valid_for = rng.choice((900.0, 3_600.0))
    touches = [
        _touch(world, number * 10 + place, "M", customer, staff, valid_for)
        for place, customer in enumerate(customers)
    ]
    body = {
        "chat_type": "single",
        "sender": staff,
        "external_userid": customers,
        "text": {"content": TEXT},
        "attachments": [_link(number)] if rng.random() < 0.4 else [],
    }
    return touches, _call(world, "mass_message", body, valid_for)


def _link(number: int) -> dict[str, object]:
    return {"msgtype": "link", "link": {"title": "换粮", "url": public_url(f"batch{number}")}}


def _touch(
    world: World, number: int, lane: str, customer: str, staff: str, valid_for: float
) -> TouchRow:
    now = after(world.engine.t)
    return TouchRow(
        id=number + 1,
        key=f"test:{number}",
        lane=lane,
        external_userid=customer,
        staff=staff,
        due_at=now,
        valid_until=now + timedelta(seconds=valid_for),
    )


def _call(world: World, kind: str, body: dict[str, object], valid_for: float) -> DispatchRow:
    now = after(world.engine.t)
    number = world.new_id()
    return DispatchRow(
        id=number,
        key=f"call:{number}",
        kind=kind,
        payload=json.dumps(body, ensure_ascii=False),
        available_at=now,
        deadline_at=now + timedelta(seconds=valid_for),
    )


def _operate(world: World) -> Steps:
    """An operator stops things, sometimes in the very moment they are sent."""
    rng = world.engine.rng
    for _ in range(rng.randint(1, 3)):
        chosen = _unwanted(world)
        if chosen:
            world.withdraw(chosen, "停止", after(world.engine.t))
        yield rng.random() * 30.0


def _unwanted(world: World) -> list[int]:
    """A whole call, or some customers; never the one who tells two calls of equal text apart.

    Of two such calls whose customers contain one another each may take the other's message.
    """
    rng = world.engine.rng
    still_open = [t for t in world.tables.touches.values() if t.state in {"planned", "queued"}]
    if not still_open:
        return []
    if rng.random() < 0.5:
        call = rng.choice(still_open).dispatch_id
        return [t.id for t in still_open if t.dispatch_id == call]
    some = [t.id for t in still_open if t.external_userid in CUSTOMERS]
    return rng.sample(some, min(len(some), rng.randint(1, 2)))


def _maybe_confirm(world: World, message: Message) -> None:
    """A member taps "send" soon, late, or never."""
    rng = world.engine.rng
    if rng.random() < 0.75:
        delay = rng.choice((20.0, 300.0, 4_000.0)) * rng.random()
        world.engine.later(delay, lambda: world.wecom.confirm(message))


def _maybe_click(world: World, card: str) -> None:
    """A member does the task sooner or later, or never."""
    rng = world.engine.rng
    if rng.random() < 0.7:
        delay = rng.choice((1.0, 600.0, 20_000.0)) * rng.random()
        world.engine.later(delay, lambda: _click(world, card))


def _click(world: World, card: str) -> None:
    """The twin of `on_card_clicked`: a click proves that the card arrived."""
    for touch in world.tables.touches.values():
        if touch.uid == card and touch.state in {"queued", "dispatched", "unknown", "expired"}:
            now = after(world.engine.t)
            world.people.desk.end(touch, "confirmed", "", actor="people", now=now)
