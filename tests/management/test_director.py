"""A start goes step by step; a step that fails stops everything and says which it was."""

import io
import sys
import threading
from collections.abc import Collection

import pytest

from embedded.child import Program
from embedded.supervisor import Supervisor
from scrm.demo.sign_ins import DEMO_ACCOUNTS, DEMO_PASSWORD
from scrm.management import director, programs
from scrm.management.director import Director

COMMANDS = ("seed", "demo-story", "pump")
SECONDS = 30


class Stage:
    """A supervisor with small programs in place of ours."""

    def __init__(
        self, monkeypatch: pytest.MonkeyPatch, *, failing: str = "", deaf: str = ""
    ) -> None:
        self.output = io.StringIO()
        self.supervisor = Supervisor(output=self.output, first_pause_seconds=30)
        self.started: list[str] = []
        self.failing = failing
        monkeypatch.setattr(director, "_PAUSE_SECONDS", 0.01)
        monkeypatch.setattr(director, "_READY_SECONDS", 0.05)
        monkeypatch.setattr(director, "_answers", lambda url: not deaf or deaf not in url)
        monkeypatch.setattr(director, "load_world", lambda path: False)
        monkeypatch.setattr(director, "save_world", lambda path: True)
        monkeypatch.setattr(self.supervisor, "add", self.add)

    def add(self, program: Program) -> None:
        self.started.append(program.name)
        if not program.is_service:
            self.supervisor.results[program.name] = int(program.name == self.failing)

    def play(self, *, commands: Collection[str] = COMMANDS, tell_story: bool = True) -> str | None:
        directing = Director(
            self.supervisor, commands=commands, tell_story=tell_story, stop_after_story=True
        )
        running = threading.Thread(target=self.supervisor.keep_running)
        running.start()
        directing.begin()
        running.join(SECONDS)
        assert not running.is_alive()
        directing.end()
        return directing.failure


def test_the_story_comes_after_everything_is_up(monkeypatch: pytest.MonkeyPatch):
    stage = Stage(monkeypatch)
    assert stage.play() is None
    assert stage.started == [
        "sandbox", "seed", "web", "worker-welcome", "worker-fast", "worker-mass",
        "worker-bulk",        "beat", "pump", "story",
    ]  # fmt: skip


def test_addresses_and_sign_ins_are_printed(monkeypatch: pytest.MonkeyPatch, settings):
    settings.PORT, settings.SANDBOX_PORT = 8765, 9876
    stage = Stage(monkeypatch)
    stage.play(tell_story=False)
    said = stage.output.getvalue()
    assert "http://127.0.0.1:8765/\n" in said
    assert "http://127.0.0.1:9876/\n" in said
    assert f"{DEMO_PASSWORD}\n" in said
    assert all(account.username in said for account in DEMO_ACCOUNTS)
    assert "story" not in stage.started


def test_a_failed_seed_stops_the_start_and_is_named(monkeypatch: pytest.MonkeyPatch):
    stage = Stage(monkeypatch, failing="seed")
    assert stage.play() == "seed failed with status 1; see its lines above"
    assert stage.started == ["sandbox", "seed"]


def test_a_failed_story_is_a_failure(monkeypatch: pytest.MonkeyPatch):
    failure = Stage(monkeypatch, failing="story").play()
    assert failure == "demo-story failed with status 1; see its lines above"


def test_a_web_process_that_never_gets_ready_is_named(monkeypatch: pytest.MonkeyPatch, settings):
    settings.PORT = 8765
    stage = Stage(monkeypatch, deaf="/readyz")
    failure = stage.play()
    assert failure == "web is not ready at http://127.0.0.1:8765/readyz (0 s)"
    assert "story" not in stage.started


def test_commands_that_do_not_exist_are_skipped_aloud(monkeypatch: pytest.MonkeyPatch):
    stage = Stage(monkeypatch)
    assert stage.play(commands=()) is None
    assert "there is no command seed: skipped" in stage.output.getvalue()
    assert "pump" not in stage.started


def test_every_program_knows_its_kind_and_name_and_uses_this_python():
    for program in programs.application():
        kind = program.env["PROCESS_KIND"]
        assert program.env["PROCESS_NAME"] == program.name
        assert program.name == kind or program.name.startswith(f"{kind}-")
        assert program.argv[0] == sys.executable
    stages = {p.name: p.stage for p in [*programs.application(), programs.sandbox()]}
    assert stages["beat"] > stages["worker-fast"] > stages["sandbox"] > programs.services().stage
