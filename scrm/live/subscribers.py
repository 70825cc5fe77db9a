"""One open stream as the hub sees it (订阅者): whom it follows, what waits, where it stands."""

import asyncio
from collections import deque
from typing import Final

from scrm.live.messages import Feed, Message, told
from scrm.web.positions import Mark, Position

# Whoever is this far behind is cut off; they come back and are told from where they stood.
MOST_WAITING: Final = 200


class Subscriber:
    """One stream: a bounded queue between the hub, which never waits, and one slow connection.

    The queue holds messages, and between them the numbers that had settled by then: the position
    that goes out with a message claims nothing that is still in the queue.
    """

    def __init__(self, *, customer_id: int | None, staff_id: int | None, language: str) -> None:
        self.customer_id = customer_id
        self.staff_id = staff_id
        self.language = language
        self.position = Position(Mark(0), Mark(0))
        self.end_with = ""
        self.is_overrun = False
        self._waiting: deque[Message | tuple[int, int]] = deque()
        self._something = asyncio.Event()

    def offer(self, message: Message) -> None:
        """Put a message into the queue; a full one is given up as a whole."""
        if self.is_overrun:
            return
        if len(self._waiting) >= MOST_WAITING:
            self.is_overrun = True
            self._waiting.clear()
        else:
            self._waiting.append(message)
        self._something.set()

    def settle(self, settled: tuple[int, int]) -> None:
        """Note that all before this has settled, and stands before it in the queue.

        Whoever was given up stays where they stood: what they were not told lies before this.
        """
        if self.is_overrun:
            return
        if not self._waiting:
            self._stand_at(settled)
        elif isinstance(self._waiting[-1], tuple):
            self._waiting[-1] = settled
        else:
            self._waiting.append(settled)

    def end(self, name: str) -> None:
        """End the stream with an order to the page."""
        self.end_with = self.end_with or name
        self._something.set()

    async def wait(self, seconds: float) -> None:
        """Wait until there is something to do, or so long."""
        try:
            async with asyncio.timeout(seconds):
                await self._something.wait()
        except TimeoutError:
            return
        self._something.clear()

    def take(self) -> Message | None:
        """Take the next message that the reader does not have; the position moves with it."""
        while self._waiting:
            item = self._waiting.popleft()
            if isinstance(item, tuple):
                self._stand_at(item)
            elif self._note(item):
                return item
        return None

    def _note(self, message: Message) -> bool:
        """Count a message as told; false when it was told before."""
        mark = self.position.events if message.feed is Feed.EVENTS else self.position.alerts
        if mark.has(message.number):
            return False
        self.position = told(self.position, message)
        return True

    def _stand_at(self, settled: tuple[int, int]) -> None:
        self.position = Position(
            self.position.events.settle(settled[0]), self.position.alerts.settle(settled[1])
        )
