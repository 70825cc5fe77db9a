"""Following a table by its numbers without missing a row that commits late (已定编号).

Numbers are given before commits: a row may appear below one that is seen already. Whoever is about
to take numbers of a sequence says so with a shared advisory lock on the last number given. Then
every number below the lowest such lock has settled: its row is visible, or will never be.
"""

from typing import Final

from common import sql

RANGE_SIZE: Final = 1 << 48

# The last number given comes first. A transaction with a number up to it has said so before it took
# the number: either its lock is still there, or it has ended and its rows, if any, are seen by the
# next statement. Our own rows we see anyway.
_SETTLED: Final = """
WITH given AS MATERIALIZED (
    SELECT last_value - (NOT is_called)::int AS id FROM {sequence}
)
SELECT least(given.id, (
       SELECT min((locks.classid::bigint << 32) + locks.objid::bigint - %(first)s)
         FROM pg_locks locks
        WHERE given.id >= 0 AND locks.locktype = 'advisory' AND locks.objsubid = 1
          AND locks.database = (SELECT oid FROM pg_database WHERE datname = current_database())
          AND (locks.classid::bigint << 32) >= %(first)s
          AND (locks.classid::bigint << 32) < %(end)s
          AND locks.pid <> pg_backend_pid()))
  FROM given
"""


def last_settled(sequence: str, *, locks: int) -> int:
    """Return the number up to which no row can appear any more.

    Read the rows in a later statement, not in a transaction with an older snapshot.

    Args:
        sequence: Name of the sequence; a constant of the code, never from outside.
        locks: Where the range of its advisory locks begins.
    """
    bounds = {"first": locks, "end": locks + RANGE_SIZE}
    return int(sql.fetch_value(_SETTLED.format(sequence=sequence), bounds))
