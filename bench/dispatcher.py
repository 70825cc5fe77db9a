"""How many events a second become profiles, stages, alerts and touches, in one process and in two.

1. Events of mixed types are recorded through `record_events` (`record_figure`).
2. One process works them in with the product's routes; then as many again by two processes.
3. Floor: COPY of the same ledger rows into an equal table.
"""

import io
import time
from contextlib import ExitStack

from bench.databases import cursor_of
from bench.processes import Program, inside
from bench.report import Result, WrongOutcome
from bench.site import Options, Site

PROCESSES = (1, 2)


def run(site: Site, options: Options) -> Result:
    """Measure on a copy of the world."""
    with site.world(options.customers, options.seed) as url, ExitStack() as stack:
        env = site.env(url, PROCESS_KIND="worker")
        site.empty_redis()
        recorder = stack.enter_context(inside("record", str(options.customers), env=env))
        flags = ["--profile"] if options.with_profile else []
        drainers = [
            stack.enter_context(inside("drain", *flags, env=env)) for _ in range(max(PROCESSES))
        ]
        _record(recorder, max(10, options.size // 10), seed=0)
        _drain(drainers)
        recording, rates, seconds = [], {}, 0.0
        for processes in PROCESSES:
            recording.append(_record(recorder, options.size, seed=processes))
            spent = _drain(drainers[:processes])
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
            "one_process_figure": rates[1],
            "record_figure": options.size / min(recording),
        },
    )


def _record(recorder: Program, count: int, *, seed: int) -> float:
    """Record events and return the seconds it took."""
    answer = recorder.ask(f"{count} {seed}")
    if answer["recorded"] != count:
        raise WrongOutcome(f"recorded {answer['recorded']} of {count} events")
    return float(answer["seconds"])


def _drain(drainers: list[Program]) -> float:
    """Let the processes empty the queue together; return the seconds until the last was done."""
    for drainer in drainers:
        drainer.say()
    answers = [drainer.answer() for drainer in drainers]
    for answer in answers:
        for part in ("reducers", "statements"):
            for name, spent in answer.get(part, {}).items():
                print(f"  {spent:8.3f} s  {name}")
    return max(float(answer["seconds"]) for answer in answers)


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
