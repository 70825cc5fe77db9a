"""The world of the matrix, with time standing still and WeCom out of reach."""

import base64

import pytest

from scrm.console.sign_in.views import TRIES
from tests.authz.world import World, make_world
from tests.makers import NOW
from tests.web.fixtures import static_files_from_source

__all__ = ["static_files_from_source"]


PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


@pytest.fixture
def world(db, monkeypatch, settings, tmp_path) -> World:
    """Everybody and everything of the matrix."""
    settings.SPOOL_DIR = tmp_path
    settings.WECOM_ALLOW_IN_TRANSACTION = True
    monkeypatch.setattr("common.clock.now", lambda: NOW)
    monkeypatch.setattr("scrm.console.codes.pictures.code_picture", lambda code, *, now: PNG)
    monkeypatch.setattr("scrm.sidebar.client._only_in_development", lambda: None)
    TRIES.forget()
    return make_world()
