"""Command line: `python -m embedded start|stop|status|watch|psql|destroy [name]`."""

import argparse
import os
import signal
import sys
import threading

from embedded.binaries import postgres_bin
from embedded.cluster import Cluster, cluster
from embedded.errors import EmbeddedError
from embedded.paths import CLUSTER_NAMES

_WATCH_PAUSE_SECONDS = 1.0


def start(services: Cluster) -> None:
    """Start the servers and leave them running."""
    services.start()
    status(services)


def stop(services: Cluster) -> None:
    """Stop the servers."""
    services.stop()


def destroy(services: Cluster) -> None:
    """Stop the servers and delete their data."""
    services.destroy()


def status(services: Cluster) -> None:
    """Print what runs and where."""
    for key, value in services.status().items():
        print(f"{key:10} {value}")
    print(f"{'database':10} {services.database_url()}")
    print(f"{'cache':10} {services.redis_url()}")


def psql(services: Cluster) -> None:
    """Open PostgreSQL's own shell."""
    services.start()
    program = str(postgres_bin(services.layout) / "psql")
    os.execv(program, [program, services.database_url()])  # noqa: S606 - becomes psql


def watch(services: Cluster) -> None:
    """Keep the servers running until told to end; a dead one is started again."""
    over = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: over.set())
    services.start()
    print("PostgreSQL and Redis are watched", flush=True)
    while not over.wait(_WATCH_PAUSE_SECONDS):
        if not services.is_running():
            print("a server has died: starting it again", flush=True)
            services.start()


COMMANDS = {
    "start": start,
    "stop": stop,
    "status": status,
    "watch": watch,
    "psql": psql,
    "destroy": destroy,
}


def main() -> int:
    """Run one command; an error is a sentence, not a traceback."""
    parser = argparse.ArgumentParser(prog="python -m embedded", description=__doc__)
    parser.add_argument("command", choices=COMMANDS)
    parser.add_argument("name", nargs="?", default="main", choices=CLUSTER_NAMES)
    arguments = parser.parse_args()
    try:
        COMMANDS[arguments.command](cluster(arguments.name))
    except EmbeddedError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
