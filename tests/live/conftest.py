"""Streams in this process: the application is called as the server calls it."""

from collections.abc import Iterator

import pytest
from django.db import connections

from common import clock
from org.models import Staff, User
from tests.live.browser import session_of
from tests.makers import NOW, make_staff, make_user


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch, services_running: None) -> Iterator[None]:
    """One time for everything, and no connection left behind."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    yield
    connections.close_all()


@pytest.fixture
def guide() -> Staff:
    return make_staff("guide")


@pytest.fixture
def session(guide: Staff) -> str:
    return session_of(make_user("guide", User.Role.STAFF, guide))
