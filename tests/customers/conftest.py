"""A sandbox over real HTTP, one a test process, wiped before each test that asks for it."""

from collections.abc import Iterator

import pytest
from pytest_django import DjangoDbBlocker, Settings

from common import bell
from sandbox.client import SimClient
from sandbox.config import SandboxConfig
from sandbox.testing import SandboxThread
from tests.makers import make_app
from tests.wire import Wire, empty_database, forget, make_apps
from wecom.models import Corp


@pytest.fixture(scope="session")
def sandbox_thread() -> Iterator[SandboxThread]:
    with SandboxThread(SandboxConfig(world="fixture", rate_limits=False)) as box:
        yield box


@pytest.fixture
def sim(sandbox_thread: SandboxThread, settings: Settings, db: None) -> SimClient:
    settings.WECOM_API_BASE_URL = sandbox_thread.url
    settings.WECOM_ALLOW_IN_TRANSACTION = True
    sandbox_thread.sim.seed("fixture")
    sandbox_thread.sim.clear_faults()
    return sandbox_thread.sim


@pytest.fixture
def corp(sim: SimClient) -> Corp:
    return make_app().corp


@pytest.fixture
def wire(
    sandbox_thread: SandboxThread,
    settings: Settings,
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Wire]:
    """The sandbox, our two apps and the wire between them; without bells, for no worker runs.

    Transactions are real, for calls are made by threads; what they leave is deleted afterwards.
    """
    settings.WECOM_API_BASE_URL = sandbox_thread.url
    monkeypatch.setattr(bell, "ring", lambda _name: None)
    with django_db_blocker.unblock():
        yield begin_anew(sandbox_thread.sim)
        empty_database()


def begin_anew(sim: SimClient) -> Wire:
    """The fixture world and our two apps that know nothing of it yet."""
    forget()
    sim.seed("fixture")
    make_apps()
    return Wire(sim)
