"""The order of a start: the world outside, the demo company, our processes, the story."""

import threading
import time
from collections.abc import Callable, Collection

import requests
from django.conf import settings

from embedded.supervisor import Supervisor
from scrm.demo.sign_ins import DEMO_ACCOUNTS, DEMO_PASSWORD
from scrm.management import programs
from scrm.management.world import load_world, save_world, world_file

_SANDBOX_SECONDS = 60.0
_SEED_SECONDS = 600.0
_READY_SECONDS = 120.0
_STORY_SECONDS = 300.0
_PAUSE_SECONDS = 0.5
_PROBE_SECONDS = 5.0


class StartFailedError(Exception):
    """A step of the start did not end well; the message names it."""


class Director:
    """Adds the programs to a running supervisor step by step, in a thread of its own."""

    def __init__(
        self,
        supervisor: Supervisor,
        *,
        commands: Collection[str],
        tell_story: bool = True,
        stop_after_story: bool = False,
    ) -> None:
        self.supervisor = supervisor
        self.failure: str | None = None
        self._commands = commands
        self._tell_story = tell_story
        self._stop_after_story = stop_after_story
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._direct, daemon=True)

    def begin(self) -> None:
        """Start directing."""
        self._thread.start()

    def end(self) -> None:
        """Give up waiting for anything."""
        self._over.set()
        self._thread.join()

    def _direct(self) -> None:
        try:
            self._steps()
        except (StartFailedError, requests.RequestException) as failure:
            if self._over.is_set():
                return
            self.failure = str(failure)
            self._say(self.failure)
            self.supervisor.stop()
            return
        if self._stop_after_story:
            self.supervisor.stop()

    def _steps(self) -> None:
        self.supervisor.add(programs.sandbox())
        self._wait_for(settings.SANDBOX_PORT, "/_sim/health", "sandbox", _SANDBOX_SECONDS)
        if load_world(world_file()):
            self._say("the local WeCom goes on where it stopped")
        self._run_once("seed", _SEED_SECONDS)
        for program in programs.application():
            if program.name in self._commands or program.name != "pump":
                self.supervisor.add(program)
        self._wait_for(settings.PORT, "/readyz", "web", _READY_SECONDS)
        self._announce()
        if self._tell_story:
            self._tell()
        if "seed" in self._commands and not self._stop_after_story:
            self.supervisor.add(programs.manage("history", "seed", "--only-history"))

    def _tell(self) -> None:
        """Play the story; one that breaks off ends the run only where the run is there for it."""
        try:
            self._run_once("demo-story", _STORY_SECONDS, alias="story")
        except StartFailedError as failure:
            if self._stop_after_story or self._over.is_set():
                raise
            self._say(f"{failure}; everything else goes on")
        save_world(world_file())

    def _run_once(self, command: str, seconds: float, *, alias: str | None = None) -> None:
        name = alias or command
        if command not in self._commands:
            self._say(f"there is no command {command}: skipped")
            return
        self.supervisor.add(programs.manage(name, command))
        self._wait(lambda: name in self.supervisor.results, seconds, f"{command} did not end")
        status = self.supervisor.results[name]
        if status != 0:
            raise StartFailedError(f"{command} failed with status {status}; see its lines above")

    def _wait_for(self, port: int, path: str, name: str, seconds: float) -> None:
        url = f"http://127.0.0.1:{port}{path}"
        self._wait(lambda: _answers(url), seconds, f"{name} is not ready at {url}")

    def _wait(self, condition: Callable[[], bool], seconds: float, complaint: str) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            if self._over.wait(_PAUSE_SECONDS):
                raise StartFailedError("stopped before everything was up")
            if time.monotonic() > deadline:
                raise StartFailedError(f"{complaint} ({seconds:.0f} s)")

    def _announce(self) -> None:
        web, sandbox = settings.PORT, settings.SANDBOX_PORT
        for line in (
            "",
            f"微域 SCRM is running    http://127.0.0.1:{web}/",
            f"local WeCom (沙箱)      http://127.0.0.1:{sandbox}/",
            f"API document            http://127.0.0.1:{web}/api/v1/schema/",
            f"sign in as              {' · '.join(account.username for account in DEMO_ACCOUNTS)}",
            f"password (all)          {DEMO_PASSWORD}",
            "stop                    Ctrl-C",
            "",
        ):
            self._say(line)

    def _say(self, text: str) -> None:
        self.supervisor.lines.write("up", text)


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=_PROBE_SECONDS).ok
    except requests.RequestException:
        return False
