"""The product's own processes, started as `manage.py up` starts them; and the floor's server."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
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
def product(
    env: Mapping[str, str], *, port: int, only: Sequence[str] = ()
) -> Iterator[dict[str, Program]]:
    """Run the product on one port; `only` names the programs that are wanted, else all of them."""
    env = {**env, "PORT": str(port), "PUBLIC_URL": f"http://127.0.0.1:{port}"}
    with ExitStack() as stack:
        started = {}
        for name, how in commands(env, port=port).items():
            if not only or name in only:
                program = running(name, how["argv"], {**env, **how["env"]})
                started[name] = stack.enter_context(program)
        started["web"].wait_for_http(f"http://127.0.0.1:{port}/healthz")
        yield started


@contextmanager
def floor_server(env: Mapping[str, str], database_url: str, *, port: int) -> Iterator[Program]:
    """The product's web server, but around the bare view of `bench.inside.floor`."""
    with cursor_of(database_url) as cursor:
        cursor.execute(_FLOOR_TABLE)
    web = commands(env, port=port)["web"]
    argv = [
        "bench.inside.floor:application" if word == "scrm.asgi:application" else word
        for word in web["argv"]
    ]
    with running("floor", argv, {**env, "PORT": str(port), **web["env"]}) as program:
        program.wait_for_http(f"http://127.0.0.1:{port}/healthz")
        yield program
