"""One cluster: a PostgreSQL and a Redis server that are started, stopped and destroyed together."""

import contextlib
import fcntl
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from embedded.errors import EmbeddedError
from embedded.paths import CHECKOUT, Layout, layout
from embedded.postgres import Postgres
from embedded.redis import Redis
from embedded.urls import DATABASE_NAME, broker_url, database_url, redis_url


class Cluster:
    """The embedded services under one name; every method may be called at any time, by anyone."""

    def __init__(self, places: Layout) -> None:
        self.layout = places
        self.postgres = Postgres(places)
        self.redis = Redis(places)

    def start(self) -> bool:
        """Start what does not run yet.

        Returns:
            False if both servers ran already: then somebody else will stop them.
        """
        with self._locked():
            if self.is_running() and self.redis.answers():
                return False
            self._prepare()
            self.postgres.start()
            self.redis.start()
            return True

    def stop(self) -> None:
        """Stop both servers; nothing happens if they do not run."""
        with self._locked():
            self.redis.stop()
            self.postgres.stop()

    def destroy(self) -> None:
        """Stop both servers and delete their files, logs excepted."""
        with self._locked():
            self.redis.stop()
            self.postgres.stop()
            shutil.rmtree(self.layout.home, ignore_errors=True)
            shutil.rmtree(self.layout.sockets, ignore_errors=True)
            self._leave_no_empty_house()

    def is_running(self) -> bool:
        """True when both servers have a process."""
        return self.postgres.running() is not None and self.redis.running() is not None

    def status(self) -> dict[str, str]:
        """One line for each server, for people."""
        servers = {"postgres": self.postgres.running(), "redis": self.redis.running()}
        lines = {name: f"pid {it.pid}" if it else "stopped" for name, it in servers.items()}
        return {**lines, "files": str(self.layout.home), "sockets": str(self.layout.sockets)}

    def database_url(self, database: str = DATABASE_NAME) -> str:
        """Address of one database."""
        return database_url(self.layout.name, database, self.layout.checkout)

    def redis_url(self, db: int = 0) -> str:
        """Address of one Redis number."""
        return redis_url(db, self.layout.name, self.layout.checkout)

    def broker_url(self, db: int = 0) -> str:
        """Address of one Redis number in Celery's spelling."""
        return broker_url(db, self.layout.name, self.layout.checkout)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """One starter or stopper at a time."""
        places = self.layout
        places.state.mkdir(mode=0o755, parents=True, exist_ok=True)
        with (places.state / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _prepare(self) -> None:
        """Make the directories: each closed to everybody but the owner and the service user."""
        places = self.layout
        if places.is_outside:
            _own(places.base, places.service_uid)
            self._discard_leftovers()
        _own(places.local, places.service_uid)
        _own(places.home, places.service_uid)
        if places.sockets.parent != places.home:
            _own(places.sockets.parent, places.service_uid)
        places.sockets.mkdir(mode=0o700, exist_ok=True)
        if places.sockets.is_symlink():
            raise EmbeddedError(f"{places.sockets} is a symbolic link: remove it.")
        os.chown(places.sockets, places.service_uid, -1)
        places.sockets.chmod(0o700)

    def _leave_no_empty_house(self) -> None:
        """Remove what lies outside the checkout once no cluster is left in it."""
        places = self.layout
        if places.sockets.parent != places.home and places.sockets.parent.exists():
            with contextlib.suppress(OSError):  # another cluster's sockets are still there
                places.sockets.parent.rmdir()
        if places.is_outside and places.base.exists():
            left = {path.name for path in places.base.iterdir()}
            if left <= {"binaries", "id"}:
                shutil.rmtree(places.base)

    def _discard_leftovers(self) -> None:
        """Files outside belong to one `.local/`; when that was deleted, they go as well."""
        ours, theirs = self.layout.local / "id", self.layout.base / "id"
        if not ours.exists():
            ours.write_text(uuid.uuid4().hex)
        if not theirs.exists() or theirs.read_text() != ours.read_text():
            self.postgres.stop()
            for path in self.layout.base.iterdir():
                shutil.rmtree(path) if path.is_dir() else path.unlink()
            theirs.write_text(ours.read_text())


def _own(directory: Path, service_uid: int) -> None:
    """Make a directory of ours that the service user may pass; refuse one made by a stranger."""
    directory.mkdir(mode=0o700, exist_ok=True)
    facts = directory.lstat()
    if directory.is_symlink() or facts.st_uid != os.geteuid():
        raise EmbeddedError(
            f"{directory} belongs to user {facts.st_uid}, not to you: "
            "remove it, or run as its owner."
        )
    if service_uid != os.geteuid():
        directory.chmod(facts.st_mode & 0o777 | 0o011)


def cluster(name: str = "main", checkout: Path = CHECKOUT) -> Cluster:
    """The cluster `name` (main, test, bench or chaos) of a checkout."""
    return Cluster(layout(name, checkout))
