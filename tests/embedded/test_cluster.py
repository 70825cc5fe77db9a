"""A cluster starts, survives the death of its servers, stops, and forgets when told to."""

import signal
import stat
import subprocess
import sys
from collections.abc import Iterator

import psutil
import pytest
import redis
from kombu import Connection

from embedded import Cluster, process
from embedded.profiles import postgres_settings
from tests.embedded.places import ask, checkout, found, started


@pytest.fixture(scope="module")
def services() -> Iterator[Cluster]:
    with checkout() as place, started(place, "chaos") as running:
        ask(running, "CREATE TABLE kept AS SELECT 42 AS answer")
        yield running


def kill(server: psutil.Process) -> None:
    server.kill()
    assert process.wait_until(lambda: process.alive(server.pid) is None, 20)


def test_starting_twice_starts_nothing_the_second_time(services: Cluster):
    before = services.status()
    assert services.start() is False
    assert services.status() == before


def test_it_speaks_utf8_and_sorts_the_same_everywhere(services: Cluster):
    facts = "concat_ws(' ', pg_encoding_to_char(encoding), datlocprovider, datlocale)"
    where = "FROM pg_database WHERE datname = current_database()"
    assert ask(services, f"SELECT {facts} {where}") == "UTF8 b C.UTF-8"
    assert ask(services, "SELECT lower('ÀÉ') || length('维域')") == "àé2"


def test_only_the_owner_can_reach_the_sockets(services: Cluster):
    sockets = services.layout.sockets
    assert stat.S_IMODE(sockets.stat().st_mode) == 0o700
    assert sockets.stat().st_uid == services.layout.service_uid
    assert ask(services, "SHOW listen_addresses") == ""
    hba = services.layout.postgres_data / "pg_hba.conf"
    assert hba.read_text() == "local all all trust\n"


def test_redis_refuses_writes_rather_than_forgetting_keys(services: Cluster, services_redis):
    assert services_redis.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
    assert services_redis.config_get("save") == {"save": ""}
    assert services_redis.config_get("port") == {"port": "0"}


def test_celery_and_redis_spell_the_same_number(services: Cluster):
    with Connection(services.broker_url(3)) as broker:
        broker.SimpleQueue("bells").put("ring")
    with redis.Redis.from_url(services.redis_url(3)) as client:
        assert client.llen("bells") == 1
    with redis.Redis.from_url(services.redis_url(0)) as client:
        assert client.dbsize() == 0


def test_a_killed_postgres_comes_back_with_its_data(services: Cluster):
    kill(found(services.postgres.running()))
    assert services.is_running() is False
    assert services.start() is True
    assert ask(services, "SELECT answer FROM kept") == 42


def test_a_killed_redis_comes_back(services: Cluster):
    kill(found(services.redis.running()))
    assert services.redis.answers() is False
    assert services.start() is True
    assert services.redis.answers() is True


def test_a_lock_whose_number_now_belongs_to_a_stranger_is_no_obstacle(services: Cluster):
    services.stop()
    with subprocess.Popen(["sleep", "60"], user=services.layout.service_uid) as stranger:
        lock = services.layout.postgres_data / "postmaster.pid"
        lock.write_text(f"{stranger.pid}\n{services.layout.postgres_data}\n1\n5432\n\n\n\nready\n")
        assert services.postgres.running() is None
        services.start()
        assert stranger.poll() is None
        stranger.kill()
    assert ask(services, "SELECT answer FROM kept") == 42


def test_stopping_ends_both_servers_and_keeps_the_data(services: Cluster):
    pids = [found(services.postgres.running()).pid, found(services.redis.running()).pid]
    services.stop()
    assert [process.alive(pid) for pid in pids] == [None, None]
    services.stop()
    services.start()
    assert ask(services, "SELECT answer FROM kept") == 42


def test_the_command_line_watches_and_heals(services: Cluster):
    code = (
        "import sys; from pathlib import Path; import embedded.__main__ as cli\n"
        f"cli.watch(cli.cluster('chaos', Path({str(services.layout.checkout)!r})))\n"
    )
    argv = [sys.executable, "-c", code]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as watcher:
        assert watcher.stdout is not None
        assert watcher.stdout.readline() == "PostgreSQL and Redis are watched\n"
        kill(found(services.postgres.running()))
        assert watcher.stdout.readline() == "a server has died: starting it again\n"
        assert process.wait_until(services.is_running, 30)
        watcher.send_signal(signal.SIGTERM)
        assert watcher.wait(20) == 0
    assert ask(services, "SELECT answer FROM kept") == 42


def test_destroying_leaves_nothing_but_logs(services: Cluster):
    services.destroy()
    assert services.is_running() is False
    assert services.layout.postgres_data.exists() is False
    assert services.layout.redis_socket.exists() is False


@pytest.mark.parametrize("name", ["main", "bench", "chaos"])
def test_only_the_test_cluster_may_forget_on_a_power_cut(name: str):
    durable, loose = postgres_settings(name, "/s"), postgres_settings("test", "/s")
    assert (durable["fsync"], durable["synchronous_commit"]) == ("on", "on")
    assert (loose["fsync"], loose["synchronous_commit"]) == ("off", "off")
