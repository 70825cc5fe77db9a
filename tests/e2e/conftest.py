"""A live server over a real database, and browsers that fail a test on what goes wrong in them."""

import os
from collections.abc import Iterator

import pytest
from django.test import Client
from playwright.sync_api import Browser, Page, sync_playwright

from org.models import User
from sandbox.testing import SandboxThread
from tests.e2e.browser import TIMEOUT_MS, OpenPage, Watch, launch
from tests.e2e.phone import Phones, served


@pytest.fixture(scope="module")
def chrome() -> Iterator[Browser]:
    """One Chromium for the tests of a file: what Playwright leaves in the thread ends with it.

    Its event loop and its greenlet would be in the way of other tests of this process.
    """
    # Playwright keeps an event loop in this thread; the tests still call the ORM from it.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()


@pytest.fixture
def watch() -> Iterator[Watch]:
    """What the pages of this test did wrong; the test fails if there is anything."""
    watched = Watch()
    yield watched
    assert watched.problems == []


@pytest.fixture
def open_page(chrome: Browser, live_server, watch: Watch, settings) -> Iterator[OpenPage]:
    """Open a window: `open_page("/customers/", user, width=400, dark=True)`.

    `user` is signed in already; without one the window is a stranger's. `own` are further
    addresses that are not outside (the sandbox).
    """
    settings.WHITENOISE_AUTOREFRESH = True
    contexts = []

    def open_one(
        path: str = "/",
        user: User | None = None,
        *,
        width: int = 1440,
        height: int = 900,
        dark: bool = False,
        own: tuple[str, ...] = (),
    ) -> Page:
        context = chrome.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            base_url=live_server.url,
            reduced_motion="reduce",
        )
        context.set_default_timeout(TIMEOUT_MS)
        contexts.append(context)
        watch.follow(context, live_server.url, *own)
        if user is not None:
            client = Client()
            client.force_login(user)
            cookie = client.cookies["sessionid"].value
            context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
        page = context.new_page()
        page.goto(path)
        return page

    yield open_one
    for context in contexts:
        context.close()


@pytest.fixture
def phones(chrome: Browser, transactional_db, watch: Watch, settings) -> Iterator[Phones]:
    """Phones inside WeCom: the product with its streams, and the sandbox as their client."""
    settings.WHITENOISE_AUTOREFRESH = settings.DEBUG = True
    with SandboxThread() as box, served() as product:
        settings.PUBLIC_URL = product.url
        settings.WECOM_API_BASE_URL = settings.WECOM_OAUTH_BASE_URL = box.url
        opened = Phones(chrome, product, box, watch)
        yield opened
        opened.close()
