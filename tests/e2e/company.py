"""The whole product as processes, with a small company in it, for walks through real browsers."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf.global_settings import PASSWORD_HASHERS
from django.test import override_settings
from playwright.sync_api import Browser, BrowserContext, Page

from common import clock
from content.services.materials import ArticleText, publish_article
from customers.services.sync import start_sync
from org.models import Job, Staff, User
from tests import services
from tests.e2e.browser import TIMEOUT_MS, Watch
from tests.makers import make_user
from tests.system import System
from tests.wire import forget, make_apps

PASSWORD = "correct horse"
PHONE = 400
DESK = 1440
ARTICLE = "7 天换粮表"
BODY = "\n\n".join(
    ["七天里慢慢换,不软便。", "## 第一步", "先掺四分之一。", "## 第二步", "看便便,再加一点。"]
)


@contextmanager
def company() -> Iterator[System]:
    """Start everything, synchronise the small company, publish an article, make two accounts."""
    number = services.claim_redis_number()
    forget()
    with System(services.CLUSTER, redis_number=number) as running:
        with running.database():
            job = start_sync(corp=make_apps(), now=clock.now())
        running.wait(lambda: _is_done(running, job), "the first synchronisation")
        with running.database():
            _prepare()
        yield running
    forget()


def _is_done(running: System, job: Job) -> bool:
    running.ring("scrm.sync")
    return running.count("org_job", f"id = {job.pk} AND state = 'done'") == 1


def _prepare() -> None:
    publish_article(ArticleText(title=ARTICLE, summary="慢慢换", body=BODY), now=clock.now())
    # The product does not know the quick hashes of the tests.
    with override_settings(PASSWORD_HASHERS=PASSWORD_HASHERS):
        make_user("operator", User.Role.OPERATOR)
        make_user("wangwu", User.Role.MANAGER, Staff.objects.get(userid="wangwu"))


class Desk:
    """Browsers of people: each a window of its own, all of them watched."""

    def __init__(self, chrome: Browser, system: System, watch: Watch) -> None:
        self.system = system
        self._chrome = chrome
        self._watch = watch
        self._contexts: list[BrowserContext] = []

    def sit_down(
        self, *, width: int = DESK, height: int = 900, dark: bool = False, sandbox: bool = False
    ) -> Page:
        """Open a window of somebody who has not signed in; addresses begin at the product."""
        context = self._chrome.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            base_url=self.system.sim.url if sandbox else self.system.url,
            reduced_motion="reduce",
            has_touch=width == PHONE,
        )
        context.set_default_timeout(3 * TIMEOUT_MS)
        self._contexts.append(context)
        self._watch.follow(context, self.system.url, self.system.sim.url)
        return context.new_page()

    def stand_up(self) -> None:
        """Close all windows."""
        for context in self._contexts:
            context.close()
