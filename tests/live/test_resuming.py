"""However often a line is cut, and however late rows commit: each message comes exactly once."""

import asyncio
import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial

import pytest
from django.db import connection, transaction

from customers.services.identities import Resolved
from customers.services.ledger import record_event
from org.models import Alert, User
from scrm.live.app import LiveApp
from scrm.web.positions import position_now, read_position
from tests.api.people import follow, make_named, resolved
from tests.live.browser import Browser, session_of, whole
from tests.makers import NOW, make_event, make_staff, make_user

pytestmark = pytest.mark.django_db(transaction=True)

EVENTS = 70
WRITERS = 4


class Scribe:
    """Writes events and alerts in transactions of its own, some of which take their time."""

    def __init__(self, seed: int, people: list[Resolved], staff_id: int) -> None:
        self.people, self.staff_id = people, staff_id
        self.events: dict[int, list[str]] = {person.customer_id: [] for person in people}
        self.alerts: list[str] = []
        self._chance = random.Random(seed)
        self._lock = threading.Lock()

    def write(self, number: int) -> None:
        with self._lock:
            person = self._chance.choice(self.people)
            alerts, pause = self._chance.random() < 0.4, self._chance.random() ** 3 * 0.6
        key = f"written:{number}"
        try:
            with transaction.atomic():
                if alerts:
                    self._alert(person, key)
                record_event(make_event(person, key=key), now=NOW)
                time.sleep(pause)
        finally:
            connection.close()
        with self._lock:
            self.events[person.customer_id].append(key)

    def _alert(self, person: Resolved, key: str) -> None:
        Alert.objects.create(
            key=f"read:{key}",
            kind=Alert.Kind.READ,
            staff_id=self.staff_id,
            customer_id=person.customer_id,
            title="读",
            occurred_at=NOW,
            created_at=NOW,
        )
        with self._lock:
            self.alerts.append(f"read:{key}")


def has_more_than(browser: Browser, count: int) -> bool:
    return len(browser.got) > count


async def read_with_cuts(browser: Browser, chance: random.Random, stop: asyncio.Event) -> None:
    """Stay connected for a few messages, be cut off in the middle of one, come back."""

    def tears(length: int) -> int:
        return chance.randrange(length) if length and chance.random() < 0.15 else length

    browser.tears = tears
    while not stop.is_set():
        async with browser.connected():
            enough = partial(has_more_than, browser, len(browser.got) + chance.randrange(6))
            if chance.random() < 0.3:
                # It takes nothing for a while: what comes waits in the queue, and is cut off there.
                with suppress(TimeoutError):
                    await browser.until(lambda: bool(browser.last_id), seconds=0.5)
                browser.gate.clear()
                await asyncio.sleep(chance.random() * 1.2)
            else:
                with suppress(TimeoutError):
                    await browser.until(enough, seconds=0.5)
    browser.tears = whole


@pytest.mark.parametrize("seed", range(3))
def test_each_message_comes_once_in_order_over_random_cuts(seed: int):
    staff = make_staff()
    customers = [make_named(f"客户{n}") for n in range(3)]
    for customer in customers:
        follow(staff, customer)
    session = session_of(make_user("guide", User.Role.STAFF, staff))
    scribe = Scribe(seed, [resolved(customer) for customer in customers], staff.pk)
    chance = random.Random(seed)

    async def story() -> list[Browser]:
        app, stop = LiveApp(), asyncio.Event()
        since = str(await asyncio.to_thread(closing(position_now)))
        pages = [
            Browser(app, f"/live/customers/{customer.uid}", session, since)
            for customer in customers
        ]
        readers = [asyncio.create_task(read_with_cuts(page, chance, stop)) for page in pages]
        loop = asyncio.get_running_loop()
        with ThreadPoolExecutor(WRITERS) as writers:
            jobs = [loop.run_in_executor(writers, scribe.write, n) for n in range(EVENTS)]
            await asyncio.gather(*jobs)
        stop.set()
        await asyncio.gather(*readers)
        for page in pages:
            await catch_up(page)
        await app.close()
        return pages

    pages = asyncio.run(story())

    for page, customer in zip(pages, customers, strict=True):
        events = [key for key in page.keys if not key.startswith("read:")]
        assert events == in_order(scribe.events[customer.pk], customer.pk)
        assert sorted(key for key in page.keys if key.startswith("read:")) == sorted(scribe.alerts)
    assert len(scribe.alerts) > 5


async def catch_up(page: Browser) -> None:
    """Come back once more: what was missed is all in the first words."""
    async with page.connected():
        before = page.last_id
        await page.until(lambda: page.last_id not in {"", before} or page.status != 0)
        await asyncio.sleep(0.2)


def in_order(keys: list[str], customer_id: int) -> list[str]:
    """The keys as the ledger has them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT key FROM customers_event WHERE customer_id = %s AND key = ANY(%s) ORDER BY id",
            [customer_id, keys],
        )
        return [row[0] for row in cursor.fetchall()]


def closing(work):
    """Run in a thread that leaves no connection."""

    def run():
        try:
            return work()
        finally:
            connection.close()

    return run


def test_a_position_is_read_back_as_it_was_written():
    position = read_position("1050.1053.1060-7")

    assert position is not None
    assert str(position) == "1050.1053.1060-7"
    assert [position.events.has(number) for number in (1, 1050, 1051, 1053, 1061)] == [
        True,
        True,
        False,
        True,
        False,
    ]


@pytest.mark.parametrize(
    "text", ["", "7", "7-", "-7", "7.-7", "٧-7", "1-2-3", "7-7\n", "1" * 19 + "-1"]
)
def test_what_is_no_position_is_none(text: str):
    assert read_position(text) is None
