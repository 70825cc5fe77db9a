"""Where the embedded services keep their files: a function of the checkout, the user and a name.

Normally everything lies in `.local/<name>/` of the checkout. Two exceptions, both named by a hash
of the checkout's path so that two checkouts never meet:

* As root the servers run under a user id that owns nothing else. When the checkout lies under a
  directory which that user cannot pass (a 0700 home), data and sockets move to `/var/tmp`.
* A Unix socket's path is limited to about a hundred bytes; a longer one moves to `/tmp`.
"""

import hashlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
CLUSTER_NAMES = ("main", "test", "bench", "chaos")

# macOS allows 103 bytes, Linux 107; PostgreSQL adds a lock file beside the socket.
SOCKET_PATH_LIMIT_BYTES = 100
_POSTGRES_SOCKET = ".s.PGSQL.5432.lock"

# The range that systemd uses for services without an account; inside every container's id map.
_SERVICE_UID_FIRST = 61184
_SERVICE_UID_COUNT = 4336


@dataclass(frozen=True, slots=True)
class Layout:
    """The places of one cluster (one PostgreSQL and one Redis server)."""

    name: str
    checkout: Path
    local: Path
    base: Path
    sockets: Path
    service_uid: int

    @property
    def state(self) -> Path:
        """Logs, locks and process ids: always in the checkout."""
        return self.local / self.name

    @property
    def home(self) -> Path:
        """Everything that belongs to the servers."""
        return self.base / self.name

    @property
    def postgres_data(self) -> Path:
        return self.home / "postgres"

    @property
    def redis_data(self) -> Path:
        return self.home / "redis"

    @property
    def redis_socket(self) -> Path:
        return self.sockets / "redis.sock"

    @property
    def is_outside(self) -> bool:
        """True when the servers' files had to leave the checkout."""
        return self.base != self.local


def layout(name: str = "main", checkout: Path = CHECKOUT, uid: int | None = None) -> Layout:
    """Find the places of one cluster.

    Args:
        name: One of `CLUSTER_NAMES`; tests may use others.
        checkout: The directory that holds `.local/`.
        uid: The user that starts the servers; the present one if not given.
    """
    owner = os.geteuid() if uid is None else uid
    digest = hashlib.sha256(os.fsencode(checkout)).hexdigest()[:12]
    local = checkout / ".local"
    base = local
    if owner == 0 and not passable_by_others(checkout):
        base = Path(f"/var/tmp/weiyu-scrm-{digest}")  # noqa: S108 - owner and mode are checked
    sockets = base / name / "run"
    if len(os.fsencode(sockets / _POSTGRES_SOCKET)) > SOCKET_PATH_LIMIT_BYTES:
        sockets = Path(f"/tmp/weiyu-{owner}-{digest}") / name  # noqa: S108 - the same
    number = int(hashlib.sha256(f"{digest}/{name}".encode()).hexdigest(), 16)
    service_uid = _SERVICE_UID_FIRST + number % _SERVICE_UID_COUNT if owner == 0 else owner
    return Layout(name, checkout, local, base, sockets, service_uid)


def passable_by_others(directory: Path) -> bool:
    """Tell whether any user may pass through `directory` and all that lies above it."""
    return all(
        step.stat().st_mode & stat.S_IXOTH
        for step in (directory, *directory.parents)
        if step.exists()
    )
