"""What the demo's stories share: steps, patience, the sandbox's outbox, time that runs ahead."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from django.db import close_old_connections

from common import clock
from customers.models import Event, Identity
from scrm.demo import world
from scrm.demo.phone import StoryBroken

PATIENCE_SECONDS: Final = 30.0
LOOK_EVERY_SECONDS: Final = 0.05
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened, as it is told."""

    title: str
    detail: str
    seconds: float


def step(title: str, detail: str, begun: float) -> Step:
    """Return a step that ends now; `begun` is the monotonic begin of its story."""
    return Step(title, detail, time.monotonic() - begun)


def wait_for(what: str, look: Callable[[], T | None]) -> T:
    """Look until something is there.

    Raises:
        StoryBroken: it did not come in time.
    """
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        found = look()
        if found:
            return found
        time.sleep(LOOK_EVERY_SECONDS)
        close_old_connections()
    raise StoryBroken(f"{what} did not come within {PATIENCE_SECONDS:.0f} s")


def event_of(identity: Identity, event_type: str, **payload: Any) -> Event | None:
    """Return an event of this customer, if there is one."""
    found = Event.objects.filter(identity=identity, type=event_type)
    return found.filter(**{f"payload__{name}": value for name, value in payload.items()}).first()


def outbox(to_kind: str, to: str) -> list[dict[str, Any]]:
    """Return what a device received."""
    entries: list[dict[str, Any]] = world.ask("outbox", to_kind=to_kind, to=to)["entries"]
    return entries


def run_ahead(seconds: float) -> None:
    """Let the demo's time run ahead; every process has read the new time when this returns."""
    world.control("clock/advance", seconds=seconds)
    time.sleep(clock.OFFSET_CACHE_SECONDS + 0.1)
