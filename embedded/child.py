"""One program under supervision: its process, its lines, its end."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO

import psutil

from embedded import process
from embedded.lines import Lines

_KILL_SECONDS = 2.0
_READER_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Program:
    """What to run.

    Attributes:
        stage: Programs of a higher stage are stopped first.
        is_service: A service is started again when it dies; anything else runs once.
        grace_seconds: Time between TERM and KILL.
    """

    name: str
    argv: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)
    stage: int = 1
    is_service: bool = True
    grace_seconds: float = 8.0


class Child:
    """A running program. It has a session of its own, so Ctrl-C reaches only the supervisor."""

    def __init__(self, program: Program, lines: Lines) -> None:
        self.program = program
        self.started_at = time.monotonic()
        self._process = subprocess.Popen(
            program.argv,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**os.environ, "PYTHONUNBUFFERED": "1", **program.env},
            start_new_session=True,
            text=True,
            errors="replace",
        )
        self.pid = self._process.pid
        self._descendants: list[psutil.Process] = []
        self._reader = threading.Thread(target=self._read, args=(lines,), daemon=True)
        self._reader.start()

    def status(self) -> int | None:
        """The exit status, None while it runs."""
        return self._process.poll()

    def terminate(self) -> None:
        """Ask the program to end; what it started is remembered, to be ended after it."""
        self._remember_descendants()
        if self._process.poll() is None:
            self._process.terminate()

    def finish(self, deadline: float) -> None:
        """Wait until the monotonic `deadline`, then kill; nothing of it survives.

        Its descendants die too, those in sessions of their own included.
        """
        try:
            self._process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            self._remember_descendants()
            self._process.kill()
            self._process.wait()
        self._end_descendants()
        self._reader.join(_READER_SECONDS)

    def kill(self) -> None:
        """End it at once."""
        self._remember_descendants()
        if self._process.poll() is None:
            self._process.kill()

    def _remember_descendants(self) -> None:
        try:
            self._descendants += psutil.Process(self.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            return

    def _end_descendants(self) -> None:
        for number, seconds in ((signal.SIGTERM, _KILL_SECONDS), (signal.SIGKILL, _KILL_SECONDS)):
            for one in self._living_descendants():
                _send(one, number)
            _signal_group(self.pid, number)
            if process.wait_until(self._is_all_gone, seconds):
                return

    def _living_descendants(self) -> list[psutil.Process]:
        return [one for one in self._descendants if one.is_running() and process.alive(one.pid)]

    def _is_all_gone(self) -> bool:
        return not _group_exists(self.pid) and not self._living_descendants()

    def _read(self, lines: Lines) -> None:
        output: IO[str] | None = self._process.stdout
        if output is None:
            return
        with output:
            for line in output:
                if line.strip():
                    lines.write(self.program.name, line.rstrip())


def _send(target: psutil.Process, number: signal.Signals) -> None:
    try:
        target.send_signal(number)
    except psutil.NoSuchProcess:
        return


def _signal_group(group: int, number: signal.Signals) -> None:
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        return


def _group_exists(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # macOS says so of a group of zombies
        return False
    return True
