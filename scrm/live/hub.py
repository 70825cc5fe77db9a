"""The hub of one process (实时中枢): reads what is new once, and hands it to every open stream.

1. Redis says of whom there is something new (`common.news`); the hub reads just their rows.
2. Every second it reads what is new of everybody watched, whatever Redis said or did not say. Rows
   are the truth: without Redis everything comes up to a second later, and nothing else changes.
3. Rows are read from the last settled number on, and handed out once; what settled is told to the
   streams after the rows, so that none claims what it has not got (`scrm.web.positions`).
4. The hub has one thread and one database connection; streams have none.
"""

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, TypeVar

import redis.asyncio
from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from redis.exceptions import RedisError

from common import news
from scrm.live import reading
from scrm.live.messages import Feed, Message
from scrm.live.subscribers import Subscriber

logger = logging.getLogger(__name__)

LOOK_SECONDS: Final = 1.0
# How often the settled numbers are read anew while there is news: rows beyond them are read again.
SETTLE_SECONDS: Final = 0.25
RECONNECT_SECONDS: Final = 1.0
# A broken connection to Redis is noticed after this long.
REDIS_SECONDS: Final = 5.0
T = TypeVar("T")


class Hub:
    """Everybody who watches in this process; made in its loop, begun with its first stream."""

    def __init__(self) -> None:
        self._following: dict[Feed, defaultdict[int, set[Subscriber]]] = {
            feed: defaultdict(set) for feed in Feed
        }
        self._everybody: set[Subscriber] = set()
        self._settled = (0, 0)
        self._settled_ticks = -1e9
        self._told: dict[Feed, set[int]] = {feed: set() for feed in Feed}
        self._news: dict[str, set[int]] = {"customer": set(), "staff": set()}
        self._wake = asyncio.Event()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="live-hub")
        self._tasks: list[asyncio.Task[None]] = []
        self._beginning = asyncio.Lock()

    @property
    def subscribers(self) -> Collection[Subscriber]:
        """All open streams."""
        return self._everybody

    async def begin(self) -> None:
        """Begin to look, once: from here on nothing that commits is missed.

        Raises:
            DatabaseError: the database is away; the next stream tries again.
        """
        async with self._beginning:
            if self._tasks:
                return
            self._settled = await self._with_database(reading.settled_now)
            self._tasks = [
                asyncio.create_task(self._look_for_ever(), name="live-look"),
                asyncio.create_task(self._listen_for_ever(), name="live-listen"),
            ]

    async def close(self) -> None:
        """Stop looking; the connection goes with the thread."""
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._with_database(_disconnect)
        self._thread.shutdown(wait=False)

    def add(self, subscriber: Subscriber) -> None:
        """Hand to this stream what comes from now on."""
        self._everybody.add(subscriber)
        for feed, subject in _subjects(subscriber):
            self._following[feed][subject].add(subscriber)

    def remove(self, subscriber: Subscriber) -> None:
        """Forget a stream."""
        self._everybody.discard(subscriber)
        for feed, subject in _subjects(subscriber):
            followers = self._following[feed]
            followers[subject].discard(subscriber)
            if not followers[subject]:
                del followers[subject]

    def hear(self, numbers: dict[str, set[int]]) -> None:
        """Take news in; of those whom nobody watches here it is none."""
        customers = numbers.get("customer", set()) & self._following[Feed.EVENTS].keys()
        staff = numbers.get("staff", set()) & self._following[Feed.ALERTS].keys()
        if customers or staff:
            self._news["customer"] |= customers
            self._news["staff"] |= staff
            self._wake.set()

    async def look(self, *, at_everybody: bool) -> None:
        """Read once what is new, of those in the news or of everybody, and hand it out."""
        # First the settled numbers, then who is watched, then the rows: whoever comes in between
        # has their own look at the past after this (`reading.replay`).
        settled = await self._with_database(reading.settled_now) if at_everybody else None
        customers, staff = self._news["customer"], self._news["staff"]
        self._news = {"customer": set(), "staff": set()}
        if at_everybody:
            customers = set(self._following[Feed.EVENTS])
            staff = set(self._following[Feed.ALERTS])
        languages = {one.language for one in self._everybody}
        messages = await self._with_database(
            lambda: reading.look(
                self._settled,
                customer_ids=customers,
                staff_ids=staff,
                languages=languages,
                skip=(self._told[Feed.EVENTS], self._told[Feed.ALERTS]),
            )
        )
        self._hand_out(messages)
        if settled is not None:
            self._settle(settled)

    def _hand_out(self, messages: Iterable[Message]) -> None:
        for message in messages:
            self._told[message.feed].add(message.number)
            for subscriber in self._following[message.feed].get(message.subject, ()):
                subscriber.offer(message)

    def _settle(self, settled: tuple[int, int]) -> None:
        """All that was read has been handed out: rows up to here need not be read again."""
        self._settled, self._settled_ticks = settled, time.monotonic()
        for feed, number in zip((Feed.EVENTS, Feed.ALERTS), settled, strict=True):
            self._told[feed] = {told for told in self._told[feed] if told > number}
        for subscriber in self._everybody:
            subscriber.settle(settled)

    async def _look_for_ever(self) -> None:
        due = time.monotonic() + LOOK_SECONDS
        while True:
            try:
                async with asyncio.timeout(max(0.0, due - time.monotonic())):
                    await self._wake.wait()
            except TimeoutError:
                pass
            self._wake.clear()
            ticks = time.monotonic()
            at_everybody = ticks >= due or ticks - self._settled_ticks >= SETTLE_SECONDS
            try:
                await self.look(at_everybody=at_everybody)
            except Exception as error:  # noqa: BLE001 - the hub must outlive every fault
                # What was asked for is found at the next look at everybody.
                reason = f"{type(error).__name__}: {error}"
                logger.warning("live_look_failed", extra={"reason": reason})
                await asyncio.sleep(LOOK_SECONDS)
            if at_everybody:
                due = time.monotonic() + LOOK_SECONDS

    async def _listen_for_ever(self) -> None:
        while True:
            try:
                await self._listen()
            except (RedisError, OSError) as error:
                logger.info("live_without_redis", extra={"reason": type(error).__name__})
            await asyncio.sleep(RECONNECT_SECONDS)

    async def _listen(self) -> None:
        client = redis.asyncio.Redis.from_url(
            settings.REDIS_URL,
            socket_connect_timeout=REDIS_SECONDS,
            health_check_interval=REDIS_SECONDS,
        )
        async with client, client.pubsub(ignore_subscribe_messages=True) as pubsub:
            await pubsub.subscribe(news.channel())
            while True:
                message = await pubsub.get_message(timeout=REDIS_SECONDS)
                if message is not None:
                    self.hear(news.read(message["data"]))

    async def _with_database(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, _guarded, work)


def _subjects(subscriber: Subscriber) -> Iterable[tuple[Feed, int]]:
    if subscriber.customer_id is not None:
        yield Feed.EVENTS, subscriber.customer_id
    if subscriber.staff_id is not None:
        yield Feed.ALERTS, subscriber.staff_id


def _disconnect() -> None:
    """Close the connection of the thread that does this."""
    connection.close()


def _guarded(work: Callable[[], Any]) -> Any:
    """Do it; a connection that broke is closed, so that the next look gets a new one."""
    try:
        return work()
    except (DatabaseError, InterfaceError):
        connection.close()
        raise
