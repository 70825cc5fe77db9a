"""What the web process does besides answering: its sign of life (心跳), and emptying its spool.

A host that runs only web would otherwise keep what it spooled; and a welcome code in the spool
lives no longer than elsewhere.
"""

import logging
import os
import threading
import time
from collections.abc import Callable
from typing import Final

from django.db import close_old_connections

from common import clock, heartbeat
from wecom import spool
from wecom.keys import ring
from wecom.services.receipts import drain_spool

logger = logging.getLogger(__name__)

BEAT_SECONDS: Final = 10.0
SPOOL_SECONDS: Final = 2.0


def beat_in_background() -> None:
    """Start both, each in a thread of its own: a long spool must not look like a dead process."""
    for name, look, seconds in (
        ("heartbeat", beat_once, BEAT_SECONDS),
        ("spool", drain_once, SPOOL_SECONDS),
    ):
        threading.Thread(
            target=_repeat_for_ever, args=(look, seconds), name=name, daemon=True
        ).start()


def beat_once() -> None:
    """Write this process's heartbeat and look after the callback keys.

    The keys are loaded early, for when the database is away. A key that cannot be read is no reason
    to look dead: it is logged, and the callbacks of its app are refused one by one.
    """
    name = os.environ.get("PROCESS_NAME", "web")
    _guarded("heartbeat_not_written", lambda: heartbeat.beat(name))
    _guarded("callback_keys_not_loaded", ring.warm_up)


def drain_once() -> None:
    """Bring what waits in this host's spool into the database, if it is there again."""
    if next(spool.waiting(), None) is not None:
        _guarded("spool_not_drained", lambda: drain_spool(now=clock.now()))


def _guarded(complaint: str, work: Callable[[], object]) -> None:
    """Do it on a connection that is not known to be broken; whatever goes wrong is only logged."""
    close_old_connections()
    try:
        work()
    except Exception as error:  # noqa: BLE001 - these threads must outlive every fault
        reason = f"{type(error).__name__}: {error}"
        logger.warning(complaint, extra={"reason": reason})
    finally:
        close_old_connections()


def _repeat_for_ever(look: Callable[[], None], seconds: float) -> None:
    while True:
        look()
        time.sleep(seconds)
