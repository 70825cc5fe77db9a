"""What conftest promises to every test."""

import socket

import pytest
import redis
from django.conf import settings
from django.db import connection

from tests import services
from tests.network import NetworkBlockedError


@pytest.mark.django_db
def test_the_database_is_this_process_s_own_and_migrated():
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_database(), count(*) FROM django_migrations")
        name, migrations = cursor.fetchone()
    assert name == services.DATABASE
    assert migrations > 0


@pytest.mark.django_db
def test_the_server_is_postgresql_18_without_a_port():
    with connection.cursor() as cursor:
        cursor.execute("SHOW listen_addresses")
        addresses = cursor.fetchone()
        cursor.execute("SHOW server_version_num")
        version = int(cursor.fetchone()[0])
    assert addresses == ("",)
    assert version // 10_000 == 18


def test_the_redis_number_is_claimed_and_starts_empty(redis_client: "redis.Redis"):
    assert redis_client.dbsize() == 0
    number = redis_client.connection_pool.connection_kwargs["db"]
    assert settings.CELERY_BROKER_URL.endswith(f"virtual_host={number}")
    assert services.claim_redis_number() not in {0, number}


def test_no_test_leaves_this_machine():
    with pytest.raises(NetworkBlockedError), socket.socket() as outside:
        outside.connect(("192.0.2.1", 80))
    with pytest.raises(NetworkBlockedError):
        socket.getaddrinfo("weixin.example", 443)


def test_the_loopback_is_open():
    with socket.socket() as listener, socket.socket() as client:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        client.connect(listener.getsockname())
