"""Command line: `python -m bench NAME [--size N] [--quick]`; SIZE and QUICK as environment too."""

import argparse
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import FrameType
from typing import Final

from bench import callbacks, dispatcher, journeys, live, plans, timers, welcome
from bench.processes import ProgramFailed
from bench.report import Result, WrongOutcome, print_settings
from bench.site import Options, Site, bench_site


@dataclass(frozen=True, slots=True)
class Benchmark:
    """One benchmark: what it measures, and its sizes at full and at quick length."""

    run: Callable[[Site, Options], Result]
    size_means: str
    size: int
    quick_size: int
    customers: int
    quick_customers: int


BENCHMARKS: Final[Mapping[str, Benchmark]] = {
    "callbacks": Benchmark(callbacks.run, "callbacks", 20_000, 1_000, 2_000, 2_000),
    "dispatcher": Benchmark(dispatcher.run, "events", 100_000, 5_000, 1_000_000, 20_000),
    "welcome": Benchmark(welcome.run, "adds", 500, 50, 2_000, 2_000),
    "journeys": Benchmark(journeys.run, "due runs", 100_000, 5_000, 1_000_000, 20_000),
    "timers": Benchmark(timers.run, "runs that come due", 60_000, 2_000, 1_000_000, 20_000),
    "live": Benchmark(live.run, "open sidebars", 500, 50, 100_000, 2_000),
    "plans": Benchmark(plans.run, "finished rows a queue", 200_000, 20_000, 1_000_000, 20_000),
}


def read_options(arguments: Sequence[str] | None = None) -> tuple[str, Options]:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    sizes = ", ".join(f"{name}: {it.size_means} ({it.size:,})" for name, it in BENCHMARKS.items())
    parser.add_argument("name", choices=BENCHMARKS)
    parser.add_argument("--size", type=int, default=_number("SIZE"), help=sizes)
    parser.add_argument("--quick", action="store_true", default=bool(os.environ.get("QUICK")))
    parser.add_argument("--customers", type=int, help="size of the world; ten events a customer")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--profile", action="store_true", help="print where the time goes")
    words = parser.parse_args(arguments)
    chosen = BENCHMARKS[words.name]
    return words.name, Options(
        size=words.size or (chosen.quick_size if words.quick else chosen.size),
        customers=words.customers or (chosen.quick_customers if words.quick else chosen.customers),
        seed=words.seed,
        is_quick=words.quick,
        with_profile=words.profile,
    )


def main() -> int:
    """Run one benchmark; its last line is one JSON object."""
    name, options = read_options()
    signal.signal(signal.SIGTERM, _end)
    try:
        with bench_site() as site:
            print_settings(site.cluster)
            result = BENCHMARKS[name].run(site, options)
    except (ProgramFailed, WrongOutcome) as failure:
        print(failure, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    print(result.as_json())
    return 0


def _number(name: str) -> int | None:
    return int(os.environ[name]) if os.environ.get(name) else None


def _end(_signal: int, _frame: FrameType | None) -> None:
    """TERM ends as Ctrl-C does: everything that was started is ended first."""
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
