"""Record events and work them in: `ledger <customers> [--profile]`, then one JSON order a line.

`{"do": "record", "count", "seed"}` records happenings through `record_events`; drawing them and
storing their visits is not counted. `{"do": "drain"}` works in queued events with the product's
routes until none is left. The answer says how many in how many seconds; with `--profile` also where
they went. Both add the processor time of this process and of its server process, which tells the
price of an event however busy the machine is.
"""

import json
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

import psutil
from django.db import connection

from bench.inside.happenings import Happenings
from bench.inside.talk import answer
from common import clock, sql
from customers.services.dispatcher import Route, dispatch_due
from customers.services.ledger import Reducer, record_events
from scrm.loop import ROUTES

# As many as intake records in a transaction.
RECORD_BATCH = 500
BUDGET_SECONDS = 8.0
SHOWN = 12


class Profile:
    """Seconds by reducer and by statement."""

    def __init__(self) -> None:
        self._reducers: defaultdict[str, float] = defaultdict(float)
        self._statements: defaultdict[str, float] = defaultdict(float)
        self._wrapped: dict[Reducer, Reducer] = {}

    def routes(self) -> dict[str, Route]:
        """The product's routes with a clock around each reducer."""
        return {
            name: Route(
                folds=tuple(self._timed(one) for one in route.folds),
                reactions=tuple(self._timed(one) for one in route.reactions),
            )
            for name, route in ROUTES.items()
        }

    def watch_statement(
        self, execute: Callable[..., Any], query: str, params: Any, many: bool, context: Any
    ) -> Any:
        """Time one statement; for `connection.execute_wrapper`."""
        begun = time.perf_counter()
        try:
            return execute(query, params, many, context)
        finally:
            self._statements[" ".join(query.split())[:90]] += time.perf_counter() - begun

    def longest(self) -> dict[str, float]:
        """Return what took longest: reducers first, then statements."""
        return {**_longest(self._reducers), **_longest(self._statements)}

    def _timed(self, reducer: Reducer) -> Reducer:
        if reducer not in self._wrapped:

            @wraps(reducer)
            def timed(*args: Any, **kwargs: Any) -> Any:
                begun = time.perf_counter()
                try:
                    return reducer(*args, **kwargs)
                finally:
                    name = getattr(reducer, "__name__", repr(reducer))
                    self._reducers[name] += time.perf_counter() - begun

            self._wrapped[reducer] = timed
        return self._wrapped[reducer]


class Processor:
    """Processor seconds of this process and of the server process behind its connection."""

    def __init__(self) -> None:
        self._backend = psutil.Process(int(sql.fetch_value("SELECT pg_backend_pid()")))
        self._begun = self._now()

    def spent(self) -> dict[str, float]:
        """Return what was spent since this was made."""
        return {name: now - self._begun[name] for name, now in self._now().items()}

    def _now(self) -> dict[str, float]:
        return {
            "python_seconds": time.process_time(),
            "server_seconds": sum(self._backend.cpu_times()[:2]),
        }


def record(*, customers: int, count: int, seed: int) -> dict[str, object]:
    """Draw and record events."""
    events = Happenings(customers=customers, seed=seed, now=clock.now()).draw(count)
    recorded, processor = 0, Processor()
    begun = time.perf_counter()
    for start in range(0, count, RECORD_BATCH):
        recorded += record_events(events[start : start + RECORD_BATCH], now=clock.now())
    return {"count": recorded, "seconds": time.perf_counter() - begun, **processor.spent()}


def drain(routes: Mapping[str, Route]) -> dict[str, object]:
    """Work until the queue is empty, also of what others are working in."""
    count, processor, begun = 0, Processor(), time.perf_counter()
    while True:
        worked = dispatch_due(routes=routes, now=clock.now(), budget_seconds=BUDGET_SECONDS)
        count += worked
        if not worked and not _is_anything_queued():
            seconds = time.perf_counter() - begun
            return {"count": count, "seconds": seconds, **processor.spent()}
        if not worked:
            time.sleep(0.005)


def profiled_drain() -> dict[str, object]:
    """Work until the queue is empty, and say where the time went."""
    profile = Profile()
    with connection.execute_wrapper(profile.watch_statement):
        values = drain(profile.routes())
    return values | {"longest": profile.longest()}


def _is_anything_queued() -> bool:
    return bool(
        sql.fetch_value(
            "SELECT EXISTS (SELECT 1 FROM customers_queuedevent WHERE parked_at IS NULL)"
        )
    )


def _longest(spent: Mapping[str, float]) -> dict[str, float]:
    return dict(sorted(spent.items(), key=lambda item: -item[1])[:SHOWN])


def main() -> None:
    """Obey each line."""
    print("ready", flush=True)
    for line in sys.stdin:
        order = json.loads(line)
        if order.pop("do") == "record":
            answer(record(customers=int(sys.argv[1]), **order))
        else:
            answer(profiled_drain() if "--profile" in sys.argv else drain(ROUTES))


if __name__ == "__main__":
    main()
