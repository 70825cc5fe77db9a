"""`manage.py pump`: the pumps without Celery."""

import logging
import signal
import threading
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError, InterfaceError

from common import clock
from scrm.tasks.alive import working
from scrm.tasks.pumps import PUMPS
from touches.services.pump import request_stop

logger = logging.getLogger(__name__)

# The sweep is begun by its hour, not by a loop.
LOOPED = [name for name in PUMPS if name not in {"scrm.start_sweep", "scrm.maintain"}]


class Command(BaseCommand):
    """Work through due rows once a second until told to stop; needs no Redis."""

    help = "Run every pump in a loop without Celery (one second between looks)."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the options."""
        parser.add_argument("--once", action="store_true", help="look once and end")
        parser.add_argument("--every", type=float, default=1.0, help="seconds between looks")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run until SIGTERM or SIGINT."""
        stop = threading.Event()

        def ask_to_stop(_signal: int, _frame: FrameType | None) -> None:
            stop.set()
            request_stop()

        signal.signal(signal.SIGTERM, ask_to_stop)
        signal.signal(signal.SIGINT, ask_to_stop)
        looks = 0
        while not stop.is_set():
            names = [*LOOPED, "scrm.maintain"] if looks % 60 == 0 else LOOPED
            for name in names:
                _look(name)
                if stop.is_set():
                    break
            looks += 1
            if options["once"]:
                break
            stop.wait(options["every"])


def _look(name: str) -> None:
    try:
        with working():
            PUMPS[name](clock.now())
    except (DatabaseError, InterfaceError):
        logger.warning("pump_waits_for_database", extra={"pump": name})
