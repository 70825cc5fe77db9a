"""A phone inside WeCom for browser tests: the product with its streams, the sandbox behind it."""

import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlencode

import uvicorn
from django.core.wsgi import get_wsgi_application
from django.db import connections
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page

from org.models import User
from sandbox.testing import SandboxThread
from scrm.live.app import LiveApp, Receive, Scope, Send
from scrm.web.bridge import Bridge
from tests.e2e.browser import TIMEOUT_MS, Watch

START_SECONDS = 30.0
# A phone in one hand.
WIDTH, HEIGHT = 400, 860


class Served:
    """The product as one ASGI process would serve it, in a thread of this process."""

    def __init__(self) -> None:
        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self.live = LiveApp()
        self._pages = Bridge(get_wsgi_application(), workers=6)
        config = uvicorn.Config(
            self._answer, interface="asgi3", log_level="error", timeout_graceful_shutdown=1
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._socket]}, daemon=True
        )

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith("/live/"):
            await self.live(scope, receive, send)
        else:
            await self._pages(scope, receive, send)

    def start(self) -> None:
        self._thread.start()
        deadline = time.monotonic() + START_SECONDS
        while not self._server.started:
            assert time.monotonic() < deadline
            time.sleep(0.01)

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(START_SECONDS)
        self._pages.executor.shutdown(wait=False)
        self._socket.close()
        connections.close_all()


@contextmanager
def served() -> Iterator[Served]:
    """Serve until the test has ended."""
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    product = Served()
    product.start()
    try:
        yield product
    finally:
        product.stop()


class Phones:
    """Opens pages of the product on phones, each with its own member signed in."""

    def __init__(self, chrome: Browser, product: Served, box: SandboxThread, watch: Watch) -> None:
        self.product = product
        self.box = box
        self._chrome = chrome
        self._watch = watch
        self._contexts: list[BrowserContext] = []

    def open(
        self,
        path: str,
        user: User | None = None,
        *,
        width: int = WIDTH,
        dark: bool = False,
        **sim: str,
    ) -> Page:
        """Open a page; `sim` is what the WeCom client would answer: entry, contact, chat, fail."""
        context = self._chrome.new_context(
            viewport={"width": width, "height": HEIGHT},
            color_scheme="dark" if dark else "light",
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            base_url=self.product.url,
            reduced_motion="reduce",
            has_touch=True,
        )
        context.set_default_timeout(TIMEOUT_MS)
        context.set_default_navigation_timeout(3 * TIMEOUT_MS)
        self._contexts.append(context)
        self._watch.follow(context, self.product.url)
        if user is not None:
            client = Client()
            client.force_login(user)
            value = client.cookies["sessionid"].value
            context.add_cookies([{"name": "sessionid", "value": value, "url": self.product.url}])
        page = context.new_page()
        query = urlencode({f"sim_{name}": value for name, value in sim.items()})
        page.goto(f"{path}?{query}" if query else path)
        return page

    def close(self) -> None:
        for context in self._contexts:
            context.close()
