"""Up to which number the effect log has settled (已定编号): nothing can appear below any more.

Numbers are given before commits, so a row may appear below one that is seen already. Whoever
writes to the log holds its table's lock from before a number is given until the commit. So: read
the last number given, then who holds the lock; when all of those have ended, everything up to that
number is there, or will never be.
"""

import time
from typing import Final

from common import sql

WAIT_SECONDS: Final = 0.5
POLL_SECONDS: Final = 0.02

_LAST: Final = "SELECT last_value - (NOT is_called)::int FROM touches_effectlog_id_seq"
_WRITERS: Final = """
SELECT DISTINCT virtualtransaction FROM pg_locks
 WHERE locktype = 'relation' AND relation = 'touches_effectlog'::regclass
   AND mode = 'RowExclusiveLock' AND granted AND pid <> pg_backend_pid()
   AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


def last_effect_id() -> int:
    """Return the last number given to an effect; ask for the writers after it."""
    return int(sql.fetch_value(_LAST))


def effect_writers() -> set[str]:
    """Return the transactions that may just now be writing effects."""
    return {row[0] for row in sql.fetch_all(_WRITERS)}


def have_ended(writers: set[str], *, wait_seconds: float = WAIT_SECONDS) -> bool:
    """Wait a little for these transactions; says whether all of them have ended."""
    deadline = time.monotonic() + wait_seconds
    while writers & effect_writers():
        if time.monotonic() >= deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True
