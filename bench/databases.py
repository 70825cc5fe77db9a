"""Databases of one cluster: made, copied, dropped; what a dead benchmark left goes with them."""

import contextlib
import os
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Any

import psutil
import psycopg2
from psycopg2 import sql

import embedded

CLONE_PREFIX = "bench_clone"


class Databases:
    """The databases of a running cluster."""

    def __init__(self, cluster: embedded.Cluster) -> None:
        self._cluster = cluster

    def url(self, name: str) -> str:
        """Address of one database."""
        return self._cluster.database_url(name)

    def exists(self, name: str) -> bool:
        """True when there is such a database."""
        return bool(self._execute("SELECT 1 FROM pg_database WHERE datname = %s", name))

    def create(self, name: str, template: str = "template0") -> None:
        """Copy a database file by file: fast, and without a trace in the write-ahead log."""
        self._execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY").format(
                sql.Identifier(name), sql.Identifier(template)
            )
        )

    def rename(self, old: str, new: str) -> None:
        """Give a finished template its name."""
        self._execute(
            sql.SQL("ALTER DATABASE {} RENAME TO {}").format(
                sql.Identifier(old), sql.Identifier(new)
            )
        )

    def drop(self, name: str) -> None:
        """Delete a database, open connections included."""
        self._execute(
            sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
        )

    def names(self, prefix: str) -> list[str]:
        """Return the names that begin so."""
        rows = self._execute("SELECT datname FROM pg_database ORDER BY datname")
        return [name for (name,) in rows if name.startswith(prefix)]

    @contextmanager
    def clone(self, template: str) -> Iterator[str]:
        """A copy of a template, dropped at the end; yields its name."""
        self.drop_leftovers()
        name = f"{CLONE_PREFIX}_{os.getpid()}_{len(self.names(CLONE_PREFIX))}"
        try:
            self.create(name, template)
            yield name
        finally:
            self.drop(name)

    def drop_leftovers(self) -> None:
        """Delete the copies of benchmarks that were killed."""
        for name in self.names(CLONE_PREFIX):
            if not psutil.pid_exists(int(name.split("_")[2])):
                self.drop(name)

    def _execute(self, statement: str | sql.Composable, *params: str) -> Sequence[Any]:
        with connected(self.url("postgres")) as connection, connection.cursor() as cursor:
            cursor.execute(statement, params)
            return cursor.fetchall() if cursor.description else []


@contextmanager
def connected(url: str) -> Iterator[Any]:
    """A connection that commits every statement."""
    with closing(psycopg2.connect(url)) as connection:
        connection.autocommit = True
        yield connection


@contextlib.contextmanager
def cursor_of(url: str) -> Iterator[Any]:
    """A cursor on a connection of its own that commits every statement."""
    with connected(url) as connection, connection.cursor() as cursor:
        yield cursor
