"""How many full journey transitions a second, among a million live runs.

1. A journey with control group, exit, goal and touches is published; customers stand in it.
2. `size` of them are due at a touch: they are moved (facts, condition, control, exposure, touch,
   step log, next wait), then their touches get their places (caps, contact ledger, call), in one
   process and in two. `figure` counts both, `moved_figure` the first alone.
3. Floor: claim, update, log and outbox in raw SQL, with nothing decided.
4. Beside it the usual way (`usual_figure`): one Celery task with an ETA a touch, row by row through
   the ORM, in two worker processes.
"""

import json
import sys
import time
from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any

from bench.databases import connected
from bench.processes import Program, inside, running
from bench.report import Result, WrongOutcome
from bench.site import Options, Site

PROCESSES = (1, 2)
PARTS = ("move", "place")
WARM_UP_PART = 20
# The usual way is measured on a part: it would take too long.
USUAL_PART = 20
_FLOOR_BATCH = 500
_FLOOR_TABLES = """
CREATE TABLE bench_run AS SELECT * FROM sop_journeyrun;
CREATE INDEX ON bench_run (priority, due_at) WHERE state = 'active';
CREATE UNIQUE INDEX ON bench_run (id);
CREATE TABLE bench_log (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, run_id bigint,
                        logged_at timestamptz DEFAULT now(), path jsonb);
CREATE TABLE bench_outbox (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, run_id bigint,
                           key text UNIQUE, payload jsonb, created_at timestamptz DEFAULT now());
UPDATE bench_run SET due_at = now() WHERE id IN (SELECT id FROM bench_run LIMIT {size});
VACUUM (ANALYZE) bench_run;
"""
_FLOOR = """
WITH due AS (
    SELECT id FROM bench_run WHERE state = 'active' AND priority = 20 AND due_at <= now()
     ORDER BY due_at LIMIT 500 FOR NO KEY UPDATE SKIP LOCKED
), moved AS (
    UPDATE bench_run run SET step = 'rest', due_at = now() + interval '30 days'
      FROM due WHERE run.id = due.id RETURNING run.id
), logged AS (
    INSERT INTO bench_log (run_id, path) SELECT id, '[{"step": "ask"}]' FROM moved
)
INSERT INTO bench_outbox (run_id, key, payload)
SELECT id, 'run:' || id || ':ask:1', '{"body": "..."}' FROM moved
"""


def run(site: Site, options: Options) -> Result:
    """Measure on a copy of the world."""
    with site.world(options.customers, options.seed) as url, ExitStack() as stack:
        env = site.env(url, PROCESS_KIND="worker")
        site.empty_redis()
        flags = ["--profile"] if options.with_profile else []
        workers = [
            stack.enter_context(inside("journeys", *flags, env=env)) for _ in range(max(PROCESSES))
        ]
        warm = max(10, options.size // WARM_UP_PART)
        made = workers[0].ask(json.dumps({"do": "make", "live": options.customers, "due": warm}))
        for part in PARTS:
            drain(workers, part)
        rates: dict[tuple[int, str], float] = {}
        seconds = 0.0
        for processes in PROCESSES:
            workers[0].ask(json.dumps({"do": "due", "due": options.size}))
            spent = {part: drain(workers[:processes], part, tells=True) for part in PARTS}
            rates[processes, "full"] = options.size / sum(spent.values())
            rates[processes, "move"] = options.size / spent["move"]
            seconds += sum(spent.values())
            print(
                f"{processes} process(es): {rates[processes, 'full']:,.0f} full transitions/s,"
                f" {rates[processes, 'move']:,.0f}/s without the places"
            )
        floor = _floor(url, options.size)
        usual = _usual_way(env, max(200, options.size // USUAL_PART))
        print(f"the usual way: {usual:,.0f} touches/s")
    figure = rates[max(PROCESSES), "full"]
    return Result(
        name="journeys",
        figure=figure,
        unit="transitions/s",
        floor=floor,
        ratio=figure / floor,
        size=options.size,
        seconds=seconds,
        more={
            "live_runs": made["count"],
            "one_process_figure": rates[min(PROCESSES), "full"],
            "moved_figure": rates[max(PROCESSES), "move"],
            "usual_figure": usual,
        },
    )


def _usual_way(env: Mapping[str, str], count: int) -> float:
    """Touches a second by one Celery ETA task each."""
    worker = [sys.executable, "-m", "celery", "-A", "bench.inside.usual", "worker"]
    worker += ["-c", str(max(PROCESSES)), "-Q", "usual", "--without-gossip", "--without-mingle"]
    with running("usual", worker, env), inside("usual", env=env) as publisher:
        spent = publisher.ask(json.dumps({"count": count}))
    return float(spent["count"]) / float(spent["seconds"])


def drain(workers: list[Program], part: str, *, tells: bool = False) -> float:
    """Let the processes do one part of what is due; return the seconds until the last was done."""
    for worker in workers:
        worker.say(json.dumps({"do": "drain", "part": part}))
    answers: list[dict[str, Any]] = [worker.answer() for worker in workers]
    count = sum(answer["count"] for answer in answers)
    if not count:
        raise WrongOutcome(f"there was nothing to {part}")
    if tells:
        _print_price(answers, part, count)
    return max(float(answer["seconds"]) for answer in answers)


def _print_price(answers: list[dict[str, Any]], part: str, count: int) -> None:
    print(f"  {part}: {count:,}")
    for answer in answers:
        for name, spent in answer.get("longest", {}).items():
            print(f"  {spent:8.3f} s  {name}")
    for name in ("python_seconds", "server_seconds"):
        price = sum(answer[name] for answer in answers) / count
        print(f"  {price * 1e6:,.0f} µs of processor time each ({name.partition('_')[0]})")


def _floor(url: str, size: int) -> float:
    """Transitions a second of raw SQL that decides nothing."""
    with connected(url) as connection, connection.cursor() as cursor:
        for statement in _FLOOR_TABLES.format(size=size).strip().split(";\n"):
            cursor.execute(statement)
        begun = time.perf_counter()
        moved = 0
        while moved < size:
            cursor.execute(_FLOOR)
            moved += cursor.rowcount
            if not cursor.rowcount:
                break
        return moved / (time.perf_counter() - begun)
