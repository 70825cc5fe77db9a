"""Taking callbacks in (接收回调): checked, decrypted, stored once, and only then answered."""

import logging
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from django.db import DataError, IntegrityError, InterfaceError, OperationalError, connection

from common import bell, secrets, sql
from wecom import keys, spool
from wecom.errors import CallbackRefused, CallbackUnavailable, EventMalformed
from wecom.events import parse_event
from wecom.front import OpenedCallback, open_callback, open_echo
from wecom.models import BODY_PLACE

logger = logging.getLogger(__name__)

WELCOME_SECONDS: Final = 20
LATE_AFTER: Final = timedelta(hours=24)
QUARANTINE_AFTER: Final = timedelta(days=7)
INTAKE_BELL: Final = "scrm.intake"
WELCOME_BELL: Final = "scrm.welcome"
MALFORMED: Final = "malformed"
MAX_NAME_CHARACTERS: Final = 128

# Due from the first: also where the clock of the host that received it is ahead of the others.
_INSERT: Final = """
INSERT INTO wecom_callbackreceipt (
    corp_id, app_id, digest, body, event_kind, subject_id, event_at, received_at, is_late,
    welcome_state, welcome_deadline_at, state, attempts, next_attempt_at, last_error)
VALUES (
    %(corp)s, %(app)s, %(digest)s, %(body)s, %(event_kind)s, %(subject_id)s, %(event_at)s,
    %(received_at)s, %(is_late)s, %(welcome_state)s, %(welcome_deadline_at)s, %(state)s, 0,
    least(%(received_at)s, %(event_at)s), %(last_error)s)
ON CONFLICT (corp_id, app_id, digest) DO NOTHING
RETURNING id
"""


@dataclass(frozen=True, slots=True)
class Received:
    """What became of a callback; in every case it is kept and may be answered `success`."""

    receipt_id: int | None
    is_duplicate: bool = False
    is_spooled: bool = False


@dataclass(frozen=True, slots=True)
class Drained:
    """What became of the files of one draining.

    Attributes:
        moved: Their callbacks are receipts now (or were already).
        quarantined: They can never be stored; people look at them.
        skipped: Another process was quicker, or they cannot be read now.
    """

    moved: int = 0
    quarantined: int = 0
    skipped: int = 0


def receive_callback(
    *, corp_id: str, app_slug: str, query: Mapping[str, str], body: bytes, now: datetime
) -> Received:
    """Take one POSTed callback in: check, decrypt, store once, ring the bells.

    With PostgreSQL away the still-encrypted callback goes to the spool. One statement outside any
    transaction, so the row is committed when this returns.

    Args:
        corp_id: The corp in the URL; must be the receive id inside the message.
        app_slug: The app in the URL.
        query: The request's query parameters, url-decoded.
        body: The request's body, as it came.
        now: Business time.

    Raises:
        CallbackRefused: not genuine or not well-formed: answer 403.
        CallbackUnavailable: neither database nor spool took it: answer 503, WeCom tries again.

    Source: wecom-api §25.3, reliability §4 R4, R6.
    """
    receiver = keys.ring.receiver(corp_id, app_slug)
    opened = open_callback(keys=receiver.keys, query=query, body=body)
    row = _row(receiver, opened, now=now)
    try:
        receipt_id = _insert_retrying(row)
    except (OperationalError, InterfaceError):
        _spool(receiver, query, body, opened.digest, now=now)
        return Received(receipt_id=None, is_spooled=True)
    if receipt_id is None:
        return Received(receipt_id=None, is_duplicate=True)
    _ring(row)
    return Received(receipt_id=receipt_id)


def verify_url(*, corp_id: str, app_slug: str, query: Mapping[str, str], now: datetime) -> str:
    """Check WeCom's URL verification (GET) and return the plain text to answer.

    That it passed is noted on the app; without a database it passes all the same.

    Raises:
        CallbackRefused: not genuine: answer 403.
        CallbackUnavailable: the keys cannot be read now: answer 503.

    Source: wecom-api §25.2.
    """
    receiver = keys.ring.receiver(corp_id, app_slug)
    echo = open_echo(keys=receiver.keys, query=query)
    try:
        sql.execute(
            "UPDATE wecom_app SET callback_verified_at = %s WHERE id = %s", [now, receiver.app_pk]
        )
    except (OperationalError, InterfaceError):
        logger.warning("callback_verification_not_noted", extra={"app": app_slug})
    return echo


