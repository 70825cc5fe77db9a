"""Who takes nothing holds nobody up, and loses nothing."""

import asyncio
from functools import partial

import pytest

from customers.services.ledger import record_event, record_events
from org.models import Staff
from scrm.live import app as live
from scrm.live import reading, subscribers
from scrm.live.app import LiveApp
from scrm.web.positions import position_now
from tests.api.people import follow, make_named, resolved
from tests.live.browser import Browser
from tests.live.stories import in_thread, run
from tests.makers import NOW, make_event

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_reader_who_takes_nothing_is_cut_off_and_resumes(
    guide: Staff, session: str, monkeypatch: pytest.MonkeyPatch
):
    customer = make_named("小林")
    follow(guide, customer)
    person = resolved(customer)
    monkeypatch.setattr(subscribers, "MOST_WAITING", 5)

    async def story(app: LiveApp) -> None:
        browser = Browser(app, f"/live/customers/{customer.uid}", session)
        async with browser.connected() as stream:
            await browser.until(lambda: bool(browser.last_id))
            browser.gate.clear()
            for n in range(12):
                event = make_event(person, key=f"flood:{n}")
                await in_thread(partial(record_event, event, now=NOW))
            await asyncio.sleep(1.5)
            browser.gate.set()
            await asyncio.wait({stream}, timeout=5)
            assert stream.done()
        assert len(browser.keys) < 12
        async with browser.connected():
            await browser.until(lambda: len(browser.keys) >= 12)
        assert browser.keys == [f"flood:{n}" for n in range(12)]

    run(story)


def test_a_dead_line_is_given_up(guide: Staff, session: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(live, "SEND_SECONDS", 0.2)
    monkeypatch.setattr(live, "HEARTBEAT_SECONDS", 0.1)

    async def story(app: LiveApp) -> None:
        browser = Browser(app, "/live/me", session)
        async with browser.connected() as stream:
            await browser.until(lambda: bool(browser.last_id))
            browser.gate.clear()
            await asyncio.wait({stream}, timeout=5)
            assert stream.done()

    run(story)


def test_whoever_missed_too_much_is_told_to_load_again(
    guide: Staff, session: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(reading, "REPLAY_ROWS", 10)
    customer = make_named("小林")
    follow(guide, customer)
    since = str(position_now())
    record_events([make_event(resolved(customer)) for _ in range(10)], now=NOW)

    async def story(app: LiveApp) -> None:
        browser = Browser(app, f"/live/customers/{customer.uid}", session, since)
        async with browser.connected():
            await browser.until(lambda: bool(browser.got))
        assert [got.name for got in browser.got] == ["reload"]

    run(story)
