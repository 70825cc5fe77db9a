"""The test cluster: shared by all test processes, one database and one Redis number for each."""

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import django
import psutil
import psycopg2
from psycopg2 import sql

import embedded

ROOT = Path(__file__).resolve().parent.parent
CLUSTER = embedded.cluster("test")
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "main")
DATABASE = f"test_{os.getpid()}_{WORKER}"
_REDIS_NUMBERS = range(1, 64)


def claim_redis_number() -> int:
    """Take a Redis number that no other test process uses; it is ours until this process ends."""
    for number in _REDIS_NUMBERS:
        claim = os.open(_lock_path(f"redis-{number}"), os.O_RDWR | os.O_CREAT)
        try:
            fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(claim)
            continue
        return number  # the open descriptor is the claim
    raise RuntimeError("more than 63 test processes share one Redis")


@contextmanager
def running_cluster() -> Iterator[None]:
    """Start the cluster if nobody did; the last process to leave stops it."""
    with _lock_path("users").open("w") as users:
        fcntl.flock(users, fcntl.LOCK_SH)
        CLUSTER.start()
        yield
        fcntl.flock(users, fcntl.LOCK_UN)
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        CLUSTER.stop()


@contextmanager
def template_lock() -> Iterator[None]:
    """One process at a time makes or copies the template database."""
    with _lock_path("template").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def template_name() -> str:
    """The name of the migrated template: it changes with every migration."""
    digest = hashlib.sha256(django.__version__.encode())
    for path in sorted(ROOT.glob("*/migrations/**/*")):
        if path.suffix in {".py", ".sql"}:
            digest.update(str(path.relative_to(ROOT)).encode() + path.read_bytes())
    return f"template_{digest.hexdigest()[:16]}"


def database_exists(name: str) -> bool:
    """True when the cluster has this database."""
    return bool(_execute("SELECT 1 FROM pg_database WHERE datname = %s", name))


def create_database(name: str, template: str = "template0") -> None:
    """Copy a database."""
    _execute(
        sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY").format(
            sql.Identifier(name), sql.Identifier(template)
        )
    )


def limit_waiting(name: str) -> None:
    """Let a statement fail that waits for a lock for long: that is a hang, and its test says so."""
    _execute(sql.SQL("ALTER DATABASE {} SET lock_timeout = '90s'").format(sql.Identifier(name)))


def rename_database(old: str, new: str) -> None:
    """Give a finished template its name."""
    _execute(
        sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(old), sql.Identifier(new))
    )


def drop_database(name: str) -> None:
    """Delete a database, open connections included."""
    _execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def drop_leftovers(*, keep: str) -> None:
    """Delete old templates and the databases of test processes that were killed."""
    for (name,) in _execute("SELECT datname FROM pg_database WHERE datname ~ '^(test|template)_'"):
        kind, owner = name.split("_")[:2]
        if (kind == "template" and name != keep) or (
            kind == "test" and owner.isdigit() and not psutil.pid_exists(int(owner))
        ):
            drop_database(name)


def _lock_path(name: str) -> Path:
    directory = CLUSTER.layout.state
    directory.mkdir(parents=True, exist_ok=True)
    return directory / f"{name}.lock"


def _execute(statement: str | sql.Composable, *params: str) -> list[tuple[str, ...]]:
    with closing(psycopg2.connect(CLUSTER.database_url("postgres"))) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement, params)
            return cursor.fetchall() if cursor.description else []
