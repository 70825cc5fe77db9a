from collections.abc import Iterator

import pytest

from sandbox.client import SimClient
from sandbox.testing import SandboxThread
from tests.sandbox.receiver import Receiver
from tests.sandbox.wecom import NOW, Wecom


@pytest.fixture(scope="session")
def box() -> Iterator[SandboxThread]:
    """One simulator for all tests; `sim` gives it a fresh world."""
    with SandboxThread() as running:
        yield running


@pytest.fixture
def sim(box: SandboxThread) -> SimClient:
    """The control client of a simulator that holds the fixture world, at a fixed time."""
    box.sim.seed("fixture", frozen_at=NOW)
    return box.sim


@pytest.fixture
def scrm(sim: SimClient) -> Wecom:
    """The API as the self-built app sees it."""
    return Wecom(sim, "sandbox-secret-scrm")


@pytest.fixture
def contacts(sim: SimClient) -> Wecom:
    """The API as the contacts-sync secret sees it."""
    return Wecom(sim, "sandbox-secret-contacts")


@pytest.fixture
def receiver(sim: SimClient) -> Iterator[Receiver]:
    """A receiver of callbacks that both apps point to, and that tries again quickly."""
    with Receiver() as running:
        sim.set_callback_url("scrm", f"{running.url}/scrm")
        sim.set_callback_url("contacts", f"{running.url}/contacts")
        sim.change_settings(callback_retry_seconds=0.01)
        yield running
        sim.drain_callbacks(5)
