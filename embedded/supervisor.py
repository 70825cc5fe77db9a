"""Run several programs as one: start, watch, start again what dies, stop all of it.

1. A dead service is started again after a pause that doubles while it keeps dying.
2. TERM or Ctrl-C stops everything, the highest stage first; a second signal kills.
3. Each line of output carries its program's name.

Why not honcho: it stops everything when one program dies (docs/adr/0001).
"""

import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable
from types import FrameType
from typing import IO

from embedded.child import Child, Program
from embedded.lines import Lines

_TICK_SECONDS = 0.1
_FIRST_PAUSE_SECONDS = 0.5
_LONGEST_PAUSE_SECONDS = 15.0
# A program that lived this long has recovered: its next death starts at the first pause again.
_HEALTHY_SECONDS = 20.0


class Supervisor:
    """Holds the programs; `run` blocks until it is told to stop."""

    def __init__(
        self,
        programs: Iterable[Program] = (),
        *,
        output: IO[str] = sys.stdout,
        first_pause_seconds: float = _FIRST_PAUSE_SECONDS,
        before_stop: Callable[[], object] = lambda: None,
    ) -> None:
        self.lines = Lines(output)
        self.results: dict[str, int] = {}
        self._first_pause_seconds = first_pause_seconds
        self._before_stop = before_stop
        self._children: dict[str, Child] = {}
        self._pauses: dict[str, float] = {}
        self._due: dict[str, tuple[float, Program]] = {
            program.name: (0.0, program) for program in programs
        }
        self._lock = threading.Lock()
        self._signals = 0
        self._stopping = threading.Event()

    def add(self, program: Program) -> None:
        """Start one more program while the others run; safe from any thread."""
        with self._lock:
            self._due[program.name] = (0.0, program)

    def stop(self) -> None:
        """Let `run` end; safe from any thread."""
        self._stopping.set()

    def run(self) -> None:
        """Start the programs and keep them running until `stop` or a signal."""
        numbers = (signal.SIGTERM, signal.SIGINT)
        previous = [signal.signal(number, self._on_signal) for number in numbers]
        try:
            self.keep_running()
        finally:
            for number, handler in zip(numbers, previous, strict=True):
                signal.signal(number, handler)

    def keep_running(self) -> None:
        """The same without signals, for any thread."""
        try:
            while not self._stopping.wait(_TICK_SECONDS):
                self._start_due(time.monotonic())
                self._collect_dead(time.monotonic())
        finally:
            self._stop_all()

    def pid(self, name: str) -> int:
        """The process id of a running program; a `KeyError` if it does not run."""
        return self._children[name].pid

    def _start_due(self, now: float) -> None:
        with self._lock:
            ready = [program for at, program in self._due.values() if at <= now]
            for program in ready:
                del self._due[program.name]
        for program in ready:
            try:
                self._children[program.name] = Child(program, self.lines)
            except OSError as error:
                self.lines.write(program.name, f"cannot be started: {error}")
                self._plan_restart(program, lived_seconds=0.0)

    def _collect_dead(self, now: float) -> None:
        for name, child in list(self._children.items()):
            status = child.status()
            if status is None:
                continue
            del self._children[name]
            child.finish(now)
            self.results[name] = status
            if child.program.is_service:
                self._plan_restart(child.program, lived_seconds=now - child.started_at)
                pause = self._pauses[name]
                self.lines.write(name, f"{_manner(status)}; starting again in {pause:g} s")
            elif status != 0:
                self.lines.write(name, _manner(status))

    def _plan_restart(self, program: Program, *, lived_seconds: float) -> None:
        last = self._pauses.get(program.name, 0.0)
        if lived_seconds >= _HEALTHY_SECONDS or not last:
            pause = self._first_pause_seconds
        else:
            pause = min(last * 2, _LONGEST_PAUSE_SECONDS)
        self._pauses[program.name] = pause
        with self._lock:
            self._due[program.name] = (time.monotonic() + pause, program)

    def _stop_all(self) -> None:
        self._before_stop()
        children = list(self._children.values())
        for stage in sorted({child.program.stage for child in children}, reverse=True):
            members = [child for child in children if child.program.stage == stage]
            for child in members:
                child.terminate()
            begun = time.monotonic()
            for child in members:
                child.finish(begun + child.program.grace_seconds)
                self.results[child.program.name] = child.status() or 0
        self._children.clear()

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        self._signals += 1
        self._stopping.set()
        if self._signals > 1:
            for child in list(self._children.values()):
                child.kill()


def _manner(status: int) -> str:
    if status < 0:
        return f"was ended by {signal.Signals(-status).name}"
    return f"ended with status {status}"
