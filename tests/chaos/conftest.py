"""A product on the chaos cluster: the only cluster that tests may break."""

import fcntl
from collections.abc import Iterator

import pytest
from pytest_django import DjangoDbBlocker

import embedded
from tests.system import System
from tests.wire import forget

CLUSTER = embedded.cluster("chaos")


@pytest.fixture(scope="module")
def system(services_running: None, django_db_blocker: DjangoDbBlocker) -> Iterator[System]:
    CLUSTER.layout.state.mkdir(parents=True, exist_ok=True)
    with (CLUSTER.layout.state / "tests.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # one at a time restarts PostgreSQL
        forget()
        with django_db_blocker.unblock():
            try:
                with System(CLUSTER) as running:
                    yield running
            finally:
                forget()
                CLUSTER.stop()
