"""A Redis client for the cluster under test."""

from collections.abc import Iterator

import pytest
import redis

from embedded import Cluster


@pytest.fixture
def services_redis(services: Cluster) -> Iterator["redis.Redis"]:
    with redis.Redis.from_url(services.redis_url(), decode_responses=True) as client:
        yield client
