"""Who gets a stream, what it costs, and how it ends."""

import asyncio
from datetime import UTC, datetime
from functools import partial

import pytest
from django.db import connection

from common import news
from customers.models import Follow
from customers.services.ledger import record_event
from org.models import Alert, Staff, User
from org.services.staff import mark_staff_left
from scrm.live import app as live
from scrm.live import hub
from scrm.live.app import LiveApp
from scrm.live.door import Ticket, Wish, admit, no_longer_admitted
from tests.api.people import follow, make_named, resolved
from tests.live.browser import Browser, session_of
from tests.live.stories import in_thread, run
from tests.makers import NOW, make_event, make_user

pytestmark = pytest.mark.django_db(transaction=True)

STREAMS = 500


def has_status(browser: Browser) -> bool:
    return browser.status != 0


def has_begun(browser: Browser) -> bool:
    return browser.last_id != ""


def has_got(browser: Browser, count: int) -> bool:
    return len(browser.got) == count


def make_alert(staff: Staff, customer_id: int, event_key: str) -> Alert:
    return Alert.objects.create(
        key=f"high_intent:{event_key}",
        kind=Alert.Kind.HIGH_INTENT,
        staff=staff,
        customer_id=customer_id,
        title="高意向：小林",
        body="《七天换粮表》已阅读 60 秒",
        occurred_at=NOW,
        created_at=NOW,
    )


def test_strangers_and_those_out_of_scope_get_nothing(guide: Staff, session: str):
    own, foreign = make_named("我的客户"), make_named("别人的客户")
    follow(guide, own)
    no_staff = session_of(make_user("operator", User.Role.OPERATOR))

    async def story(app: LiveApp) -> None:
        wanted = {
            (f"/live/customers/{own.uid}", ""): 401,
            ("/live/me", ""): 401,
            (f"/live/customers/{foreign.uid}", session): 404,
            ("/live/customers/00000000-0000-0000-0000-000000000000", session): 404,
            ("/live/customers/nobody", session): 404,
            ("/live/", session): 404,
            ("/live/me", no_staff): 403,
            (f"/live/customers/{foreign.uid}", no_staff): 200,
            (f"/live/customers/{own.uid}", session): 200,
            ("/live/me", session): 200,
        }
        found = {}
        for path, cookie in wanted:
            browser = Browser(app, path, cookie)
            async with browser.connected():
                await browser.until(partial(has_status, browser))
                found[path, cookie] = browser.status
        assert found == wanted

    run(story)


def test_an_event_and_its_alert_name_the_same_event(guide: Staff, session: str):
    customer = make_named("小林")
    follow(guide, customer)
    person = resolved(customer)

    async def story(app: LiveApp) -> None:
        browser = Browser(app, f"/live/customers/{customer.uid}", session)
        async with browser.connected():
            await browser.until(lambda: bool(browser.last_id))
            event = make_event(person, key="link_opened:1", staff=guide)
            await in_thread(lambda: record_event(event, now=NOW))
            await in_thread(lambda: make_alert(guide, customer.pk, "link_opened:1"))
            await browser.until(lambda: len(browser.got) == 2)
        told, alert = browser.got
        assert (told.name, alert.name) == ("timeline", "alert")
        assert told.data["event"] == alert.data["event"] == "link_opened:1"
        assert told.data["title"] == "添加为好友"
        assert "添加为好友" in told.data["html"]
        assert alert.data["kind"] == "high_intent"
        assert alert.data["customer"] == str(customer.uid)

    run(story)


