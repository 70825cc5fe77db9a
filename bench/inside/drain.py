"""Work in queued events with the product's routes until none is left, once for each line.

Answers how many (derived ones included) in how many seconds; with `--profile` also where they went.
"""

import sys
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from functools import wraps
from typing import Any

from django.db import connection

from bench.inside.talk import answer
from common import clock, sql
from customers.services.dispatcher import Route, dispatch_due
from customers.services.ledger import Reducer
from scrm.loop import ROUTES

BUDGET_SECONDS = 8.0


class Profile:
    """Seconds by reducer and by statement."""

    def __init__(self) -> None:
        self.reducers: defaultdict[str, float] = defaultdict(float)
        self.statements: defaultdict[str, float] = defaultdict(float)
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
            self.statements[" ".join(query.split())[:90]] += time.perf_counter() - begun

    def _timed(self, reducer: Reducer) -> Reducer:
        if reducer not in self._wrapped:

            @wraps(reducer)
            def timed(*args: Any, **kwargs: Any) -> Any:
                begun = time.perf_counter()
                try:
                    return reducer(*args, **kwargs)
                finally:
                    name = getattr(reducer, "__name__", repr(reducer))
                    self.reducers[name] += time.perf_counter() - begun

            self._wrapped[reducer] = timed
        return self._wrapped[reducer]


def drain(routes: Mapping[str, Route]) -> dict[str, object]:
    """Work until the queue is empty, also of what others are working in."""
    count, begun = 0, time.perf_counter()
    while True:
        worked = dispatch_due(routes=routes, now=clock.now(), budget_seconds=BUDGET_SECONDS)
        count += worked
        if not worked:
            if not sql.fetch_value(
                "SELECT EXISTS (SELECT 1 FROM customers_queuedevent WHERE parked_at IS NULL)"
            ):
                break
            time.sleep(0.005)
    return {"count": count, "seconds": time.perf_counter() - begun}


def most(spent: Mapping[str, float]) -> dict[str, float]:
    """Return the dozen that took longest."""
    return dict(sorted(spent.items(), key=lambda item: -item[1])[:12])


def main() -> None:
    """Answer each line."""
    print("ready", flush=True)
    for _line in sys.stdin:
        if "--profile" not in sys.argv:
            answer(drain(ROUTES))
            continue
        profile = Profile()
        with ExitStack() as stack:
            stack.enter_context(connection.execute_wrapper(profile.watch_statement))
            values = drain(profile.routes())
        answer(
            values
            | {
                "reducers": most(profile.reducers),
                "statements": most(profile.statements),
            }
        )


if __name__ == "__main__":
    main()
