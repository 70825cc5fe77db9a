"""How long a reading takes to the staff member's open sidebar, with very many of them open.

1. All programs of the product run on a copy of the world, with the sandbox as WeCom.
2. As many sidebars as `size` says are open at once, each a stream of a member who is signed in.
3. Their customers read: beacons come by a timetable, 200 a second, through the product's own door.
   A reading's time is from the moment it was due to the line that brings it to the sidebar. None
   may be missing or come twice; the streams hold no connection of the database.
4. Floor: the same server and clients around an application that inserts one row a reading and
   tells the stream in the same process; `ratio` is its p99 over ours.
"""

import json
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from bench.databases import cursor_of
from bench.processes import Program, free_port, inside, running
from bench.product import commands, product
from bench.report import Result, WrongOutcome, percentiles
from bench.site import Options, Site

RATE = 200.0
SECONDS = 60
QUICK_SECONDS = 5
WARM_UP_SECONDS = 3
FLOOR_PART = 4
# The web process keeps one a thread, one for its hub, and those of its sign of life.
SPARE_CONNECTIONS = 6
_FLOOR_TABLE = """
CREATE TABLE bench_floor_read (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, key text NOT NULL)
"""
_CONNECTIONS = """
SELECT count(*) FROM pg_stat_activity
 WHERE datname = current_database() AND pid <> pg_backend_pid()
   AND application_name = 'scrm web' AND backend_type = 'client backend'
"""


def run(site: Site, options: Options) -> Result:
    """Measure on a copy of the world."""
    web, wecom = free_port(), free_port()
    seconds = QUICK_SECONDS if options.is_quick else SECONDS
    with (
        site.world(options.customers, options.seed) as url,
        tempfile.TemporaryDirectory() as spool,
        _sandbox(wecom) as wecom_url,
    ):
        addresses = {"WECOM_API_BASE_URL": wecom_url, "WECOM_OAUTH_BASE_URL": wecom_url}
        env = site.env(url, SPOOL_DIR=spool, PORT=str(web), **addresses)
        site.empty_redis()
        with inside("sidebars", str(options.size), env=env) as maker:
            sidebars = maker.ask()["sidebars"]
        if len(sidebars) < options.size:
            raise WrongOutcome(f"the world has only {len(sidebars)} customers to follow")
        with product(env, port=web) as programs:
            before = _connections(url)
            with _client(web, sidebars) as client:
                ours = _measure(client, seconds)
                held = _connections(url) - before
            spent = programs["web"].cpu_seconds()
            print(f"the web process used {spent:,.1f} s of processor time in all")
        bare = _floor(url, env, sidebars, seconds)
    if held > SPARE_CONNECTIONS + 16:
        raise WrongOutcome(f"{held} more connections than without the {options.size} streams")
    found, floor = percentiles(ours["times"]), percentiles(bare["times"])
    answers = percentiles(ours["answered"])
    print(f"beacons were answered within p50 {answers['p50']:.4f} s, p99 {answers['p99']:.4f} s")
    print(f"floor p50 {floor['p50']:.4f} s, p99 {floor['p99']:.4f} s")
    return Result(
        name="live",
        figure=found["p99"],
        unit="s (p99)",
        floor=floor["p99"],
        ratio=floor["p99"] / found["p99"],
        size=options.size,
        seconds=ours["seconds"],
        more={
            **found,
            "reads": len(ours["times"]),
            "open_loop_rate": RATE,
            "lines_cut": ours["cut"],
            "connections_more": held,
        },
    )


def _measure(client: Program, seconds: int) -> dict[str, Any]:
    """Warm up, then read for so many seconds; every reading must come exactly once."""
    first = 1
    warm = _read(client, WARM_UP_SECONDS, first)
    return _read(client, seconds, first + warm["turns"])


def _read(client: Program, seconds: int, first: int) -> dict[str, Any]:
    reads = int(RATE * seconds)
    answer = client.ask(json.dumps({"reads": reads, "rate": RATE, "first": first}))
    if answer["missing"] or answer["doubled"]:
        raise WrongOutcome(
            f"{answer['missing']} readings missing, {answer['doubled']} doubled, "
            f"{answer['cut']} lines cut"
        )
    return answer | {"turns": reads}


def _floor(
    url: str, env: dict[str, str] | Any, sidebars: list[dict[str, str]], seconds: int
) -> dict[str, Any]:
    with cursor_of(url) as cursor:
        cursor.execute(_FLOOR_TABLE)
    port = free_port()
    web = commands(env, port=port)["web"]
    bare = {"scrm.asgi:application": "bench.inside.bare_live:application"}
    argv = [bare.get(word, word) for word in web["argv"]]
    with running("floor", argv, {**env, **web["env"], "PORT": str(port)}) as server:
        server.wait_for_http(f"http://127.0.0.1:{port}/")
        with _client(port, sidebars) as client:
            return _measure(client, max(1, seconds // FLOOR_PART))


@contextmanager
def _client(port: int, sidebars: list[dict[str, str]]) -> Iterator[Program]:
    argv = [sys.executable, "-m", "bench.live_client", str(port)]
    with running(f"live-client-{port}", argv, {}, talks=True) as client:
        client.say(json.dumps({"sidebars": sidebars}))
        client.expect("prepared")
        yield client


@contextmanager
def _sandbox(port: int) -> Iterator[str]:
    argv = [sys.executable, "-m", "sandbox", "--port", str(port), "--world", "fixture"]
    with running("sandbox", argv, {}) as program:
        program.wait_for_http(f"http://127.0.0.1:{port}/_sim/health")
        yield f"http://127.0.0.1:{port}"


def _connections(url: str) -> int:
    with cursor_of(url) as cursor:
        cursor.execute(_CONNECTIONS)
        found: int = cursor.fetchone()[0]
        return found
