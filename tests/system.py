"""The real product as processes: sandbox, web, Celery workers, beat, pump, on services of its own.

with System(CHAOS) as system:
    system.sim.act("scan_contact_way", …)
    system.kill("web"); system.start("web")
    with system.database(): …            # models and services of this process, on its database
"""

import os
import shutil
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from unittest.mock import patch

import httpx
import psycopg2
import redis
from celery import current_app
from django.conf import settings
from django.db import connections
from django.test import override_settings
from kombu import Connection
from psycopg2.extras import RealDictCursor

from common import bell, clock
from embedded import Cluster, process
from embedded.child import Program
from sandbox.client import SimClient
from scrm.env import database as database_settings
from scrm.management import programs
from tests import databases, services
from tests.processes import Processes
from tests.truth import Pair, differences, our_copy

ROOT = services.ROOT
# What a database that is away, or was a moment ago, raises.
AWAY = (psycopg2.OperationalError, psycopg2.InterfaceError)
START_SECONDS = 60.0
EVERYTHING = ("web", *(f"worker-{queue}" for queue in programs.WORKERS), "beat")
# The bell that makes a worker show its heartbeat.
_BELLS = {queue: task for task, queue in settings.BELL_QUEUES.items()} | {
    "bulk": "scrm.refresh_customers"
}


_END_LEASES = """
UPDATE wecom_callbackreceipt SET lease_until = NULL WHERE lease_until IS NOT NULL;
UPDATE org_job SET lease_until = NULL WHERE lease_until IS NOT NULL;
UPDATE customers_refreshrequest SET lease_until = NULL, due_at = requested_at
 WHERE lease_until IS NOT NULL;
"""


class NeverHappenedError(AssertionError):
    """A condition did not come true in time; the message carries the ends of the logs."""


