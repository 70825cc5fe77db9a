"""Real time for measuring: epoch seconds that never step back, and bounded journals."""

from __future__ import annotations

import time
from collections import deque

from sandbox.entities import JSONDict


class Stamps:
    """Epoch seconds backed by the monotonic clock, so that differences are true latencies."""

    def __init__(self) -> None:
        """Tie the monotonic clock to the epoch once."""
        self._base = time.time() - time.perf_counter()

    def now(self) -> float:
        """Return real epoch seconds."""
        return self._base + time.perf_counter()


class Journal:
    """A bounded list of numbered entries that can be read from any number on."""

    def __init__(self, size: int) -> None:
        """Keep at most `size` entries."""
        self._entries: deque[JSONDict] = deque(maxlen=size)
        self.last_id = 0

    def append(self, entry: JSONDict) -> JSONDict:
        """Number and keep an entry."""
        self.last_id += 1
        entry["id"] = self.last_id
        self._entries.append(entry)
        return entry

    def since(self, last_seen: int = 0) -> list[JSONDict]:
        """Return the kept entries with an id above `last_seen`, oldest first."""
        count = min(self.last_id - last_seen, len(self._entries))
        if count <= 0:
            return []
        if count == len(self._entries):
            return list(self._entries)
        start = len(self._entries) - count
        return [self._entries[index] for index in range(start, len(self._entries))]

    def clear(self) -> None:
        """Forget the entries, not the numbering."""
        self._entries.clear()
