"""Pages are light: what a cold browser fetches from a production server, compressed."""

from collections.abc import Iterator

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connections
from django.test import Client, override_settings
from django.test.testcases import LiveServerThread
from playwright.sync_api import Browser, BrowserContext, Page

from customers.models import Customer
from org.models import User
from tests.api.people import make_named
from tests.makers import make_staff, make_user

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
KILOBYTE = 1_000


# Nobody asks for these here; compressing them takes longer than everything else.
OF_OTHERS = ["admin/*", "rest_framework/*", "django_htmx/htmx-4*", "django_htmx/htmax*"]


@pytest.fixture(scope="module")
def production_settings(tmp_path_factory) -> Iterator[None]:
    """Static files are collected, hashed and compressed."""
    with override_settings(
        STATIC_ROOT=tmp_path_factory.mktemp("static"),
        STORAGES=settings.STORAGES
        | {"staticfiles": {"BACKEND": "scrm.web.static_files.HashedStorage"}},
        WHITENOISE_AUTOREFRESH=False,
        WHITENOISE_USE_FINDERS=False,
    ):
        call_command("collectstatic", interactive=False, verbosity=0, ignore_patterns=OF_OTHERS)
        yield


@pytest.fixture
def production(production_settings: None, transactional_db) -> Iterator[str]:
    """A server as in production; its address."""
    thread = LiveServerThread("127.0.0.1", static_handler=lambda application: application)
    thread.start()
    thread.is_ready.wait()
    yield f"http://127.0.0.1:{thread.port}"
    thread.terminate()
    connections.close_all()


def open_cold(context: BrowserContext, base: str, user: User) -> tuple[Page, list[int]]:
    """Open an empty page of somebody signed in; the list grows by the bytes of each answer."""
    client = Client()
    client.force_login(user)
    cookie = client.cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": cookie, "url": base}])
    page = context.new_page()
    devtools = context.new_cdp_session(page)
    devtools.send("Network.enable")
    received: list[int] = []
    devtools.on(
        "Network.loadingFinished", lambda event: received.append(event["encodedDataLength"])
    )
    return page, received


def weight(chrome: Browser, base: str, path: str, user: User) -> int:
    """Return how many bytes a browser without a cache receives for a page."""
    context = chrome.new_context(base_url=base)
    page, received = open_cold(context, base, user)
    page.goto(path)
    page.wait_for_load_state("networkidle")
    context.close()
    return int(sum(received))


@pytest.mark.parametrize("path", ["/customers/", "/touches/", "/system/"])
def test_a_list_is_light(chrome: Browser, production: str, path: str):
    customers()

    received = weight(chrome, production, path, make_user("admin", User.Role.ADMIN))

    assert 10 * KILOBYTE < received <= 60 * KILOBYTE


def test_the_page_of_a_customer_is_light(chrome: Browser, production: str):
    path = f"/customers/{customers()[0].uid}/"

    received = weight(chrome, production, path, make_user("admin", User.Role.ADMIN))

    assert 10 * KILOBYTE < received <= 60 * KILOBYTE


@pytest.mark.parametrize("path", ["/m/", "/sidebar/"])
def test_what_staff_open_on_the_way_is_light(chrome: Browser, production: str, path: str):
    staff = make_staff("guide")

    received = weight(chrome, production, path, make_user("guide", User.Role.STAFF, staff))

    assert 5 * KILOBYTE < received <= 60 * KILOBYTE


def test_the_dashboard_with_its_charts_is_light(chrome: Browser, production: str):
    received = weight(chrome, production, "/dashboard/", make_user("admin", User.Role.ADMIN))

    assert 150 * KILOBYTE < received <= 350 * KILOBYTE


def customers() -> list[Customer]:
    """Return a page full of customers."""
    return [make_named(f"客户{number}") for number in range(50)]
