"""The chaos cluster, for one test process at a time: it restarts the servers and stops them."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager

import embedded
from embedded import Cluster


@contextmanager
def chaos_cluster() -> Iterator[Cluster]:
    """Wait until nobody else uses the cluster; it is stopped afterwards."""
    cluster = embedded.cluster("chaos")
    cluster.layout.state.mkdir(parents=True, exist_ok=True)
    with (cluster.layout.state / "tests.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            yield cluster
        finally:
            cluster.stop()
