"""A product on the chaos cluster: the only cluster that tests may break."""

from collections.abc import Iterator

import pytest
from pytest_django import DjangoDbBlocker

from tests.chaos.alone import chaos_cluster
from tests.system import System
from tests.wire import forget


@pytest.fixture(scope="module")
def system(services_running: None, django_db_blocker: DjangoDbBlocker) -> Iterator[System]:
    forget()
    with (
        django_db_blocker.unblock(),
        chaos_cluster() as cluster,
        System(cluster) as running,
    ):
        yield running
    forget()
