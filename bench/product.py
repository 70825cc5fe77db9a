"""The product's own processes, started as `manage.py up` starts them; and the floor's server."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

from bench.databases import cursor_of
from bench.processes import ROOT, Program, running

_FLOOR_TABLE = """
CREATE TABLE bench_floor_callback (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body bytea NOT NULL,
    received_at timestamptz NOT NULL DEFAULT now())
"""


def commands(env: Mapping[str, str], *, port: int) -> dict[str, Any]:
    """Return argv and environment of each program, as the product itself names them."""
    listed = subprocess.run(
        [sys.executable, "-m", "bench.program_list"],
        check=True,
        stdout=subprocess.PIPE,
        cwd=ROOT,
        env=os.environ | env | {"PORT": str(port)},
    )
    answer: dict[str, Any] = json.loads(listed.stdout)
    return answer


@contextmanager
def product(env: Mapping[str, str], *, port: int) -> Iterator[dict[str, Program]]:
    """Run all programs of the product; the web process has answered when this yields."""
    env = {**env, "PORT": str(port), "PUBLIC_URL": f"http://127.0.0.1:{port}"}
    with ExitStack() as stack:
        started = {
            name: stack.enter_context(running(name, how["argv"], {**env, **how["env"]}))
            for name, how in commands(env, port=port).items()
        }
        started["web"].wait_for_http(f"http://127.0.0.1:{port}/healthz")
        yield started


@contextmanager
def two_web_servers(
    env: Mapping[str, str], database_url: str, *, ports: tuple[int, int]
) -> Iterator[tuple[Program, Program]]:
    """The product's web server, and the same one around the bare view of `bench.inside.floor`."""
    with cursor_of(database_url) as cursor:
        cursor.execute(_FLOOR_TABLE)
    web = commands(env, port=ports[0])["web"]
    bare = {"scrm.asgi:application": "bench.inside.floor:application", str(ports[0]): str(ports[1])}
    settings = {**env, **web["env"]}
    with (
        running("web", web["argv"], {**settings, "PORT": str(ports[0])}) as ours,
        running("floor", [bare.get(word, word) for word in web["argv"]], settings) as floor,
    ):
        for program, port in ((ours, ports[0]), (floor, ports[1])):
            program.wait_for_http(f"http://127.0.0.1:{port}/healthz")
        yield ours, floor
