"""Record events through the ledger: `record <customers>`, then lines `<count> <seed>`.

Answers how long `record_events` took; drawing the events and their visits is not counted.
"""

import sys
import time

from bench.inside.happenings import Happenings
from bench.inside.talk import answer
from common import clock
from customers.services.ledger import record_events

# As many as intake records in a transaction at most.
BATCH = 500


def record(*, customers: int, count: int, seed: int) -> dict[str, object]:
    """Draw and record events."""
    events = Happenings(customers=customers, seed=seed, now=clock.now()).draw(count)
    recorded = 0
    begun = time.perf_counter()
    for start in range(0, count, BATCH):
        recorded += record_events(events[start : start + BATCH], now=clock.now())
    return {"recorded": recorded, "seconds": time.perf_counter() - begun}


if __name__ == "__main__":
    print("ready", flush=True)
    for line in sys.stdin:
        size, number = line.split()
        answer(record(customers=int(sys.argv[1]), count=int(size), seed=int(number)))
