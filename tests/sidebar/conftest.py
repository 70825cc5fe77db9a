"""A guide with a customer, and a colleague with another one."""

from collections.abc import Iterator

import pytest
from django.test import Client

from common import clock
from org.models import Staff, User
from tests.makers import NOW, make_app, make_staff, make_user
from tests.sidebar.desk import Desk, sign_in
from touches.selectors.rules import forget_rules


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch, settings) -> Iterator[None]:
    """One time for everything; static files from where they lie."""
    settings.WHITENOISE_AUTOREFRESH = True
    settings.PUBLIC_URL = "https://scrm.example.com"
    monkeypatch.setattr(clock, "now", lambda: NOW)
    yield
    forget_rules()


@pytest.fixture
def guide() -> Staff:
    app = make_app()
    return make_staff("guide", app.corp)


@pytest.fixture
def desk(guide: Staff) -> Desk:
    """The guide's desk: signed in, with one customer."""
    return Desk(guide, sign_in(make_user("guide", User.Role.STAFF, guide)))


@pytest.fixture
def colleague(guide: Staff) -> Desk:
    """Somebody else's desk, with a customer of their own."""
    other = make_staff("colleague", guide.corp)
    return Desk(other, sign_in(make_user("colleague", User.Role.STAFF, other)))


@pytest.fixture
def stranger() -> Client:
    """Nobody who is signed in."""
    return Client()
