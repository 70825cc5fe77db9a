"""Addresses of the embedded services, for settings: no process is started, nothing is written."""

from pathlib import Path
from urllib.parse import quote

from embedded.paths import CHECKOUT, layout

DATABASE_USER = "scrm"
DATABASE_NAME = "scrm"


def database_url(
    name: str = "main", database: str = DATABASE_NAME, checkout: Path = CHECKOUT
) -> str:
    """The PostgreSQL address of a cluster, by its socket directory.

    It needs no password: only the user who runs the servers can enter that directory.
    """
    sockets = layout(name, checkout).sockets
    return f"postgresql://{DATABASE_USER}@/{database}?host={quote(str(sockets), safe='')}"


def redis_url(db: int = 0, name: str = "main", checkout: Path = CHECKOUT) -> str:
    """The Redis address of a cluster for redis-py."""
    return f"unix://{quote(str(layout(name, checkout).redis_socket))}?db={db}"


def broker_url(db: int = 0, name: str = "main", checkout: Path = CHECKOUT) -> str:
    """The same Redis for Celery, whose spelling of a socket and its number differs."""
    socket = quote(str(layout(name, checkout).redis_socket))
    return f"redis+socket://{socket}?virtual_host={db}"