class System(Processes):
    """One product on one cluster, with a new database and a Redis number of its own."""

    def __init__(
        self,
        cluster: Cluster,
        *,
        names: Sequence[str] = EVERYTHING,
        redis_number: int = 0,
        env: Mapping[str, str] | None = None,
    ) -> None:
        self.cluster = cluster
        self.names = tuple(names)
        super().__init__(Path(tempfile.mkdtemp(prefix="weiyu-system-")))
        self.spool = self.directory / "spool"
        self.port, self.sandbox_port = _free_ports(2)
        self.url = f"http://127.0.0.1:{self.port}"
        self.sim = SimClient(f"http://127.0.0.1:{self.sandbox_port}")
        self.name = f"test_{os.getpid()}_system_{self.port}"
        self.database_url = cluster.database_url(self.name)
        self.broker_url = cluster.broker_url(redis_number)
        self.redis_url = cluster.redis_url(redis_number)
        self._more_env = dict(env or {})

    def __enter__(self) -> Self:
        """Clone the database and start everything; ready when this returns."""
        self.cluster.start()
        databases.drop_leftovers(self.cluster)
        databases.clone(self.cluster, self.name)
        self.flush_redis()
        try:
            for name in ("sandbox", *self.names):
                self.start(name)
            self.wait_ready()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop everything and delete what it left."""
        self.stop()

    def stop(self) -> None:
        """Stop all processes; delete database and files."""
        self.sim.close()
        self.kill_all()
        databases.drop(self.cluster, self.name)
        shutil.rmtree(self.directory, ignore_errors=True)

    # Processes

    def start(self, name: str) -> None:
        """Start one program; see `wait_ready`."""
        self.launch(self._programs()[name], self.env)

    def restart(self, name: str) -> None:
        """Kill -9 and start again."""
        self.kill(name)
        self.start(name)

    def wait_ready(self) -> None:
        """Wait until every program that was started answers."""
        self.wait(lambda: _answers(f"{self.sim.url}/_sim/health"), "the sandbox answers")
        if "web" in self.running:
            self.wait(lambda: _answers(f"{self.url}/healthz"), "the web process answers")
        for queue in programs.WORKERS:
            if f"worker-{queue}" in self.running:
                self.wait(partial(self._beats, queue), f"worker-{queue} works")

    def _beats(self, queue: str) -> bool:
        name = f"worker-{queue}"
        self.ring(_BELLS[queue], queue)
        rows = self.query(
            "SELECT 1 FROM common_heartbeat WHERE process = %s AND beaten_at > to_timestamp(%s)",
            [name, self.started_at[name]],
        )
        return bool(rows)

    @property
    def env(self) -> dict[str, str]:
        """What a program of this system finds in its environment."""
        return {
            **{name: value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST"},
            "DJANGO_SETTINGS_MODULE": "scrm.settings",
            "DATABASE_URL": self.database_url,
            "REDIS_URL": self.redis_url,
            "PORT": str(self.port),
            "SANDBOX_PORT": str(self.sandbox_port),
            "SPOOL_DIR": str(self.spool),
            "LOG_FORMAT": "json",
            "PYTHONUNBUFFERED": "1",
            **self._more_env,
        }

    def _programs(self) -> dict[str, Program]:
        """The programs of `manage.py up`, on our ports."""
        with override_settings(PORT=self.port, SANDBOX_PORT=self.sandbox_port):
            ours = {program.name: program for program in programs.application()}
        beat = ours["beat"]
        schedule = ("--schedule", str(self.directory / "beat"))
        ours["beat"] = Program("beat", [*beat.argv, *schedule], beat.env)
        argv = [sys.executable, "-m", "sandbox", "--port", str(self.sandbox_port)]
        argv += ["--callback-base", self.url, "--no-rate-limits"]
        argv += ["--clock-hook", f"{self.url}/_demo/clock", "--clock-token", "demo-clock"]
        argv += ["--sidebar-url", f"{self.url}/sidebar/", "--home-url", f"{self.url}/m/"]
        return ours | {"sandbox": Program("sandbox", argv)}

    def pass_time(self, seconds: float) -> None:
        """Let time pass for WeCom and for every thread of ours, which look now and then."""
        self.sim.advance(seconds)
        time.sleep(clock.OFFSET_CACHE_SECONDS + 0.1)

    # Redis and PostgreSQL

    def flush_redis(self) -> None:
        """Forget every bell."""
        with redis.Redis.from_url(self.redis_url) as client:
            client.flushdb()

    def ring(self, task: str, queue: str = "bulk") -> None:
        """Wake a worker."""
        with Connection(self.broker_url) as broker:
            current_app.send_task(task, queue=queue, expires=3, connection=broker)

    def stop_postgres(self) -> None:
        """Immediate shutdown: no farewell, recovery at the next start."""
        server = self.cluster.postgres.running()
        if server is None:
            raise RuntimeError("PostgreSQL does not run")
        if not process.end(server, ((signal.SIGQUIT, 20.0), (signal.SIGKILL, 5.0))):
            raise RuntimeError("PostgreSQL does not end")

    def start_postgres(self) -> None:
        """Start it again."""
        self.cluster.postgres.start()

    def end_leases(self) -> None:
        """Let the leases of killed workers end at once."""
        with (
            closing(psycopg2.connect(self.database_url)) as connection,
            connection,
            connection.cursor() as cursor,
        ):
            cursor.execute(_END_LEASES)

    @contextmanager
    def database(self) -> Iterator[None]:
        """Let this process's models and services work on the system's database."""
        connection = connections["default"]
        connection.close()
        kept = dict(connection.settings_dict)
        connection.settings_dict.update(database_settings(self.database_url))
        try:
            with (
                override_settings(WECOM_API_BASE_URL=self.sim.url, SPOOL_DIR=self.spool),
                patch.object(bell, "ring", lambda _name: None),
            ):
                yield
        finally:
            connection.close()
            connection.settings_dict.update(kept)

    def query(self, statement: str, params: Sequence[Any] = ()) -> list[dict[str, Any]]:
        """Run one query on the system's database, over a connection of its own."""
        with (
            closing(psycopg2.connect(self.database_url)) as connection,
            connection.cursor(cursor_factory=RealDictCursor) as cursor,
        ):
            cursor.execute(statement, list(params))
            return [dict(row) for row in cursor.fetchall()]

    def count(self, table: str, where: str = "true") -> int:
        """Return how many rows of a table fulfil a condition."""
        return int(self.query(f"SELECT count(*) AS n FROM {table} WHERE {where}")[0]["n"])  # noqa: S608 - a test's own words

    def differences(self, untold: Collection[Pair] = ()) -> list[str]:
        """Return what differs between WeCom's truth and our copy."""
        corp_id = self.sim.health()["corp_id"]
        return differences(self.sim.truth(), our_copy(corp_id, self.query), untold)

    # Waiting and looking

    def wait(
        self, condition: Callable[[], object], what: str, seconds: float = START_SECONDS
    ) -> None:
        """Wait until a condition holds; a database that is away counts as no."""
        deadline = time.monotonic() + seconds
        while not _holds(condition):
            if time.monotonic() > deadline or (self.died() and not _holds(condition)):
                raise NeverHappenedError(f"{what}: not in {seconds} s\n{self.last_lines()}")
            time.sleep(0.05)


def _holds(condition: Callable[[], object]) -> bool:
    try:
        return bool(condition())
    except AWAY:
        return False


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2, trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()
