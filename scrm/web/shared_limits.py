"""How often somebody may do something, counted over all processes in Redis (限次).

Redis has a fifth of a second to answer. While it is away or hangs, each process counts for itself
and leaves it alone for a while: a limit never stops the work, and hardly delays it.
"""

import logging
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

from scrm.web.rate_limits import RateLimit

logger = logging.getLogger(__name__)

# To connect and to answer, each.
TIMEOUT_SECONDS: Final = 0.1
# So long nobody asks a Redis that has not answered.
REST_SECONDS: Final = 5.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether one more is allowed, how many are left, and when all are allowed again."""

    is_allowed: bool
    left: int
    resets_in_seconds: int


class SharedLimit:
    """At most so many a window for each key; windows begin at fixed times of the real clock."""

    def __init__(self, name: str, most: int, *, window: timedelta, redis_url: str = "") -> None:
        self._name = name
        self._most = most
        self._seconds = int(window.total_seconds())
        self._local = RateLimit(most, window=window)
        self._redis = redis.Redis.from_url(
            redis_url or settings.REDIS_URL,
            socket_timeout=TIMEOUT_SECONDS,
            socket_connect_timeout=TIMEOUT_SECONDS,
            retry=Retry(NoBackoff(), 0),
        )
        self._asked_again_at = 0.0

    def count(self, key: str) -> Verdict:
        """Count one more for a key."""
        seconds = time.time()
        number = int(seconds // self._seconds)
        count = self._count_shared(f"limit:{self._name}:{key}:{number}")
        if count is None:
            count = self._local.count((key, number), now=datetime.now(UTC))
        resets_in = max(1, round((number + 1) * self._seconds - seconds))
        return Verdict(count <= self._most, max(0, self._most - count), resets_in)

    def _count_shared(self, key: str) -> int | None:
        """Return the count of all processes, or None where Redis does not tell."""
        if time.monotonic() < self._asked_again_at:
            return None
        try:
            with self._redis.pipeline() as pipe:
                pipe.incr(key)
                pipe.expire(key, 2 * self._seconds)
                return int(pipe.execute()[0])
        except redis.RedisError:
            self._asked_again_at = time.monotonic() + REST_SECONDS
            logger.warning("limit_counts_alone", extra={"limit": self._name})
            return None
