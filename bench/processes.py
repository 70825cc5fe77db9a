"""Programs that a benchmark starts: each in a session of its own, none of them outlives it."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import requests

ROOT = Path(__file__).resolve().parent.parent
LOGS = ROOT / ".local" / "bench" / "logs"
END_SECONDS = 10.0
READY_SECONDS = 60.0


class ProgramFailed(Exception):
    """A program of a benchmark died or did not answer; the message ends with its last lines."""


class Program:
    """A started program and its log."""

    def __init__(self, name: str, process: subprocess.Popen[str], log: Path) -> None:
        self.name = name
        self.process = process
        self._log = log

    def say(self, line: str = "go") -> None:
        """Send a line."""
        assert self.process.stdin is not None  # noqa: S101 - opened with a pipe
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()

    def hear(self) -> str:
        """Return its next line.

        Raises:
            ProgramFailed: it ended instead.
        """
        assert self.process.stdout is not None  # noqa: S101 - opened with a pipe
        line = self.process.stdout.readline()
        if not line:
            raise ProgramFailed(f"{self.name} ended:\n{self.last_lines()}")
        return line.strip()

    def expect(self, word: str) -> None:
        """Hear exactly this."""
        heard = self.hear()
        if heard != word:
            raise ProgramFailed(f"{self.name} said {heard!r} instead of {word!r}")

    def ask(self, line: str = "go") -> dict[str, Any]:
        """Send a line and return the JSON object that comes back."""
        self.say(line)
        return self.answer()

    def answer(self) -> dict[str, Any]:
        """Return the JSON object it says next."""
        answer: dict[str, Any] = json.loads(self.hear())
        return answer

    def wait_for_http(self, url: str) -> None:
        """Wait until the program answers anything at `url`."""
        deadline = time.monotonic() + READY_SECONDS
        while True:
            with contextlib.suppress(requests.RequestException):
                requests.get(url, timeout=5)
                return
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise ProgramFailed(f"{self.name} does not answer:\n{self.last_lines()}")
            time.sleep(0.05)

    def cpu_seconds(self) -> float:
        """Return the processor time of it and its living children."""
        family = [psutil.Process(self.process.pid)]
        family += family[0].children(recursive=True)
        return sum(sum(one.cpu_times()[:2]) for one in family)

    def last_lines(self) -> str:
        """Return the end of its log."""
        return "\n".join(self._log.read_text(errors="replace").splitlines()[-15:])

    def end(self) -> None:
        """End it and all that it started."""
        _signal_group(self.process.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(END_SECONDS)
        _signal_group(self.process.pid, signal.SIGKILL)
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()


@contextmanager
def running(
    name: str, argv: Sequence[str], env: Mapping[str, str], *, talks: bool = False
) -> Iterator[Program]:
    """Start a program and end it at the end.

    Args:
        env: Added to our environment.
        talks: Whether we speak with it in lines; else its output goes to its log.
    """
    LOGS.mkdir(parents=True, exist_ok=True)
    path = LOGS / f"{name}.log"
    pipe = subprocess.PIPE if talks else None
    with path.open("w") as log:
        process = subprocess.Popen(
            argv,
            cwd=ROOT,
            # Without a buffer, a line longer than a pipe holds would be cut.
            env={**os.environ, "PYTHONUNBUFFERED": "" if talks else "1", **env},
            stdin=pipe or subprocess.DEVNULL,
            stdout=pipe or log,
            stderr=log,
            start_new_session=True,
            text=True,
        )
    program = Program(name, process, path)
    try:
        yield program
    finally:
        program.end()


@contextmanager
def inside(module: str, *arguments: str, env: Mapping[str, str]) -> Iterator[Program]:
    """Start a program of `bench.inside`, which talks; it is ready when this yields."""
    argv = [sys.executable, "-m", f"bench.inside.{module}", *arguments]
    with running(module, argv, env, talks=True) as program:
        program.expect("ready")
        yield program


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _signal_group(group: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)