def drain_spool(*, now: datetime) -> Drained:
    """Move what waits in the spool into receipts and return how many files went where.

    May run in several processes at once and be killed at any point: storing is idempotent and a
    file goes only after its row is committed. Files that can never be stored go to quarantine,
    those that cannot be read now stay; neither stops the others. It stops while the database is
    away.
    """
    spool.sweep_temporaries()
    drained: Counter[str] = Counter()
    for path in spool.waiting():
        try:
            _drain_file(path, now=now)
        except (OperationalError, InterfaceError, CallbackUnavailable):
            break
        except FileNotFoundError:
            drained["skipped"] += 1
        except OSError as error:
            logger.warning("spooled_callback_stuck", extra={"reason": type(error).__name__})
            drained["skipped"] += 1
        except (spool.SpoolUnreadable, CallbackRefused, DataError) as error:
            drained["quarantined" if _set_aside(path, error) else "skipped"] += 1
        else:
            drained["moved"] += 1
    return Drained(**drained)


def _drain_file(path: Path, *, now: datetime) -> None:
    """Store one file's callback, then delete the file."""
    callback = spool.read(path)
    receiver = keys.ring.receiver(callback.corp_id, callback.app_slug)
    opened = open_callback(keys=receiver.keys, query=callback.query, body=callback.body)
    row = _row(receiver, opened, now=min(callback.received_at, now))
    is_new = _insert(row) is not None
    spool.remove(path)
    if is_new:
        _ring(row)


def _set_aside(path: Path, error: Exception) -> bool:
    """Put a file into quarantine; false if another process was quicker or the disk refuses."""
    reason = type(error).__name__ if isinstance(error, DataError) else str(error)
    try:
        is_ours = spool.quarantine(path)
    except OSError:
        logger.exception("spooled_callback_not_quarantined", extra={"reason": reason})
        return False
    if is_ours:
        logger.warning("spooled_callback_quarantined", extra={"reason": reason})
    return is_ours


def prune_receipts(*, before: datetime, limit: int = 10_000) -> int:
    """Delete finished receipts received before a moment and return how many; dead ones stay."""
    return sql.execute(
        """DELETE FROM wecom_callbackreceipt WHERE id IN (
               SELECT id FROM wecom_callbackreceipt
                WHERE received_at < %s AND state IN ('done', 'ignored') LIMIT %s)""",
        [before, limit],
    )


def _row(receiver: keys.Receiver, opened: OpenedCallback, *, now: datetime) -> dict[str, Any]:
    """Say everything the table keeps about a callback; a malformed one is kept, but dead."""
    row: dict[str, Any] = {
        "corp": receiver.corp_pk,
        "app": receiver.app_pk,
        "digest": opened.digest,
        "body": secrets.encrypt(opened.xml, place=BODY_PLACE),
        "received_at": now,
        "event_kind": MALFORMED,
        "subject_id": "",
        "event_at": now,
        "is_late": False,
        "welcome_state": "none",
        "welcome_deadline_at": None,
        "state": "new",
        "last_error": "",
    }
    try:
        event = parse_event(opened.xml)
    except EventMalformed as error:
        return row | {"state": "dead", "last_error": str(error)}
    age = now - event.occurred_at
    row |= {
        "event_kind": event.kind[:MAX_NAME_CHARACTERS],
        "subject_id": event.subject_id[:MAX_NAME_CHARACTERS],
        "event_at": event.occurred_at,
        "is_late": age > LATE_AFTER,
    }
    if age > QUARANTINE_AFTER:
        return row | {"state": "dead", "last_error": "older than seven days"}
    if getattr(event, "welcome_code", ""):
        # Also when the code has run out: the lane records that nobody was greeted, and why.
        row["welcome_deadline_at"] = event.occurred_at + timedelta(seconds=WELCOME_SECONDS)
        row["welcome_state"] = "new"
    return row


def _insert(row: dict[str, Any]) -> int | None:
    """Store one row and return its id, None if it was there already."""
    try:
        found = sql.fetch_value(_INSERT, row)
    except IntegrityError as error:
        keys.ring.forget()
        raise CallbackRefused("the receiver is gone") from error
    return None if found is None else int(found)


def _insert_retrying(row: dict[str, Any]) -> int | None:
    """Store one row; a connection that died since its last use gets one successor.

    Storing twice is harmless, so it does not matter whether the first try was committed.
    """
    try:
        return _insert(row)
    except (OperationalError, InterfaceError):
        if connection.in_atomic_block:
            raise
        connection.close()
        return _insert(row)


def _spool(
    receiver: keys.Receiver,
    query: Mapping[str, str],
    body: bytes,
    digest: bytes,
    *,
    now: datetime,
) -> None:
    callback = spool.SpooledCallback(
        corp_id=receiver.corp_id,
        app_slug=receiver.app_slug,
        query=query,
        body=body,
        received_at=now,
    )
    try:
        spool.write(callback, digest=digest)
    except OSError as error:
        raise CallbackUnavailable("neither database nor spool") from error
    logger.warning("callback_spooled", extra={"app": receiver.app_slug})


def _ring(row: dict[str, Any]) -> None:
    if row["welcome_state"] == "new":
        bell.ring(WELCOME_BELL)
    if row["state"] == "new":
        bell.ring(INTAKE_BELL)
