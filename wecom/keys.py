"""The callback keys of our apps, kept in the process (回调密钥缓存).

A callback must be checked before it may be kept, also while the database is away: so each process
holds all keys, looks for changes every 30 s, and goes on with what it has when it cannot look.
"""

import logging
import threading
import time
from dataclasses import dataclass
from typing import Any, Final

from django.db import InterfaceError, OperationalError

from common import sql
from common.secrets import SecretUnreadable, decrypt
from wecom.crypto import CallbackKeys, decode_aes_key
from wecom.errors import CallbackRefused, CallbackUnavailable

logger = logging.getLogger(__name__)

FRESH_SECONDS: Final = 30.0
RETRY_SECONDS: Final = 1.0
# Where the secrets are kept, for SQL that opens them without the ORM.
_PLACE: Final = "wecom.App.{}"
_ENABLED_APPS: Final = """
SELECT app.id, app.slug, corp.id, corp.corp_id, app.callback_token, app.aes_key
  FROM wecom_app AS app JOIN wecom_corp AS corp ON corp.id = app.corp_id
 WHERE app.is_enabled
"""


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
        self._is_stale = False

    def receiver(self, corp_id: str, app_slug: str) -> Receiver:
        """Return the receiver a callback URL names.

        Raises:
            CallbackRefused: no such app, or it receives nothing.
            CallbackUnavailable: the database is away and the app is not among the keys at hand.
        """
        name = (corp_id, app_slug)
        receivers = self._current(missing=name)
        found = receivers.get(name)
        if found is None and self._is_stale:
            raise CallbackUnavailable("perhaps an app made since the database went away")
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
            self._is_stale = False
        except (OperationalError, InterfaceError):
            self._checked_at = time.monotonic() - FRESH_SECONDS + RETRY_SECONDS
            self._is_stale = True


def _read_receivers() -> dict[tuple[str, str], Receiver]:
    """Read every receiver that can be opened; a broken app is logged and left out.

    Each row is decrypted on its own, not by the ORM, where one bad value ends the whole query.
    """
    receivers: dict[tuple[str, str], Receiver] = {}
    for row in sql.fetch_all(_ENABLED_APPS):
        try:
            receiver = _receiver(row)
        except SecretUnreadable:
            _log_broken(row, "a callback secret does not decrypt")
        except ValueError:
            _log_broken(row, "the EncodingAESKey or the Token is malformed")
        else:
            if receiver is not None:
                receivers[receiver.corp_id, receiver.app_slug] = receiver
    return receivers


def _receiver(row: tuple[Any, ...]) -> Receiver | None:
    """Open one app's keys; None if it receives nothing."""
    app_pk, slug, corp_pk, corp_id, sealed_token, sealed_key = row
    token = decrypt(bytes(sealed_token), place=_PLACE.format("callback_token")).decode()
    aes_key = decrypt(bytes(sealed_key), place=_PLACE.format("aes_key")).decode()
    if not token or not aes_key:
        return None
    return Receiver(
        app_pk=app_pk,
        corp_pk=corp_pk,
        corp_id=corp_id,
        app_slug=slug,
        keys=CallbackKeys(token=token, aes_key=decode_aes_key(aes_key), receive_id=corp_id),
    )


def _log_broken(row: tuple[Any, ...], reason: str) -> None:
    """Name the app and what is wrong; the error's own text might quote a secret."""
    logger.error("callback_keys_broken", extra={"app": row[1], "corp": row[3], "reason": reason})


ring: Final = KeyRing()
