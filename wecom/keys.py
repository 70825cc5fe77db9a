"""The callback keys of our apps, kept in the process (回调密钥缓存).

A callback must be checked before it may be kept, also while the database is away: so each process
holds all keys, looks for changes every 30 s, and goes on with what it has when it cannot look.
"""

import threading
import time
from dataclasses import dataclass
from typing import Final

from django.db import InterfaceError, OperationalError

from wecom.crypto import CallbackKeys, decode_aes_key
from wecom.errors import CallbackRefused, CallbackUnavailable
from wecom.models import App

FRESH_SECONDS: Final = 30.0
RETRY_SECONDS: Final = 1.0


@dataclass(frozen=True, slots=True)
class Receiver:
    """Where one app's callbacks go and how they are opened."""

    app_pk: int
    corp_pk: int
    corp_id: str
    app_slug: str
    keys: CallbackKeys


class KeyRing:
    """All receivers of this process, by (corp id, app slug)."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._receivers: dict[tuple[str, str], Receiver] | None = None
        self._checked_at = 0.0

    def receiver(self, corp_id: str, app_slug: str) -> Receiver:
        """Return the receiver a callback URL names.

        Raises:
            CallbackRefused: no such app, or it receives nothing.
            CallbackUnavailable: the keys were never loaded and the database is away.
        """
        name = (corp_id, app_slug)
        receivers = self._current(missing=name)
        found = receivers.get(name)
        if found is None:
            raise CallbackRefused("unknown receiver")
        return found

    def warm_up(self) -> int:
        """Load the keys now (at the start of a process) and say how many receivers there are."""
        with self._lock:
            self._load()
            return len(self._receivers or {})

    def forget(self) -> None:
        """Drop everything: the next callback loads the keys again."""
        with self._lock:
            self._receivers = None

    def _current(self, *, missing: tuple[str, str]) -> dict[tuple[str, str], Receiver]:
        receivers = self._receivers
        if receivers is not None and self._is_fresh(receivers, missing):
            return receivers
        with self._lock:
            receivers = self._receivers
            if receivers is None or not self._is_fresh(receivers, missing):
                self._load()
            if self._receivers is None:
                raise CallbackUnavailable("no keys and no database")
            return self._receivers

    def _is_fresh(
        self, receivers: dict[tuple[str, str], Receiver], missing: tuple[str, str]
    ) -> bool:
        """Known receivers stay fresh longer than the news that there is none."""
        allowed = FRESH_SECONDS if missing in receivers else RETRY_SECONDS
        return time.monotonic() - self._checked_at < allowed

    def _load(self) -> None:
        """Read all keys; keep the old ones while the database is away."""
        try:
            self._receivers = _read_receivers()
            self._checked_at = time.monotonic()
        except (OperationalError, InterfaceError):
            self._checked_at = time.monotonic() - FRESH_SECONDS + RETRY_SECONDS


def _read_receivers() -> dict[tuple[str, str], Receiver]:
    apps = App.objects.filter(is_enabled=True).select_related("corp")
    return {
        (app.corp.corp_id, app.slug): Receiver(
            app_pk=app.pk,
            corp_pk=app.corp.pk,
            corp_id=app.corp.corp_id,
            app_slug=app.slug,
            keys=CallbackKeys(
                token=app.callback_token,
                aes_key=decode_aes_key(app.aes_key),
                receive_id=app.corp.corp_id,
            ),
        )
        for app in apps
        if app.callback_token and app.aes_key
    }


ring: Final = KeyRing()
