"""A real PostgreSQL server from the wheel's programs: create, start, stop.

Who may connect: the server listens on no port. Its socket lies in a directory that only the user
who runs the server (and root) can enter, so `trust` in pg_hba.conf trusts exactly that user.
"""

import os
import pwd
import shutil
import signal
import time
from contextlib import closing
from pathlib import Path

import psutil
import psycopg2

from embedded import process
from embedded.binaries import postgres_bin
from embedded.errors import EmbeddedError
from embedded.paths import Layout
from embedded.profiles import postgres_settings
from embedded.urls import DATABASE_NAME, DATABASE_USER

START_SECONDS = 60.0
# Orphaned back ends of a killed server hold its shared memory for a moment.
_STILL_IN_USE = ("is still in use", "lock file")
_START_TRIES = 5
_RETRY_SECONDS = 1.0
_PID_FILE_STATUS_LINE = 7


class Postgres:
    """One PostgreSQL server of a cluster."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.data = layout.postgres_data
        self.log = layout.state / "postgres.log"

    def start(self) -> None:
        """Create the data directory if needed, start the server, wait until it answers."""
        if self.running() is None:
            if not (self.data / "PG_VERSION").exists():
                self._create()
            self._write_settings()
            self._drop_foreign_pid_file()
            self._launch()
        self._create_database()

    def stop(self) -> None:
        """Fast shutdown: roll back what runs, write a checkpoint, end."""
        server = self.running()
        if server is None:
            return
        steps = ((signal.SIGINT, 30.0), (signal.SIGQUIT, 10.0), (signal.SIGKILL, 5.0))
        if not process.end(server, steps):
            raise EmbeddedError(f"PostgreSQL (pid {server.pid}) does not end.")

    def running(self) -> psutil.Process | None:
        """The server's process, told from strangers that took over its process id."""
        lines = self._pid_file_lines()
        server = process.alive(int(lines[0])) if lines else None
        if server is None:
            return None
        try:
            return server if Path(server.cwd()) == self.data else None
        except (psutil.AccessDenied, psutil.NoSuchProcess):
            return None

    def _create(self) -> None:
        """Run initdb, which wants a user with an account, then hand the files to the service."""
        owner = self.layout.service_uid
        author = owner if owner == os.geteuid() else _some_account()
        scratch = self.data.with_name(f"{self.data.name}.new")
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir(mode=0o700)
        os.chown(scratch, author, -1)
        process.run(
            [
                str(postgres_bin(self.layout) / "initdb"),
                f"--pgdata={scratch}",
                f"--username={DATABASE_USER}",
                "--encoding=UTF8",
                "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8",
                "--locale=C",
                "--auth-local=trust",
                "--auth-host=reject",
                "--no-instructions",
                *(["--no-sync"] if self.layout.name == "test" else []),
            ],
            uid=author,
            log=self.log,
        )
        if author != owner:
            for path in (scratch, *scratch.rglob("*")):
                os.chown(path, owner, owner, follow_symlinks=False)
        scratch.rename(self.data)

    def _write_settings(self) -> None:
        settings = postgres_settings(self.layout.name, str(self.layout.sockets))
        lines = [f"{key} = {value}\n" for key, value in settings.items()]
        self._write("postgresql.conf", "# Written by embedded/ at every start.\n" + "".join(lines))
        self._write("pg_hba.conf", "local all all trust\n")

    def _write(self, name: str, text: str) -> None:
        path = self.data / name
        path.write_text(text, encoding="utf-8")
        os.chown(path, self.layout.service_uid, -1)

    def _drop_foreign_pid_file(self) -> None:
        """Remove a stale lock whose process id now belongs to a stranger.

        PostgreSQL clears a lock of a dead process itself (and checks its shared memory while it
        does); it only refuses when the number was given to somebody else, as after a reboot.
        """
        lines = self._pid_file_lines()
        if lines and process.alive(int(lines[0])) is not None:
            (self.data / "postmaster.pid").unlink(missing_ok=True)

    def _launch(self) -> None:
        for _attempt in range(_START_TRIES):
            if self._try_launch():
                return
            if not any(words in process.last_lines(self.log, 3) for words in _STILL_IN_USE):
                break
            time.sleep(_RETRY_SECONDS)
        raise EmbeddedError(
            f"PostgreSQL did not start; {self.log} ends with:\n{process.last_lines(self.log)}"
        )

    def _try_launch(self) -> bool:
        argv = [str(postgres_bin(self.layout) / "postgres"), "-D", str(self.data)]
        pid = process.spawn(argv, uid=self.layout.service_uid, log=self.log)
        process.wait_until(lambda: self._ready(pid) or not process.alive(pid), START_SECONDS)
        return self._ready(pid)

    def _ready(self, pid: int) -> bool:
        lines = self._pid_file_lines()
        return (
            len(lines) > _PID_FILE_STATUS_LINE
            and int(lines[0]) == pid
            and lines[_PID_FILE_STATUS_LINE].strip() == "ready"
        )

    def _pid_file_lines(self) -> list[str]:
        try:
            return (self.data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return []

    def _create_database(self) -> None:
        connection = psycopg2.connect(
            host=str(self.layout.sockets), user=DATABASE_USER, dbname="postgres"
        )
        with closing(connection):
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE_NAME])
                if cursor.fetchone() is None:
                    cursor.execute(f'CREATE DATABASE "{DATABASE_NAME}"')


def _some_account() -> int:
    """Any account that is not root: initdb looks its own name up and refuses to do without."""
    try:
        return pwd.getpwnam("nobody").pw_uid
    except KeyError:
        others = [entry.pw_uid for entry in pwd.getpwall() if entry.pw_uid != 0]
    if not others:
        raise EmbeddedError("No account but root exists: set DATABASE_URL to a PostgreSQL 18.")
    return others[0]
