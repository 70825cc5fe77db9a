"""Signs of life, kept in PostgreSQL (心跳)."""

import json
import os
import socket
from datetime import timedelta
from typing import Any, Final

from common import sql

FRESH_SECONDS: Final = 30


def beat(process: str, detail: dict[str, Any] | None = None) -> None:
    """Write this process's heartbeat; real database time, for the demo clock must not age it."""
    sql.execute(
        """INSERT INTO common_heartbeat (process, host, pid, beaten_at, detail)
           VALUES (%s, %s, %s, clock_timestamp(), %s)
           ON CONFLICT (process) DO UPDATE
              SET host = excluded.host, pid = excluded.pid, beaten_at = excluded.beaten_at,
                  detail = excluded.detail""",
        [process, socket.gethostname(), os.getpid(), json.dumps(detail or {})],
    )


def ages() -> dict[str, timedelta]:
    """Return how long ago each process last gave a sign of life."""
    rows = sql.fetch_all("SELECT process, clock_timestamp() - beaten_at FROM common_heartbeat")
    return dict(rows)
