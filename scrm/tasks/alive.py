"""Signs of life of workers, beat and pump (心跳)."""

import logging
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from celery.beat import PersistentScheduler
from django.db import DatabaseError, InterfaceError, close_old_connections

from common import heartbeat

logger = logging.getLogger(__name__)

EVERY_SECONDS: Final = 5.0
_last = {"at": -EVERY_SECONDS}


def process_name() -> str:
    """Return what this process is called by whoever started it."""
    return os.environ.get("PROCESS_NAME", "worker")


def show_life() -> None:
    """Write this process's heartbeat, at most every five seconds; a database away is no news."""
    ticks = time.monotonic()
    if ticks - _last["at"] < EVERY_SECONDS:
        return
    _last["at"] = ticks
    try:
        heartbeat.beat(process_name())
    except (DatabaseError, InterfaceError):
        logger.warning("heartbeat_not_written", extra={"process_name": process_name()})


@contextmanager
def working() -> Iterator[None]:
    """Around one look at the rows: fresh connections before, a sign of life after."""
    close_old_connections()
    try:
        yield
    finally:
        show_life()
        close_old_connections()


class BeatingScheduler(PersistentScheduler):
    """Celery's scheduler, which shows that it ticks."""

    def tick(self, *args: Any, **kwargs: Any) -> float:
        """Tick, and write the heartbeat now and then."""
        show_life()
        return super().tick(*args, **kwargs)
