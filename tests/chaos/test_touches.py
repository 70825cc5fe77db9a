"""A small storm over touches: every kind of fault at least once, and everything has its end.

`python -m tests.chaos --seed 1` is the long one, and repeats a seed that failed.
"""

from collections.abc import Iterator

import pytest
from pytest_django import DjangoDbBlocker

from embedded import Cluster
from tests.chaos.alone import chaos_cluster
from tests.chaos.touch_storm import SMALL, touch_storm
from tests.chaos.verdict import ORPHAN_SECONDS, told
from tests.wire import forget

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1_200)]
# Web, two beats, pump; workers of four queues and their children; Redis thrice, PostgreSQL twice.
KINDS = 17


@pytest.fixture
def cluster(services_running: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Cluster]:
    forget()
    with django_db_blocker.unblock(), chaos_cluster() as alone:
        yield alone
    forget()


def test_in_a_storm_no_touch_is_lost_doubled_or_without_its_reason(cluster: Cluster) -> None:
    verdict = touch_storm(cluster, seed=1, scale=SMALL)
    assert verdict.problems == [], (told([verdict]), verdict.logs)
    assert len(verdict.faults) == KINDS
    assert verdict.api_faults > 0
    assert verdict.findings.touches > SMALL.customers * 4
    assert verdict.findings.arrived > SMALL.customers
    assert max(verdict.orphan_seconds, default=0.0) <= ORPHAN_SECONDS
