"""How many events a second become profiles, stages, alerts and touches, in one process and in two.

1. Events of mixed types are recorded through `record_events` (`record_figure`).
2. One process works them in with the product's routes; then as many again by two processes.
3. Floor: COPY of the same ledger rows into an equal table.
"""

import io
import json
import time
from contextlib import ExitStack
from typing import Any

from bench.databases import cursor_of
from bench.processes import Program, inside
from bench.report import Result, WrongOutcome
from bench.site import Options, Site

PROCESSES = (1, 2)
# Before anything is measured, so that code, plans and connections are warm.
WARM_UP_PART = 10


def run(site: Site, options: Options) -> Result:
    """Measure on a copy of the world."""
    with site.world(options.customers, options.seed) as url, ExitStack() as stack:
        env = site.env(url, PROCESS_KIND="worker")
        site.empty_redis()
        flags = [str(options.customers), *(["--profile"] if options.with_profile else [])]
        workers = [
            stack.enter_context(inside("ledger", *flags, env=env)) for _ in range(max(PROCESSES))
        ]
        _record(workers[0], max(10, options.size // WARM_UP_PART), seed=0)
        _drain(workers)
        recording, rates, seconds = [], {}, 0.0
        for processes in PROCESSES:
            recording.append(_record(workers[0], options.size, seed=processes))
            spent = _drain(workers[:processes], tell=options.size)
            rates[processes] = options.size / spent
            seconds += spent
            print(f"{processes} process(es): {rates[processes]:,.0f} events/s")
        _check_nothing_is_left(url)
        floor = _copy_floor(url, options.size)
    figure = rates[max(PROCESSES)]
    return Result(
        name="dispatcher",
        figure=figure,
        unit="events/s",
        floor=floor,
        ratio=figure / floor,
        size=options.size,
        seconds=seconds,
        more={
            "customers": options.customers,
            "one_process_figure": rates[min(PROCESSES)],
            "record_figure": options.size / min(recording),
        },
    )


def _record(recorder: Program, count: int, *, seed: int) -> float:
    """Record events and return the seconds it took."""
    answer = recorder.ask(json.dumps({"do": "record", "count": count, "seed": seed}))
    if answer["count"] != count:
        raise WrongOutcome(f"recorded {answer['count']} of {count} events")
    return float(answer["seconds"])


def _drain(workers: list[Program], *, tell: int = 0) -> float:
    """Let the processes empty the queue together; return the seconds until the last was done.

    Args:
        tell: How many events that is, to print what one of them costs.
    """
    for worker in workers:
        worker.say(json.dumps({"do": "drain"}))
    answers = [worker.answer() for worker in workers]
    if tell:
        _print_price(answers, tell)
    return max(float(answer["seconds"]) for answer in answers)


def _print_price(answers: list[dict[str, Any]], count: int) -> None:
    for answer in answers:
        for name, spent in answer.get("longest", {}).items():
            print(f"  {spent:8.3f} s  {name}")
    for name in ("python_seconds", "server_seconds"):
        price = sum(answer[name] for answer in answers) / count
        print(f"  {price * 1e6:,.0f} µs of processor time an event ({name.partition('_')[0]})")


def _check_nothing_is_left(url: str) -> None:
    with cursor_of(url) as cursor:
        cursor.execute("SELECT count(*) FROM customers_queuedevent")
        (left,) = cursor.fetchone()
    if left:
        raise WrongOutcome(f"{left} events were parked or left")


def _copy_floor(url: str, count: int) -> float:
    """Rows a second of COPY into a table like the ledger."""
    rows = io.StringIO()
    with cursor_of(url) as cursor:
        cursor.execute(
            """CREATE TEMPORARY VIEW bench_newest AS
               SELECT * FROM customers_event ORDER BY id DESC LIMIT %s""",
            [count],
        )
        cursor.copy_expert("COPY (SELECT * FROM bench_newest) TO STDOUT", rows)
        cursor.execute("CREATE TABLE bench_floor (LIKE customers_event INCLUDING ALL)")
        rows.seek(0)
        begun = time.perf_counter()
        cursor.copy_expert("COPY bench_floor FROM STDIN", rows)
        return count / (time.perf_counter() - begun)
