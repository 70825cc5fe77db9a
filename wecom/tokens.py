"""Tokens and tickets (凭证): one value for all processes, renewed by one of them at a time.

Algorithm of `obtain`:
1. The process's own copy is good and not the one WeCom refused: use it, no database.
2. Read the lease row; another process has renewed it: use that.
3. WeCom refused us a moment ago for good (wrong secret …): say so without asking again.
4. Take the right to renew: compare-and-set of `refreshing_until` and `fence` in one statement.
5. Taken: ask WeCom outside any transaction, write back if the fence is still ours.
6. Not taken: wait for the row's version to move, a few seconds at most.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db.models import BooleanField, ExpressionWrapper, Q
from django.db.models.functions import Now

from wecom.errcodes import error_for
from wecom.errors import Permanent, Transient, WeComError
from wecom.models import TokenLease
from wecom.models.token_lease import TokenKind

# Longer than a request can take (connect + read), shorter than people notice.
REFRESH_LEASE: Final = timedelta(seconds=15)
WAIT_SECONDS: Final = 12.0
POLL_SECONDS: Final = 0.05
FAILED_REST: Final = timedelta(seconds=60)
EARLY_SECONDS: Final = 300
EARLY_SHARE: Final = 0.1


@dataclass(frozen=True, slots=True)
class Fetched:
    """What WeCom gave: a value and how long it lives."""

    value: str
    expires_in_seconds: int

    def use_until(self, now: datetime) -> datetime:
        """Return when to renew: five minutes early, less for short lives."""
        early = min(EARLY_SECONDS, self.expires_in_seconds * EARLY_SHARE)
        return now + timedelta(seconds=self.expires_in_seconds - early)


@dataclass(frozen=True, slots=True)
class Token:
    """A value of one lease row at one version; the value is never shown in a repr."""

    value: str
    version: int
    expires_at: datetime

    def __repr__(self) -> str:
        return f"Token(version={self.version}, expires_at={self.expires_at.isoformat()})"

    def is_usable(self, now: datetime, refused: "Token | None") -> bool:
        """True while it has not expired and is newer than the one that was refused."""
        return now < self.expires_at and (refused is None or self.version > refused.version)


Key = tuple[int, TokenKind]
_cache: dict[Key, Token] = {}
_locks: dict[Key, threading.Lock] = {}
_locks_guard = threading.Lock()


def obtain(
    *,
    app_pk: int,
    kind: TokenKind,
    now: datetime,
    fetch: Callable[[], Fetched],
    refused: Token | None = None,
) -> Token:
    """Return a usable token or ticket of an app.

    Args:
        app_pk: Primary key of the app.
        kind: Which of its values.
        now: Business time.
        fetch: Asks WeCom for a new value; called at most once at a time over all processes.
        refused: The token WeCom has just refused; nothing as old as it is returned.

    Raises:
        WeComError: WeCom gave none; `Transient` if another process has not finished in time.

    Source: wecom-api §2.2, reliability §4 R14.
    """
    key = (app_pk, kind)
    cached = _cache.get(key)
    if cached is not None and cached.is_usable(now, refused):
        return cached
    lock = _lock_of(key)
    if not lock.acquire(timeout=WAIT_SECONDS):
        raise Transient("the token is still being renewed", retry_after_seconds=1.0)
    try:
        cached = _cache.get(key)
        if cached is None or not cached.is_usable(now, refused):
            cached = _cache[key] = _obtain_shared(key, now, fetch, refused)
        return cached
    finally:
        lock.release()


def forget() -> None:
    """Drop this process's copies: the next call reads the lease rows again."""
    _cache.clear()


def _obtain_shared(
    key: Key, now: datetime, fetch: Callable[[], Fetched], refused: Token | None
) -> Token:
    """Steps 2 to 6, over all processes."""
    deadline = time.monotonic() + WAIT_SECONDS
    while True:
        lease = _read(key)
        token = _token_of(lease)
        if token is not None and token.is_usable(now, refused):
            return token
        if lease.is_resting:  # type: ignore[attr-defined] # annotated by _read
            raise error_for(lease.failed_errcode or 0, message="refused a moment ago")
        if _take(lease):
            renewed = _renew(lease, now, fetch)
            if renewed is not None:
                return renewed
        if time.monotonic() > deadline:
            raise Transient("the token is still being renewed", retry_after_seconds=1.0)
        time.sleep(POLL_SECONDS)


def _read(key: Key) -> TokenLease:
    """Read the lease row, made on first use."""
    app_pk, kind = key
    rows = TokenLease.objects.filter(app_id=app_pk, kind=kind).annotate(
        is_resting=ExpressionWrapper(
            Q(failed_until__isnull=False, failed_until__gt=Now()), output_field=BooleanField()
        )
    )
    found = rows.first()
    if found is None:
        TokenLease.objects.bulk_create(
            [TokenLease(app_id=app_pk, kind=kind)], ignore_conflicts=True
        )
        found = rows.get()
    return found


def _token_of(lease: TokenLease) -> Token | None:
    if lease.value is None or lease.expires_at is None:
        return None
    return Token(value=lease.value, version=lease.version, expires_at=lease.expires_at)


def _take(lease: TokenLease) -> bool:
    """Take the right to renew this very version; False if somebody else has it."""
    free = Q(refreshing_until__isnull=True) | Q(refreshing_until__lt=Now())
    same = TokenLease.objects.filter(free, pk=lease.pk, fence=lease.fence, version=lease.version)
    taken = same.update(refreshing_until=Now() + REFRESH_LEASE, fence=lease.fence + 1)
    return taken == 1


def _renew(lease: TokenLease, now: datetime, fetch: Callable[[], Fetched]) -> Token | None:
    """Ask WeCom and write back; None if we were so slow that another one took over."""
    mine = TokenLease.objects.filter(pk=lease.pk, fence=lease.fence + 1)
    try:
        fetched = fetch()
    except Permanent as error:
        mine.update(
            refreshing_until=None,
            failed_until=Now() + FAILED_REST,
            failed_errcode=error.errcode,
        )
        raise
    except WeComError:
        mine.update(refreshing_until=None)
        raise
    token = Token(value=fetched.value, version=lease.version + 1, expires_at=fetched.use_until(now))
    stored = mine.update(
        value=token.value,
        version=token.version,
        expires_at=token.expires_at,
        refreshed_at=now,
        refreshing_until=None,
        failed_until=None,
        failed_errcode=None,
    )
    return token if stored == 1 else None


def _lock_of(key: Key) -> threading.Lock:
    with _locks_guard:
        return _locks.setdefault(key, threading.Lock())
