"""The product's own processes, started as `manage.py up` starts them; and the floor's server."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

from bench.databases import cursor_of
from bench.processes import Program, inside, running

_FLOOR_TABLE = """
CREATE TABLE bench_floor_callback (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body bytea NOT NULL,
    received_at timestamptz NOT NULL DEFAULT now())
"""


def commands(env: Mapping[str, str]) -> dict[str, Any]:
    """Return argv and environment of each program, as the product itself names them."""
    with inside("programs", env=env) as program:
        return program.ask()


@contextmanager
def product(
    env: Mapping[str, str], *, port: int, only: Sequence[str] = ()
) -> Iterator[dict[str, Program]]:
    """Run the product on one port; `only` names the programs that are wanted, else all of them."""
    env = {**env, "PORT": str(port), "PUBLIC_URL": f"http://127.0.0.1:{port}"}
    with ExitStack() as stack:
        started = {}
        for name, how in commands(env).items():
            if not only or name in only:
                program = running(name, how["argv"], {**env, **how["env"], "PROCESS_NAME": name})
                started[name] = stack.enter_context(program)
        started["web"].wait_for_http(f"http://127.0.0.1:{port}/healthz")
        yield started


@contextmanager
def floor_server(env: Mapping[str, str], database_url: str, *, port: int) -> Iterator[Program]:
    """The product's web server, but around the bare view of `bench.inside.floor`."""
    with cursor_of(database_url) as cursor:
        cursor.execute(_FLOOR_TABLE)
    env = {**env, "PORT": str(port)}
    web = commands(env)["web"]
    argv = [
        "bench.inside.floor:application" if word == "scrm.asgi:application" else word
        for word in web["argv"]
    ]
    with running("floor", argv, {**env, **web["env"]}) as program:
        program.wait_for_http(f"http://127.0.0.1:{port}/healthz")
        yield program
