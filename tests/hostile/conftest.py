"""The world of the matrix, with a crowd of hostile names in it."""

from collections.abc import Iterator

import pytest

from tests.authz.standing import kept, stand_still
from tests.authz.world import World
from tests.hostile.crowd import make_crowd
from tests.web.fixtures import static_files_from_source

__all__ = ["static_files_from_source"]


@pytest.fixture(scope="package")
def standing_crowd(django_db_setup, django_db_blocker) -> Iterator[World]:
    """Everybody with a hostile name, made once for all tests here."""
    with kept(make_crowd, django_db_blocker) as made:
        yield made


@pytest.fixture
def crowd(standing_crowd: World, db, monkeypatch, settings, tmp_path) -> World:
    """A customer for each hostile name, as they were made."""
    stand_still(monkeypatch, settings, tmp_path)
    return standing_crowd.anew()
