"""Bells: wake-ups without payload for the workers (唤醒).

The work itself stands in rows. A bell rung on commit says "look now"; one that gets lost costs a
second, until beat rings again. So nobody waits for a bell: a thread of its own rings them, and one
that is asked for again before it was rung is rung once. Across processes a key in Redis folds them:
it is taken away before the worker looks at the rows, so a bell that finds the key belongs to a look
that has not begun.
"""

import logging
import os
import threading
import time
from typing import Final

import redis
from celery import current_app
from django.conf import settings
from django.db import transaction
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)

EXPIRES_SECONDS: Final = 3
# The rest after each bell: a wake-up comes that much later at most.
FOLD_SECONDS: Final = 0.01
# The rest while nobody has answered the last ones: whoever does will look at everything anyway.
UNANSWERED_SECONDS: Final = 0.03
# A queue as long as this wakes whoever comes: while its workers are away it does not grow.
FULL_QUEUE: Final = 100
_client = redis.Redis.from_url(
    settings.REDIS_URL, socket_timeout=0.2, socket_connect_timeout=0.2, health_check_interval=0
)


class _Ringer:
    """Rings bells in a thread of its own, made anew in a forked child."""

    def __init__(self) -> None:
        self._waiting: dict[str, None] = {}
        self._asked = threading.Condition()
        self._pid = 0
        self._beginning = threading.Lock()
        os.register_at_fork(after_in_child=self._forget_locks)

    def ask(self, task_name: str) -> None:
        """Ask for a bell and go on at once."""
        if self._pid != os.getpid():
            with self._beginning:
                if self._pid != os.getpid():
                    self._begin()
        with self._asked:
            self._waiting[task_name] = None
            self._asked.notify()

    def _begin(self) -> None:
        self._waiting = {}
        self._asked = threading.Condition()
        threading.Thread(target=self._ring_for_ever, name="bells", daemon=True).start()
        self._pid = os.getpid()

    def _forget_locks(self) -> None:
        """In a forked child nobody is left who would release what another thread held."""
        self._beginning = threading.Lock()

    def _ring_for_ever(self) -> None:
        while True:
            with self._asked:
                self._asked.wait_for(lambda: bool(self._waiting))
                names, self._waiting = list(self._waiting), {}
            has_rung = [_send(name) for name in names]
            # A burst must not pay for every bell: what is asked for meanwhile is rung once.
            time.sleep(FOLD_SECONDS if any(has_rung) else UNANSWERED_SECONDS)


_ringer = _Ringer()


def ring(task_name: str) -> None:
    """Ring the bell of a task after the present transaction commits (at once outside one)."""
    transaction.on_commit(lambda: _ringer.ask(task_name))


def ring_now(task_name: str, *, expires_seconds: float = EXPIRES_SECONDS) -> None:
    """Ring the bell of a task in this thread, unless one is waiting to be answered (beat).

    Args:
        task_name: The task.
        expires_seconds: After so long a bell that nobody answered counts no more.
    """
    _send(task_name, expires_seconds)


def answered(task_name: str) -> None:
    """Say that the bell of this task is being answered now: later ones must ring again."""
    try:
        _client.delete(_key(task_name))
    except redis.RedisError:
        logger.info("bell_not_cleared", extra={"task": task_name})


def _send(task_name: str, expires_seconds: float = EXPIRES_SECONDS) -> bool:
    """Ring; false when a bell that nobody has answered yet is enough."""
    queue = settings.BELL_QUEUES.get(task_name, "bulk")
    try:
        is_first = _client.set(_key(task_name), 1, nx=True, px=round(expires_seconds * 1_000))
        # Celery throws expired bells away only when a worker takes them out.
        if is_first and _client.llen(queue) < FULL_QUEUE:
            current_app.send_task(task_name, expires=expires_seconds, retry=False, queue=queue)
    except (redis.RedisError, OperationalError):
        logger.warning("bell_not_rung", extra={"task": task_name})
        return False
    return bool(is_first)


def _key(task_name: str) -> str:
    return f"bell:{task_name}"
