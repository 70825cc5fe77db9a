"""One seedable world for all benchmarks: customers, identities, relations, tags, reads, events.

A world has ten events a customer, told over two years, and profiles that follow from them. It is
made by SQL inside the server, which is several times faster than COPY of rows that Python would
have to write first; every value is a hash of its row number and the seed, so a size and a seed
always give the same world (its dates end at the midnight of the day it is made).

A finished world is kept as a template database, named by size, seed and a digest of everything that
it depends on; each benchmark works on a copy. Group chats, touches and stage changes are left out.
"""

import fcntl
import hashlib
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import embedded
from bench.databases import Databases, connected, cursor_of
from bench.production import PRODUCTION

ROOT = Path(__file__).resolve().parent.parent
SQL = ROOT / "bench" / "sql"
MAKERS = (ROOT / "bench" / "inside" / "company.py", ROOT / "bench" / "production.py")
TEMPLATE_PREFIX = "bench_world"
EVENTS_A_CUSTOMER = 10
STAFF = 30
MATERIALS = LINKS_A_STAFF_MEMBER = 40
# Sessions that write events at the same time.
WRITERS = 2

_SESSION = """
SET session_replication_role = replica;  -- foreign keys hold by construction
SET synchronous_commit = off;
SET maintenance_work_mem = '1GB';
SET work_mem = '256MB';
"""
# Built again when their tables are full, which is faster than row by row.
_BULKY = (
    "customers_customer", "customers_event", "customers_eventkey", "content_visit",
    "customers_tagassignment", "customers_follow",
)  # fmt: skip
_CONSTRAINTS = """
SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint
 WHERE conrelid = %s::regclass AND contype IN ('p', 'u')
   AND NOT EXISTS (SELECT 1 FROM pg_constraint key WHERE key.confrelid = conrelid)
"""
_INDEXES = """
SELECT indexrelid::regclass::text, replace(pg_get_indexdef(indexrelid), ' ON ONLY ', ' ON ')
  FROM pg_index
 WHERE indrelid = %s::regclass
   AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = indexrelid)
"""
# Tables whose numbers the generator chose itself.
_NUMBERED = ("customers_identity", "customers_customer")
_RAISE_SEQUENCE = "SELECT setval(pg_get_serial_sequence('{0}', 'id'), (SELECT max(id) FROM {0}))"


@dataclass(frozen=True, slots=True)
class World:
    """A world's size and seed."""

    customers: int
    seed: int = 1
    staff: int = STAFF

    @property
    def events(self) -> int:
        """How many events its ledger holds."""
        return self.customers * EVENTS_A_CUSTOMER

    @property
    def template(self) -> str:
        """The template's name, another one whenever the schema or this generator changes."""
        digest = hashlib.sha256()
        paths = [*ROOT.glob("*/migrations/**/*.py"), *SQL.iterdir(), *MAKERS]
        for path in sorted(paths):
            digest.update(str(path.relative_to(ROOT)).encode() + path.read_bytes())
        size = f"{self.customers}_{self.staff}_{self.seed}"
        return f"{TEMPLATE_PREFIX}_{size}_{digest.hexdigest()[:12]}"


def ensure_world(cluster: embedded.Cluster, world: World, *, migrated: str = "template0") -> str:
    """Return the name of the world's template database, made now if there is none.

    Args:
        migrated: A migrated database to begin with, to save the migrations.
    """
    databases = Databases(cluster)
    with _alone(cluster):
        template = world.template
        if not databases.exists(template):
            _drop_outdated(databases, world)
            draft = f"bench_draft_{os.getpid()}"
            try:
                databases.create(draft, migrated)
                fill(databases.url(draft), world)
                databases.rename(draft, template)
            finally:
                databases.drop(draft)
        return template


def fill(url: str, world: World) -> None:
    """Fill an empty database with a world."""
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    values: dict[str, object] = {
        "customers": world.customers,
        "seed": world.seed,
        "staff": world.staff,
        "materials": MATERIALS,
        "links": world.staff * LINKS_A_STAFF_MEMBER,
        "until_epoch": midnight.timestamp(),
    }
    subprocess.run(
        [sys.executable, "-m", "bench.inside.company", str(world.staff)],
        check=True,
        cwd=ROOT,
        env={**os.environ, **PRODUCTION, "DATABASE_URL": url},
    )
    with _rebuilt_indexes(url):
        _run(url, "functions.sql", values)
        _run(url, "people.sql", values)
        _write_events(url, world, values)
        _run(url, "after_events.sql", values)
    with cursor_of(url) as cursor:
        for table in _NUMBERED:
            cursor.execute(_RAISE_SEQUENCE.format(table))
        cursor.execute("SELECT setval('customers_event_id_seq', %s)", [world.events])
        cursor.execute("DROP SCHEMA bench CASCADE")
        cursor.execute("VACUUM (ANALYZE)")
        cursor.execute("CHECKPOINT")


def _run(url: str, name: str, values: dict[str, object]) -> None:
    with connected(url) as connection, connection.cursor() as cursor:
        cursor.execute(_SESSION)
        cursor.execute((SQL / name).read_text(), values)


def _write_events(url: str, world: World, values: dict[str, object]) -> None:
    """Write the events in several sessions, each its stretch of time."""
    bounds = [world.events * n // WRITERS for n in range(WRITERS + 1)]
    failures: list[BaseException] = []

    def write(first: int, last: int) -> None:
        try:
            _run(url, "events.sql", values | {"first": first, "last": last})
        except BaseException as failure:
            failures.append(failure)
            raise

    threads = [
        threading.Thread(target=write, args=bounds[n : n + 2], daemon=True) for n in range(WRITERS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


@contextmanager
def _rebuilt_indexes(url: str) -> Iterator[None]:
    """Take the bulky tables' indexes away meanwhile, and build the same ones at the end."""
    rebuild = []
    with cursor_of(url) as cursor:
        for table in _BULKY:
            cursor.execute(_CONSTRAINTS, [table])
            for name, definition in cursor.fetchall():
                cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
                rebuild.append(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}')
            cursor.execute(_INDEXES, [table])
            for name, definition in cursor.fetchall():
                cursor.execute(f"DROP INDEX {name}")
                rebuild.append(definition)
    yield
    with cursor_of(url) as cursor:
        cursor.execute(_SESSION)
        for statement in rebuild:
            cursor.execute(statement)


@contextmanager
def _alone(cluster: embedded.Cluster) -> Iterator[None]:
    """One process at a time makes worlds."""
    cluster.layout.state.mkdir(parents=True, exist_ok=True)
    with (cluster.layout.state / "world.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _drop_outdated(databases: Databases, world: World) -> None:
    """Delete the templates of the same size with another schema, and drafts of killed processes."""
    same_size = world.template.rpartition("_")[0]
    for name in [*databases.names(f"{same_size}_"), *databases.names("bench_draft_")]:
        databases.drop(name)
