"""News for whoever is watching (动静): of whom there is something new, never what.

Live streams read rows; this only says when to look. A message holds a subject and numbers, so what
passes through Redis tells nothing about anybody. It is sent after the commit by a thread of its
own; one that gets lost costs a second, for watchers look every second anyway.
"""

import json
import logging
import os
import threading
import time
from collections.abc import Collection, Iterable
from typing import Final

import redis
from django.conf import settings
from django.db import transaction

logger = logging.getLogger(__name__)

# More of them at once is no news but an import: watchers see it at their next look.
MOST_NUMBERS: Final = 200
# The rest after each message, in which more news gathers.
GATHER_SECONDS: Final = 0.002
# The rest while Redis is away.
AWAY_SECONDS: Final = 1.0
_client = redis.Redis.from_url(
    settings.REDIS_URL, socket_timeout=0.2, socket_connect_timeout=0.2, health_check_interval=0
)


def channel() -> str:
    """Return the channel of this deployment; Redis has one set of channels for all its numbers."""
    return f"news:{settings.DATABASES['default']['NAME']}"


def tell(subject: str, numbers: Iterable[int]) -> None:
    """Say after the present transaction commits that there is something new of these.

    Args:
        subject: What the numbers are of, such as `customer` or `staff`.
        numbers: At most `MOST_NUMBERS`; of more nothing is said.
    """
    wanted = set(numbers)
    if wanted and len(wanted) <= MOST_NUMBERS:
        transaction.on_commit(lambda: _teller.ask(subject, wanted))


def read(message: str | bytes) -> dict[str, set[int]]:
    """Return the numbers of one message by subject; of one that is none of ours, nothing."""
    try:
        found = json.loads(message)
        return {subject: {int(one) for one in numbers} for subject, numbers in found.items()}
    except (ValueError, TypeError, AttributeError):
        return {}


class _Teller:
    """Sends in a thread of its own, made anew in a forked child."""

    def __init__(self) -> None:
        self._waiting: dict[str, set[int]] = {}
        self._asked = threading.Condition()
        self._pid = 0
        self._beginning = threading.Lock()
        os.register_at_fork(after_in_child=self._forget_locks)

    def ask(self, subject: str, numbers: Collection[int]) -> None:
        """Ask for a message and go on at once."""
        if self._pid != os.getpid():
            with self._beginning:
                if self._pid != os.getpid():
                    self._begin()
        with self._asked:
            waiting = self._waiting.setdefault(subject, set())
            if len(waiting) < MOST_NUMBERS:
                waiting.update(numbers)
            self._asked.notify()

    def _begin(self) -> None:
        self._waiting = {}
        self._asked = threading.Condition()
        threading.Thread(target=self._send_for_ever, name="news", daemon=True).start()
        self._pid = os.getpid()

    def _forget_locks(self) -> None:
        """In a forked child nobody is left who would release what another thread held."""
        self._beginning = threading.Lock()

    def _send_for_ever(self) -> None:
        while True:
            with self._asked:
                self._asked.wait_for(lambda: bool(self._waiting))
                news, self._waiting = self._waiting, {}
            time.sleep(GATHER_SECONDS if _publish(news) else AWAY_SECONDS)


_teller = _Teller()


def _publish(news: dict[str, set[int]]) -> bool:
    text = json.dumps({subject: sorted(numbers) for subject, numbers in news.items()})
    try:
        _client.publish(channel(), text)
    except redis.RedisError:
        logger.info("news_not_told")
        return False
    return True
