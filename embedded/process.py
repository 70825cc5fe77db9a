"""Small things about processes: who lives, start under another user, wait, end."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import psutil

from embedded.errors import EmbeddedError

_LOG_LIMIT_BYTES = 20 * 1024 * 1024


def spawn(argv: Sequence[str], *, uid: int, log: Path) -> int:
    """Start a server that outlives this process, as user `uid`; return its process id."""
    if log.exists() and log.stat().st_size > _LOG_LIMIT_BYTES:
        log.replace(log.with_suffix(".log.1"))
    with log.open("ab") as output:
        process = _popen(argv, uid=uid, output=output.fileno())
    # Nobody waits for this object again: it must not warn when it is thrown away.
    process.returncode = 0
    return process.pid


def run(argv: Sequence[str], *, uid: int, log: Path) -> None:
    """Run a program as user `uid` to its end; a failure carries the last lines of its log."""
    with log.open("ab") as output:
        status = _popen(argv, uid=uid, output=output.fileno()).wait()
    if status != 0:
        raise EmbeddedError(f"{Path(argv[0]).name} failed ({status}):\n{last_lines(log)}")


def _popen(argv: Sequence[str], *, uid: int, output: int) -> subprocess.Popen[bytes]:
    other = None if uid == os.geteuid() else uid
    try:
        return subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            cwd="/",
            env={"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C", "HOME": "/"},
            user=other,
            group=other,
            extra_groups=None if other is None else [],
        )
    except PermissionError as error:
        raise EmbeddedError(
            f"Cannot start {argv[0]} as user {uid}: {error}. Run as an ordinary user, or set "
            "DATABASE_URL and REDIS_URL to servers of your own."
        ) from error


def alive(pid: int) -> psutil.Process | None:
    """The process with this id unless it has ended (a child that ended is reaped here)."""
    with contextlib.suppress(ChildProcessError):  # somebody else's child, the usual case
        os.waitpid(pid, os.WNOHANG)
    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else process
    except psutil.NoSuchProcess:
        return None


def end(process: psutil.Process, steps: Sequence[tuple[signal.Signals, float]]) -> bool:
    """Send each signal in turn and wait its seconds; True as soon as the process is gone."""
    for number, seconds in steps:
        try:
            process.send_signal(number)
        except psutil.NoSuchProcess:
            return True
        if wait_until(lambda: alive(process.pid) is None, seconds):
            return True
    return False


def wait_until(condition: Callable[[], bool], seconds: float, pause: float = 0.02) -> bool:
    """Poll `condition` until it holds or the seconds have passed."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(pause)
    return True


def last_lines(log: Path, count: int = 12) -> str:
    """The end of a log file, for error messages."""
    if not log.exists():
        return "(no log)"
    return "\n".join(log.read_text(errors="replace").splitlines()[-count:])
