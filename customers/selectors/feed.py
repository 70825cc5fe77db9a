"""Following the ledger by number (行为流), without missing an event that commits late."""

from typing import Final

from common import sql
from customers.models.event import RECORDING_LOCKS

# The last number given comes first. A transaction with a number up to it has said so before it took
# the number (`ledger.record_events`): either its lock is still there, or it has ended and its
# events, if any, are seen by the next statement. Our own events we see anyway.
_SETTLED: Final = """
WITH given AS MATERIALIZED (
    SELECT last_value - (NOT is_called)::int AS id FROM customers_event_id_seq
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


def last_settled_event_id() -> int:
    """Return the number up to which no event can appear any more.

    Read the events in a later statement, not in a transaction with an older snapshot.
    """
    bounds = {"first": RECORDING_LOCKS, "end": RECORDING_LOCKS + (1 << 48)}
    return int(sql.fetch_value(_SETTLED, bounds))
