"""Rate limits and concurrency caps per (corp, API)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from sandbox.errors import ApiError
from sandbox.state import World


class Limits:
    """Counts calls per minute and hour of simulated time, and calls in flight."""

    def __init__(self, world: World) -> None:
        """Start with empty windows."""
        self._world = world
        self._windows: dict[tuple[str, str, int], list[int]] = {}
        self._in_flight: Counter[tuple[str, str]] = Counter()
        self._pairs: set[tuple[str, str, str]] = set()

    def count(self, corp_id: str, path: str) -> None:
        """Count one call.

        Raises:
            ApiError: 45009 for the rest of the minute or hour.
        """
        settings = self._world.settings
        now = int(self._world.clock.now())
        for unit, cap in ((60, settings.rate_per_minute), (3600, settings.rate_per_hour)):
            window = self._windows.setdefault((corp_id, path, unit), [0, 0])
            if window[0] != now // unit:
                window[0], window[1] = now // unit, 0
            window[1] += 1
            if window[1] > cap:
                raise ApiError(45009)

    @contextmanager
    def in_flight(self, corp_id: str, path: str, *, is_capped: bool) -> Iterator[None]:
        """Hold a place among the calls of one API.

        Raises:
            ApiError: 45033 when all places are taken.
        """
        key = (corp_id, path)
        if is_capped and self._in_flight[key] >= self._world.settings.concurrency_cap:
            raise ApiError(45033)
        self._in_flight[key] += 1
        try:
            yield
        finally:
            self._in_flight[key] -= 1

    @contextmanager
    def pair(self, corp_id: str, userid: str, external_userid: str) -> Iterator[None]:
        """Hold the data of one member and customer.

        Raises:
            ApiError: 45035 when another call holds it.
        """
        key = (corp_id, userid, external_userid)
        if key in self._pairs:
            raise ApiError(45035)
        self._pairs.add(key)
        try:
            yield
        finally:
            self._pairs.discard(key)
