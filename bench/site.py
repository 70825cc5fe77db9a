"""Where a benchmark runs: a cluster, a Redis number of its own, copies of worlds."""

import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import redis

import embedded
from bench.databases import Databases
from bench.production import PRODUCTION
from bench.world import World, ensure_world

_REDIS_NUMBERS = range(1, 64)


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line asks for; `size` is the benchmark's own measure."""

    size: int
    customers: int
    seed: int = 1
    is_quick: bool = False
    with_profile: bool = False


@dataclass(frozen=True, slots=True)
class Site:
    """A running cluster with one Redis number that is ours alone."""

    cluster: embedded.Cluster
    redis_number: int
    migrated: str = "template0"

    @property
    def redis_url(self) -> str:
        """Address of our Redis number."""
        return self.cluster.redis_url(self.redis_number)

    @contextmanager
    def world(self, customers: int, seed: int = 1) -> Iterator[str]:
        """A fresh copy of a world; yields its database URL."""
        template = ensure_world(self.cluster, World(customers, seed), migrated=self.migrated)
        databases = Databases(self.cluster)
        with databases.clone(template) as name:
            yield databases.url(name)

    def env(self, database_url: str, **more: str) -> Mapping[str, str]:
        """Environment of a program of the product on this database."""
        return {
            **PRODUCTION,
            "DATABASE_URL": database_url,
            "REDIS_URL": self.redis_url,
            **more,
        }

    def empty_redis(self) -> None:
        """Forget all bells."""
        with redis.Redis.from_url(self.redis_url) as client:
            client.flushdb()


@contextmanager
def bench_site() -> Iterator[Site]:
    """The `bench` cluster, started if nobody did; the last benchmark to leave stops it."""
    cluster = embedded.cluster("bench")
    cluster.layout.state.mkdir(parents=True, exist_ok=True)
    with (cluster.layout.state / "users.lock").open("w") as users:
        fcntl.flock(users, fcntl.LOCK_SH)
        cluster.start()
        try:
            with _own_redis_number(cluster) as number:
                yield Site(cluster, number)
        finally:
            fcntl.flock(users, fcntl.LOCK_UN)
            if _is_last(users.fileno()):
                cluster.stop()


@contextmanager
def _own_redis_number(cluster: embedded.Cluster) -> Iterator[int]:
    """A Redis number that no other benchmark uses."""
    for number in _REDIS_NUMBERS:
        claim = os.open(cluster.layout.state / f"redis-{number}.lock", os.O_RDWR | os.O_CREAT)
        try:
            fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(claim)
            continue
        try:
            yield number
        finally:
            os.close(claim)
        return
    raise RuntimeError("more than 63 benchmarks share one Redis")


def _is_last(users: int) -> bool:
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
