"""Signs of life of workers, beat and pump (心跳), and how beat rings."""

import logging
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from celery.beat import PersistentScheduler
from django.db import close_old_connections, connection

from common import bell, heartbeat

logger = logging.getLogger(__name__)

EVERY_SECONDS: Final = 5.0
_last = {"at": -EVERY_SECONDS}


def process_name() -> str:
    """Return what this process is called by whoever started it."""
    return os.environ.get("PROCESS_NAME", "worker")


def show_life() -> None:
    """Write this process's heartbeat, at most every five seconds; it never stops the work."""
    ticks = time.monotonic()
    if ticks - _last["at"] < EVERY_SECONDS:
        return
    _last["at"] = ticks
    try:
        heartbeat.beat(process_name())
    except Exception as error:  # noqa: BLE001 - whatever it is, the work it tells of goes on
        reason = f"{type(error).__name__}: {error}"
        logger.warning(
            "heartbeat_not_written", extra={"process_name": process_name(), "reason": reason}
        )
        connection.close()  # beat never closes old ones: the next sign of life needs a new one


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
    """Celery's scheduler, which shows that it ticks and rings bells like everybody else."""

    # Celery would wait here for a broker that is away; `common.bell` does not.
    producer: Any = None

    def tick(self, *args: Any, **kwargs: Any) -> float:
        """Tick, and write the heartbeat now and then."""
        show_life()
        close_old_connections()
        return super().tick(*args, **kwargs)

    def apply_async(self, entry: Any, *args: Any, **kwargs: Any) -> None:
        """Ring the entry's bell, unless one is waiting to be answered: queues do not fill up."""
        bell.ring_now(entry.task, expires_seconds=entry.options["expires"])
        if self.should_sync():
            self._do_sync()  # type: ignore[attr-defined] # the stubs leave it out
