"""`manage.py pump`: the pumps without Celery."""

import logging
import signal
import threading
import time
from collections.abc import Mapping, Sequence
from types import FrameType
from typing import Any, Final

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.db import connection

from common import clock
from scrm.tasks.alive import working
from scrm.tasks.pumps import PUMPS
from touches.services.pump import request_stop

logger = logging.getLogger(__name__)

# One thread each, so that nothing slow keeps a welcome waiting: its code lives 20 s. The sweep is
# begun by its hour, not by a loop.
LANES: Final[Mapping[str, Sequence[str]]] = {
    "welcome": ("scrm.welcome",),
    "fast": (
        "scrm.intake",
        "scrm.dispatch_events",
        "scrm.advance_journeys",
        "scrm.slot_touches",
        "scrm.send_staff_messages",
    ),
    "mass": ("scrm.send_mass", "scrm.mass_results"),
    "bulk": (
        "scrm.refresh_customers",
        "scrm.sync",
        "scrm.jobs",
        "scrm.fold_figures",
        "scrm.push_channel_codes",
        "scrm.maintain",
    ),
}
# Seconds from look to look of those that need not look every time.
RARELY: Final[Mapping[str, float]] = {
    "scrm.mass_results": 5.0,
    "scrm.fold_figures": 10.0,
    "scrm.push_channel_codes": 30.0,
    "scrm.maintain": 60.0,
}
_SIGNAL_POLL_SECONDS: Final = 0.2


class Command(BaseCommand):
    """Work through due rows once a second until told to stop; needs no Redis."""

    help = "Run every pump in a loop without Celery (one second between looks)."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the options."""
        parser.add_argument("--once", action="store_true", help="look once and end")
        parser.add_argument("--every", type=float, default=1.0, help="seconds between looks")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run until SIGTERM or SIGINT; what is under way then may take the budget of a pump."""
        stop = threading.Event()

        def ask_to_stop(_signal: int, _frame: FrameType | None) -> None:
            stop.set()
            request_stop()

        signal.signal(signal.SIGTERM, ask_to_stop)
        signal.signal(signal.SIGINT, ask_to_stop)
        lanes = [
            Lane(name, stop, every=options["every"], is_once=options["once"]) for name in LANES
        ]
        for lane in lanes:
            lane.start()
        while not stop.is_set() and any(lane.is_alive() for lane in lanes):
            # Not a wait on the event: a signal that came inside it would wait for itself.
            time.sleep(_SIGNAL_POLL_SECONDS)
        deadline = time.monotonic() + settings.PUMP_BUDGET_SECONDS
        for lane in lanes:
            lane.join(max(0.0, deadline - time.monotonic()))
            if lane.is_alive():
                # Nothing is lost: leases run out, and whoever comes next takes over.
                logger.warning("pump_lane_left_behind", extra={"lane": lane.name})


class Lane(threading.Thread):
    """Looks with some pumps, one after the other, over a database connection of its own."""

    def __init__(self, name: str, stop: threading.Event, *, every: float, is_once: bool) -> None:
        super().__init__(name=name, daemon=True)
        self._stop_asked = stop
        self._every = every
        self._is_once = is_once
        self._next_look: dict[str, float] = {}

    def run(self) -> None:
        """Look until a stop is asked for."""
        try:
            while not self._stop_asked.is_set():
                for name in LANES[self.name]:
                    if not self._stop_asked.is_set() and self._is_time(name):
                        look(name)
                if self._is_once:
                    break
                self._stop_asked.wait(self._every)
        finally:
            connection.close()

    def _is_time(self, name: str) -> bool:
        ticks = time.monotonic()
        if ticks < self._next_look.get(name, ticks):
            return False
        self._next_look[name] = ticks + RARELY.get(name, 0.0)
        return True


def look(name: str) -> None:
    """Let one pump look once; whatever goes wrong is logged under its name."""
    try:
        with working():
            PUMPS[name](clock.now())
    except Exception:  # the boundary of a lane: one look may fail, the loop goes on
        logger.exception("pump_failed", extra={"pump": name})
