"""Databases on any cluster, cloned from a migrated template of its own."""

import os
import subprocess
import sys
from contextlib import closing

import psutil
import psycopg2
from psycopg2 import sql

from embedded import Cluster
from tests import services

_CLONE = "CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY"
_DROP = "DROP DATABASE IF EXISTS {} WITH (FORCE)"
_RENAME = "ALTER DATABASE {} RENAME TO {}"


def clone(cluster: Cluster, name: str) -> None:
    """Make a migrated database."""
    with services.template_lock():
        _execute(cluster, _CLONE, name, _template(cluster))


def drop(cluster: Cluster, name: str) -> None:
    """Delete a database, open connections included."""
    _execute(cluster, _DROP, name)


def drop_leftovers(cluster: Cluster) -> None:
    """Delete the databases of processes that were killed."""
    for name in _names(cluster, "^test_[0-9]+_"):
        if not psutil.pid_exists(int(name.split("_")[1])):
            drop(cluster, name)


def _template(cluster: Cluster) -> str:
    """Return the template's name; `manage.py migrate` makes it if need be, old ones go."""
    name = services.template_name()
    known = _names(cluster, "^template_")
    if name not in known:
        raw = f"test_{os.getpid()}_raw"
        drop(cluster, raw)
        _execute(cluster, "CREATE DATABASE {}", raw)
        env = os.environ | {
            "DATABASE_URL": cluster.database_url(raw),
            "DJANGO_SETTINGS_MODULE": "scrm.settings",
        }
        command = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
        subprocess.run(command, cwd=services.ROOT, env=env, check=True, timeout=300)
        _execute(cluster, _RENAME, raw, name)
        for old in known:
            drop(cluster, old)
    return name


def _names(cluster: Cluster, pattern: str) -> list[str]:
    with (
        closing(psycopg2.connect(cluster.database_url("postgres"))) as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute("SELECT datname FROM pg_database WHERE datname ~ %s", [pattern])
        # `template0` and `template1` are PostgreSQL's own.
        return [row[0] for row in cursor.fetchall() if "_" in row[0]]


def _execute(cluster: Cluster, statement: str, *names: str) -> None:
    composed = sql.SQL(statement).format(*map(sql.Identifier, names))
    with closing(psycopg2.connect(cluster.database_url("postgres"))) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(composed)
