"""A sandbox over real HTTP, one a test process, wiped before each test that asks for it."""

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from sandbox.client import SimClient
from sandbox.config import SandboxConfig
from sandbox.testing import SandboxThread
from tests.makers import make_app
from wecom.models import Corp


@pytest.fixture(scope="session")
def sandbox_thread() -> Iterator[SandboxThread]:
    with SandboxThread(SandboxConfig(world="fixture", rate_limits=False)) as box:
        yield box


@pytest.fixture
def sim(sandbox_thread: SandboxThread, settings: Settings, db: None) -> Iterator[SimClient]:
    settings.WECOM_API_BASE_URL = sandbox_thread.url
    settings.WECOM_ALLOW_IN_TRANSACTION = True
    sandbox_thread.sim.seed("fixture")
    sandbox_thread.sim.clear_faults()
    yield sandbox_thread.sim


@pytest.fixture
def corp(sim: SimClient) -> Corp:
    return make_app().corp
