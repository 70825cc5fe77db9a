"""Checkouts in places of every kind, with their clusters destroyed at the end."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import psycopg2

from embedded import Cluster, cluster


@contextmanager
def checkout(*, mode: int = 0o755, below: str = "") -> Iterator[Path]:
    """A directory under a parent of the given mode; `below` makes the path longer."""
    parent = Path(tempfile.mkdtemp(prefix="weiyu-test-", dir="/var/tmp"))
    parent.chmod(mode)
    place = parent / below / "checkout"
    place.mkdir(parents=True)
    try:
        yield place
    finally:
        shutil.rmtree(parent, ignore_errors=True)


@contextmanager
def started(place: Path, name: str = "test") -> Iterator[Cluster]:
    """A running cluster; nothing of it is left afterwards, wherever its files lie."""
    services = cluster(name, place)
    try:
        services.start()
        yield services
    finally:
        services.destroy()
        assert not (services.layout.is_outside and services.layout.base.exists())
        assert not services.layout.sockets.exists()


def found(server: psutil.Process | None) -> psutil.Process:
    """The process of a server that must be running."""
    assert server is not None
    return server


def ask(services: Cluster, statement: str) -> object:
    """One value from the cluster's database."""
    connection = psycopg2.connect(services.database_url())
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(statement)
            row = cursor.fetchone() if cursor.description else None
    finally:
        connection.close()
    return row[0] if row else None
