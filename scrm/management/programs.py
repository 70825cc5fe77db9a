"""The programs of one machine, as `manage.py up` supervises them."""

import sys
from collections.abc import Sequence
from typing import Final

from django.conf import settings

from embedded.child import Program

# Stopped last to first: bells and doors, then what answers them, then the world outside.
_SERVICES_STAGE, _WORLD_STAGE, _WORK_STAGE, _DOOR_STAGE = range(4)
# A worker may finish the call it is in (its own soft shutdown is longer than a person waits).
_WORKER_GRACE_SECONDS = 6.0

# The queues with the number of processes that answer each; `worker-<queue>` is the program's name.
WORKERS: Final = {"welcome": 1, "fast": 2, "mass": 1, "bulk": 1}

_QUIET_WORKER = ("--without-gossip", "--without-mingle", "--loglevel", "WARNING")

# A demo started by root need not be told so by every worker.
_QUIET_ROOT = "ignore:You're running the worker with superuser privileges"


def manage(name: str, *command: str) -> Program:
    """A management command that runs once."""
    return Program(name, _python("manage.py", *command), is_service=False)


def services() -> Program:
    """Starts PostgreSQL or Redis again if one dies."""
    return Program("services", _python("-m", "embedded", "watch"), stage=_SERVICES_STAGE)


def sandbox(*, world: str = "demo") -> Program:
    """The local WeCom, which calls back to our web process."""
    ours = f"http://127.0.0.1:{settings.PORT}"
    argv = _python("-m", "sandbox", "--port", str(settings.SANDBOX_PORT), "--world", world)
    calls = ("--callback-base", ours, "--clock-hook", f"{ours}/_demo/clock")
    token = ("--clock-token", settings.DEMO_CLOCK_TOKEN)
    pages = ("--sidebar-url", f"{ours}/sidebar/", "--home-url", f"{ours}/m/")
    return Program("sandbox", [*argv, *calls, *token, *pages], stage=_WORLD_STAGE)


def application() -> list[Program]:
    """Web, a worker a queue, beat and the pump that needs no Celery."""
    return [
        _ours("web", "web", "-m", "uvicorn", "scrm.asgi:application", *_uvicorn_options()),
        *(_worker(queue, concurrency=size) for queue, size in WORKERS.items()),
        _ours(
            "beat",
            "beat",
            *("-m", "celery", "--quiet", "-A", "scrm.celery", "beat", "--loglevel", "WARNING"),
            *("--scheduler", "scrm.tasks.alive:BeatingScheduler", "--pidfile", ""),
            stage=_DOOR_STAGE,
        ),
        _ours("pump", "pump", "manage.py", "pump"),
    ]


def _worker(queue: str, *, concurrency: int) -> Program:
    size = ("--concurrency", str(concurrency))
    celery = ("-m", "celery", "--quiet", "-A", "scrm.celery")
    argv = (*celery, "worker", "-Q", queue, "-n", f"{queue}@%h")
    return _ours(
        f"worker-{queue}",
        "worker",
        *(*argv, *size, *_QUIET_WORKER),
        grace_seconds=_WORKER_GRACE_SECONDS,
    )


def _uvicorn_options() -> Sequence[str]:
    address = ("--host", "127.0.0.1", "--port", str(settings.PORT))
    # Streams never end by themselves: a stop does not wait for them.
    quick = ("--timeout-graceful-shutdown", "3")
    return (*address, *quick, "--no-access-log", "--log-level", "warning", "--no-server-header")


def _ours(
    name: str, kind: str, *arguments: str, stage: int = _WORK_STAGE, grace_seconds: float = 8.0
) -> Program:
    env = {"PROCESS_KIND": kind, "PROCESS_NAME": name, "PYTHONWARNINGS": _QUIET_ROOT}
    return Program(name, _python(*arguments), env, stage=stage, grace_seconds=grace_seconds)


def _python(*arguments: str) -> list[str]:
    return [sys.executable, *arguments]
