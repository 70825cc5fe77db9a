"""The world of the matrix, with time standing still and WeCom out of reach."""

from collections.abc import Iterator

import pytest

from tests.authz.standing import kept, stand_still
from tests.authz.world import World, make_world
from tests.web.fixtures import static_files_from_source

__all__ = ["static_files_from_source"]


@pytest.fixture(scope="package")
def standing(django_db_setup, django_db_blocker) -> Iterator[World]:
    """Everybody and everything, made once for all tests here."""
    with kept(make_world, django_db_blocker) as made:
        yield made


@pytest.fixture
def world(standing: World, db, monkeypatch, settings, tmp_path) -> World:
    """Everybody and everything of the matrix, as it was made."""
    stand_still(monkeypatch, settings, tmp_path)
    return standing.anew()
