"""Nothing is changed by a form of another site: every address that writes asks for our token."""

import pytest
from django.test import Client

from tests.authz.expectations import Kind, kind_of
from tests.authz.outcomes import Watched
from tests.authz.routes import Route, routes
from tests.authz.tables import thing_of
from tests.authz.world import World

FORBIDDEN, METHOD = 403, 405
# Doors that take no session, so that nobody's session can be abused through them.
WITHOUT_SESSION = {
    "public-beacon": "signed by the page that sends it",
    "_demo/clock": "bears its own token",
    "api/v1/": "nothing is there",
}
WRITING = [route for route in routes() if route.key not in WITHOUT_SESSION]


def browser_of(world: World, route: Route) -> Client:
    """A browser that checks, with the session of whoever may do most."""
    browser = Client(enforce_csrf_checks=True, raise_request_exception=False)
    who = "root" if kind_of(route) == Kind.BACK_OFFICE else "admin"
    browser.force_login(world.users[who])
    return browser


@pytest.mark.parametrize("route", WRITING, ids=[route.pattern or "/" for route in WRITING])
def test_a_post_without_the_token_is_refused(world: World, route: Route):
    thing = thing_of(route)
    url = route.url(thing.make(world, "admin", True))
    browser = browser_of(world, route)

    with Watched() as watched:
        plain = browser.post(url, {"name": "x", "is_active": "0"})
        json = browser.post(url, {"name": "x"}, content_type="application/json")

    assert {plain.status_code, json.status_code} <= {FORBIDDEN, METHOD}
    assert watched.writes == []
