"""No bells, no waiting after an unclear try."""

import pytest

from common import bell
from sandbox.config import SandboxConfig
from sandbox.testing import SandboxThread
from wecom import tokens


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
def sandbox_thread():
    with SandboxThread(SandboxConfig(world="fixture", rate_limits=False)) as box:
        yield box


@pytest.fixture
def sim(sandbox_thread, settings, db):
    """The fixture world; transactions are the test's, so calls run inside them."""
    settings.WECOM_API_BASE_URL = sandbox_thread.url
    settings.WECOM_ALLOW_IN_TRANSACTION = True
    settings.WECOM_READ_SECONDS = 1
    tokens.forget()
    sandbox_thread.sim.seed("fixture")
    sandbox_thread.sim.clear_faults()
    return sandbox_thread.sim
