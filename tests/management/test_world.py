"""The sandbox's world survives a restart, and calls back to the port of the present run."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.config import SandboxConfig
from sandbox.testing import SandboxThread
from scrm.management.world import load_world, save_world


@pytest.fixture
def box(settings) -> Iterator[SandboxThread]:
    with SandboxThread(SandboxConfig(callback_base="http://127.0.0.1:8001")) as running:
        settings.SANDBOX_PORT, settings.PORT = running.config.port, 8001
        yield running


def test_a_world_comes_back_and_calls_the_new_port(box: SandboxThread, tmp_path: Path, settings):
    path = tmp_path / "sandbox" / "world.json"
    corp = next(iter(box.simulator.world.corps.values()))
    corp.name = "改过的名字"
    assert save_world(path) is True
    corp.name = "后来的名字"
    settings.PORT = 8002
    assert load_world(path) is True
    restored = next(iter(box.simulator.world.corps.values()))
    assert restored.name == "改过的名字"
    assert {app.callback_url for app in restored.apps.values()} == {
        f"http://127.0.0.1:8002/wecom/callback/{corp.corp_id}/{slug}"
        for slug in ("scrm", "contacts")
    }


def test_a_first_run_has_no_world_to_load(box: SandboxThread, tmp_path: Path):
    assert load_world(tmp_path / "world.json") is False


def test_a_sandbox_that_is_gone_leaves_the_last_world_alone(tmp_path: Path, settings):
    settings.SANDBOX_PORT = 1
    path = tmp_path / "world.json"
    path.write_text("kept")
    assert save_world(path) is False
    assert path.read_text() == "kept"
