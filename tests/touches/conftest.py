"""No bells, no waiting after an unclear try."""

import pytest

from common import bell
from sandbox.config import SandboxConfig
from sandbox.testing import SandboxThread


@pytest.fixture(autouse=True)
def rung(monkeypatch) -> list[str]:
    """The bells that were rung."""
    names: list[str] = []
    monkeypatch.setattr(bell, "ring", names.append)
    return names


@pytest.fixture(autouse=True)
def _no_settling(settings):
    settings.DISPATCH_SETTLE_SECONDS = 0


@pytest.fixture(scope="session")
def box():
    with SandboxThread(SandboxConfig(world="fixture", rate_limits=False)) as running:
        yield running
