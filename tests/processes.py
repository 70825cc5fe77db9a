"""Programs that a test starts, kills and reads the logs of."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from embedded.child import Program
from tests.services import ROOT

GRACE_SECONDS = 10.0
SHOWN_LINES = 15


class Processes:
    """Programs by name, each in a session of its own, each with a log in one directory."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self.started_at: dict[str, float] = {}

    def launch(self, program: Program, env: Mapping[str, str]) -> None:
        """Start a program."""
        self.started_at[program.name] = time.time()
        with (self.directory / f"{program.name}.log").open("ab") as log:
            self.running[program.name] = subprocess.Popen(
                program.argv,
                cwd=ROOT,
                env={**env, **program.env},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def kill(self, name: str, number: signal.Signals = signal.SIGKILL) -> None:
        """End one program with all its children, at once unless another signal is given."""
        running = self.running.pop(name)
        _signal_group(running.pid, number)
        try:
            running.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            _signal_group(running.pid, signal.SIGKILL)
            running.wait()
        _signal_group(running.pid, signal.SIGKILL)

    def kill_all(self) -> None:
        """End all of them, the last one first."""
        for name in reversed(list(self.running)):
            self.kill(name)

    def died(self) -> dict[str, int]:
        """Return the exit status of programs that ended by themselves."""
        states = {name: running.poll() for name, running in self.running.items()}
        return {name: status for name, status in states.items() if status is not None}

    def log(self, name: str) -> list[str]:
        """Return the lines that a program has written."""
        path = self.directory / f"{name}.log"
        return path.read_text(errors="replace").splitlines() if path.exists() else []

    def warnings(self) -> list[dict[str, Any]]:
        """Return the structured log entries above INFO, of all programs."""
        return [
            {"process": name, **json.loads(line)}
            for name in self.started_at
            for line in self.log(name)
            if line.startswith("{") and '"level": "info"' not in line
        ]

    def last_lines(self) -> str:
        """Return the ends of all logs, for people."""
        died = f"ended: {self.died()}\n" if self.died() else ""
        parts = [
            f"--- {name}\n" + "\n".join(self.log(name)[-SHOWN_LINES:]) for name in self.running
        ]
        return died + "\n".join(parts)


def _signal_group(group: int, number: signal.Signals) -> None:
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        return
