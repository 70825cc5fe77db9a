"""Benchmarks at their smallest, on the test cluster and a world of a hundred customers."""

import json
from typing import Any

import pytest

from bench.report import Result
from bench.site import Options, Site
from tests import services
from tests.settings import REDIS_NUMBER

CUSTOMERS = 100


@pytest.fixture(scope="session")
def site(django_db_setup: None) -> Site:
    """The test cluster, whose migrated template saves the migrations."""
    return Site(services.CLUSTER, REDIS_NUMBER, migrated=services.template_name())


def options(size: int) -> Options:
    return Options(size=size, customers=CUSTOMERS)


def said(result: Result) -> dict[str, Any]:
    """What the last line says, read back."""
    values: dict[str, Any] = json.loads(result.as_json())
    return values
