"""What a benchmark says: its settings first, one JSON object last."""

import json
import math
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import embedded
from bench.databases import cursor_of

_SETTINGS = (
    "server_version",
    "fsync",
    "synchronous_commit",
    "full_page_writes",
    "shared_buffers",
    "max_wal_size",
)


class WrongOutcome(Exception):
    """The product did something else than what was to be measured: there is no figure."""


@dataclass(frozen=True, slots=True)
class Result:
    """One benchmark's result; `floor` and `figure` have the same unit, times are in seconds.

    `ratio` is the share of the floor that was reached: higher is better.
    """

    name: str
    figure: float
    unit: str
    size: int
    seconds: float
    floor: float | None = None
    ratio: float | None = None
    more: Mapping[str, object] = field(default_factory=dict)

    def as_json(self) -> str:
        """Return one line of JSON without what does not apply."""
        values = {
            "name": self.name,
            "figure": self.figure,
            "unit": self.unit,
            "floor": self.floor,
            "ratio": self.ratio,
            "size": self.size,
            "seconds": self.seconds,
            **self.more,
        }
        return json.dumps(
            {name: _rounded(value) for name, value in values.items() if value is not None},
            ensure_ascii=False,
        )


def percentiles(seconds: Sequence[float]) -> dict[str, float]:
    """Return p50, p95 and p99 by the nearest-rank rule: each is a time that was measured."""
    ranked = sorted(seconds)
    if not ranked:
        raise ValueError("nothing was measured")
    return {
        f"p{share}": ranked[max(0, math.ceil(len(ranked) * share / 100) - 1)]
        for share in (50, 95, 99)
    }


def print_settings(cluster: embedded.Cluster) -> None:
    """Say on what and how durably this runs."""
    with cursor_of(cluster.database_url("postgres")) as cursor:
        found = {}
        for name in _SETTINGS:
            cursor.execute(f"SHOW {name}")
            found[name] = cursor.fetchone()[0]
    load = " ".join(f"{value:.2f}" for value in os.getloadavg())
    print(f"PostgreSQL {found.pop('server_version')}, Python {platform.python_version()}", end=", ")
    print(f"{os.cpu_count()} cores, load {load}")
    print(", ".join(f"{name}={value}" for name, value in found.items()))
    is_durable = found["fsync"] == "on" and found["synchronous_commit"] == "on"
    print("The product runs with DEBUG off, as it is deployed.")
    print("Every commit is on disk before it counts." if is_durable else "NOT DURABLE: no record.")


def _rounded(value: object) -> object:
    """Four significant digits are more than a benchmark can promise."""
    if isinstance(value, float):
        return float(f"{value:.4g}")
    return value
