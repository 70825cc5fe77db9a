"""Every test process gets a database cloned from one migrated template, and a Redis number."""

from collections.abc import Iterator

import pytest
import redis
from django.conf import settings
from django.core.management import call_command
from django.db import connection, connections
from pytest_django import DjangoDbBlocker

from scrm import translations
from tests import services
from tests.network import block_network

block_network()


@pytest.fixture(scope="session", autouse=True)
def english() -> None:
    """The translations are compiled, as before every start."""
    translations.compile_messages()


@pytest.fixture(scope="session")
def services_running() -> Iterator[None]:
    """PostgreSQL and Redis of the test cluster answer, and our Redis number is empty."""
    with services.running_cluster():
        with redis.Redis.from_url(settings.REDIS_URL) as client:
            client.flushdb()
        yield


@pytest.fixture(scope="session")
def django_db_setup(
    services_running: None,
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[None]:
    """Clone the template, which is migrated only when a migration changed."""
    with django_db_blocker.unblock():
        with services.template_lock():
            template = services.template_name()
            services.drop_leftovers(keep=template)
            if not services.database_exists(template):
                _migrate_template(template)
            services.create_database(services.DATABASE, template)
            services.limit_waiting(services.DATABASE)
        yield
        connections.close_all()
        services.drop_database(services.DATABASE)


@pytest.fixture
def redis_client(services_running: None) -> Iterator["redis.Redis"]:
    """This process's Redis number, empty."""
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        client.flushdb()
        yield client


def _migrate_template(name: str) -> None:
    """Migrate a new database and give it the template's name when it is whole."""
    services.drop_database(services.DATABASE)
    services.create_database(services.DATABASE)
    call_command("migrate", verbosity=0)
    connection.close()
    services.rename_database(services.DATABASE, name)