def test_redis_makes_it_fast_and_its_death_a_second_slower(
    guide: Staff, session: str, monkeypatch: pytest.MonkeyPatch
):
    customer = make_named("小林")
    follow(guide, customer)
    person = resolved(customer)
    monkeypatch.setattr(hub, "LOOK_SECONDS", 3.0)

    async def seconds_until_told(app: LiveApp, key: str) -> float:
        browser = Browser(app, f"/live/customers/{customer.uid}", session)
        async with browser.connected():
            await browser.until(lambda: bool(browser.last_id))
            await asyncio.sleep(0.3)
            event = make_event(person, key=key)
            await in_thread(lambda: record_event(event, now=NOW))
            begun = asyncio.get_running_loop().time()
            await browser.until(lambda: key in browser.keys)
            return asyncio.get_running_loop().time() - begun

    async def story(app: LiveApp) -> None:
        assert await seconds_until_told(app, "with:redis") < 1.0
        monkeypatch.setattr(news, "_publish", lambda _news: True)
        assert await seconds_until_told(app, "without:redis") < 3.5

    run(story)


def test_a_leaver_is_out_at_the_next_inspection(guide: Staff, session: str):
    customer, lost = make_named("小林"), make_named("小周")
    follow(guide, customer)
    relation = follow(guide, lost)

    async def story(app: LiveApp) -> None:
        mine = Browser(app, "/live/me", session)
        theirs = Browser(app, f"/live/customers/{lost.uid}", session)
        async with mine.connected() as first, theirs.connected() as second:
            await mine.until(lambda: bool(mine.last_id))
            await theirs.until(lambda: bool(theirs.last_id))
            await app.inspect()
            assert mine.got + theirs.got == []
            await in_thread(lambda: Follow.objects.filter(pk=relation.pk).delete())
            await app.inspect()
            await theirs.until(lambda: bool(theirs.got))
            assert not mine.got
            await in_thread(lambda: leave(guide))
            await app.inspect()
            await mine.until(lambda: bool(mine.got))
            await asyncio.wait({first, second}, timeout=5)
        assert [got.name for got in mine.got + theirs.got] == ["bye", "bye"]
        async with mine.connected():
            await mine.until(lambda: bool(mine.status))
        assert mine.status == 401

    assert live.INSPECT_SECONDS <= 30
    run(story)


def test_whoever_has_many_pages_open_is_asked_once(
    guide: Staff, session: str, django_assert_num_queries
):
    tickets = []
    for name in ("小林", "小周", "小满"):
        customer = make_named(name)
        follow(guide, customer)
        tickets.append(admit(Wish(session, customer_uid=customer.uid)))
    assert all(isinstance(ticket, Ticket) for ticket in tickets)
    for some in (tickets[:1], tickets):
        # Session, account; customers.
        with django_assert_num_queries(3):
            assert no_longer_admitted(some) == [False] * len(some)


def leave(staff: Staff) -> None:
    mark_staff_left(corp_pk=staff.corp_id, userid=staff.userid, now=datetime.now(UTC))


def test_five_hundred_streams_hold_one_connection_of_the_process(guide: Staff, session: str):
    customers = [make_named(f"客户{n}") for n in range(5)]
    for customer in customers:
        follow(guide, customer)
    person = resolved(customers[0])

    async def story(app: LiveApp) -> None:
        before = await asyncio.to_thread(connections_now)
        browsers = [
            Browser(app, f"/live/customers/{customers[n % 5].uid}", session) for n in range(STREAMS)
        ]
        lines = [browser.connected() for browser in browsers]
        await asyncio.gather(*(line.__aenter__() for line in lines))
        for browser in browsers:
            await browser.until(partial(has_begun, browser), seconds=60)
        await asyncio.sleep(0.3)
        # The hub's own, for the whole process.
        assert await asyncio.to_thread(connections_now) - before <= 1
        event = make_event(person, key="for:all")
        await in_thread(lambda: record_event(event, now=NOW))
        for browser in browsers[::5]:
            await browser.until(partial(has_got, browser, 1), seconds=60)
        await asyncio.gather(*(line.__aexit__(None, None, None) for line in lines))
        assert [browser.keys for browser in browsers if browser.keys] == [["for:all"]] * 100

    run(story)


def connections_now() -> int:
    """How many connections this database has, this question's own left out."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT count(*) FROM pg_stat_activity
                WHERE datname = current_database() AND pid <> pg_backend_pid()"""
        )
        found: int = cursor.fetchone()[0]
    connection.close()
    return found
