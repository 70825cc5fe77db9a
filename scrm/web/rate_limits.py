"""How often somebody may do something, counted in the process (限次)."""

import threading
from collections import OrderedDict
from collections.abc import Hashable
from datetime import datetime, timedelta
from typing import Final

REMEMBERED: Final = 10_000


class RateLimit:
    """At most so many a window for each key; bounded, and lost with the process.

    It protects from floods and promises nothing exactly: each process counts for itself, and with
    more than `REMEMBERED` keys at once those seen longest ago begin anew.
    """

    def __init__(self, most: int, *, window: timedelta) -> None:
        self._most = most
        self._window = window
        self._counted: OrderedDict[Hashable, tuple[datetime, int]] = OrderedDict()
        self._lock = threading.Lock()

    def allows(self, key: Hashable, *, now: datetime) -> bool:
        """Count one more, and say whether it is within the limit."""
        return self.count(key, now=now) <= self._most

    def count(self, key: Hashable, *, now: datetime) -> int:
        """Count one more, and return how many that makes in this window."""
        with self._lock:
            begun, count = self._counted.pop(key, (now, 0))
            if now - begun >= self._window:
                begun, count = now, 0
            self._counted[key] = (begun, count + 1)
            if len(self._counted) > REMEMBERED:
                self._counted.popitem(last=False)
        return count + 1

    def forget(self) -> None:
        """Begin anew with everybody."""
        with self._lock:
            self._counted.clear()
