"""Bells: wake-ups without payload for the workers (唤醒).

The work itself stands in rows. A bell rung on commit says "look now"; one that gets lost costs a
second, until beat rings again. Bells of one name are folded into one while none has been answered:
the key is taken away before the worker looks at the rows, so a bell that finds the key belongs to
a look that has not begun.
"""

import logging
from typing import Final

import redis
from celery import current_app
from django.conf import settings
from django.db import transaction
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)

EXPIRES_SECONDS: Final = 3
_client = redis.Redis.from_url(
    settings.REDIS_URL, socket_timeout=0.2, socket_connect_timeout=0.2, health_check_interval=0
)


def ring(task_name: str) -> None:
    """Ring the bell of a task after the present transaction commits (at once outside one)."""
    connection = transaction.get_connection()
    if any(getattr(entry[1], "bell", None) == task_name for entry in connection.run_on_commit):
        return

    def send() -> None:
        _send(task_name)

    send.bell = task_name  # type: ignore[attr-defined] # marks the callback so one commit rings once
    transaction.on_commit(send)


def answered(task_name: str) -> None:
    """Say that the bell of this task is being answered now: later ones must ring again."""
    try:
        _client.delete(_key(task_name))
    except redis.RedisError:
        logger.info("bell_not_cleared", extra={"task": task_name})


def _send(task_name: str) -> None:
    try:
        if _client.set(_key(task_name), 1, nx=True, ex=EXPIRES_SECONDS):
            current_app.send_task(
                task_name,
                expires=EXPIRES_SECONDS,
                retry=False,
                queue=settings.BELL_QUEUES.get(task_name, "bulk"),
            )
    except (redis.RedisError, OperationalError):
        logger.warning("bell_not_rung", extra={"task": task_name})


def _key(task_name: str) -> str:
    return f"bell:{task_name}"
