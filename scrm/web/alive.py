"""The web process's sign of life (心跳), written by a thread of its own."""

import logging
import os
import threading
import time
from typing import Final

from django.db import DatabaseError, InterfaceError, connection

from common import heartbeat
from wecom.keys import ring

logger = logging.getLogger(__name__)

EVERY_SECONDS: Final = 10.0


def beat_in_background() -> None:
    """Start writing this process's heartbeat; a database that is away is only logged."""
    name = os.environ.get("PROCESS_NAME", "web")
    threading.Thread(target=_beat_for_ever, args=(name,), name="heartbeat", daemon=True).start()


def _beat_for_ever(name: str) -> None:
    """Load the callback keys, for when the database is away; then beat."""
    is_warm = False
    while True:
        try:
            is_warm = is_warm or bool(ring.warm_up())
            heartbeat.beat(name)
        except (DatabaseError, InterfaceError):
            logger.warning("heartbeat_not_written", extra={"process_name": name})
            connection.close()
        time.sleep(EVERY_SECONDS)
