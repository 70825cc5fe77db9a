"""Taking receipts to work on them (领取回调): in order per subject, with leases and back-off.

A claim commits at once and holds a lease, because the work may ask WeCom and no transaction may be
open meanwhile. The lease is the database's time, so that a host with a wrong clock or a jump of the
demo clock neither steals nor blocks; the back-off after an error is business time. Claims are
serialised by an advisory lock for the few milliseconds they take: so two workers can never hold
receipts of the same customer.
"""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, TypeAlias

from django.db import connection, transaction

from common import secrets, sql
from wecom.errors import EventMalformed
from wecom.events import Event, parse_event
from wecom.models import BODY_PLACE

logger = logging.getLogger(__name__)

LEASE: Final = timedelta(seconds=60)
WELCOME_LOOK_BACK: Final = timedelta(days=7)
MAX_ATTEMPTS: Final = 8
BACKOFF_BASE: Final = 4
BACKOFF_CAP_SECONDS: Final = 3600
MAX_ERROR_CHARACTERS: Final = 500
_CLAIM_LOCK: Final = 0x57C0_0001

# The choice stands before the update: as a sub-select of it a plan may run it once per row, and
# each run skips what the last one locked, so that more would be claimed than was asked for.
_CLAIM: Final = """
WITH chosen AS MATERIALIZED (
    SELECT id
      FROM wecom_callbackreceipt AS due
     WHERE state = 'new' AND next_attempt_at <= %(now)s AND {which}
       AND (lease_until IS NULL OR lease_until <= clock_timestamp())
       AND (subject_id = '' OR NOT EXISTS (
            SELECT 1 FROM wecom_callbackreceipt AS other
             WHERE other.state = 'new' AND other.corp_id = due.corp_id
               AND other.subject_id = due.subject_id AND other.id <> due.id
               AND (other.next_attempt_at > %(now)s
                    OR other.lease_until > clock_timestamp())))
     ORDER BY id LIMIT %(limit)s
       FOR UPDATE SKIP LOCKED)
UPDATE wecom_callbackreceipt AS taken
   SET attempts = taken.attempts + 1, lease_until = clock_timestamp() + %(lease)s
  FROM chosen, wecom_app AS app, wecom_corp AS corp
 WHERE taken.id = chosen.id AND app.id = taken.app_id AND corp.id = taken.corp_id
RETURNING taken.id, corp.id, corp.corp_id, app.slug, taken.digest, taken.body, taken.event_kind,
          taken.event_at, taken.received_at, taken.is_late, taken.attempts, taken.welcome_state
"""
_CLAIM_FIRST_TRY: Final = _CLAIM.format(which="attempts = 0")
_CLAIM_SUSPECT: Final = _CLAIM.format(which="attempts > 0")

_WELCOMES: Final = """
SELECT r.id, corp.id, corp.corp_id, app.slug, r.digest, r.body, r.event_kind, r.event_at,
       r.received_at, r.is_late, r.attempts, r.welcome_state
  FROM wecom_callbackreceipt AS r
  JOIN wecom_app AS app ON app.id = r.app_id
  JOIN wecom_corp AS corp ON corp.id = r.corp_id
 WHERE r.welcome_state = 'new' AND {which}
 ORDER BY r.welcome_deadline_at LIMIT %(limit)s
   FOR UPDATE OF r SKIP LOCKED
"""
_LIVING: Final = _WELCOMES.format(which="r.welcome_deadline_at > %(now)s")
_TOO_LATE: Final = _WELCOMES.format(
    which="r.welcome_deadline_at > %(oldest)s AND r.welcome_deadline_at <= %(now)s"
)
_AMONG: Final = _WELCOMES.format(which="r.id = ANY(%(ids)s)")

_Row: TypeAlias = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class ClaimedReceipt:
    """One receipt in work; `attempts` is the fence of this claim."""

    id: int
    corp_pk: int
    corp_id: str
    app_slug: str
    digest: bytes
    event: Event
    event_kind: str
    event_at: datetime
    received_at: datetime
    is_late: bool
    attempts: int
    welcome_state: str


def pending_receipts(
    *, limit: int, now: datetime, lease: timedelta = LEASE
) -> list[ClaimedReceipt]:
    """Claim up to `limit` receipts that are due, those of one subject together and in order.

    Call it outside any transaction. A receipt that was tried before comes alone, so that one which
    kills its process takes no neighbours with it. After `MAX_ATTEMPTS` claims it is dead.

    Args:
        limit: Most receipts to return.
        now: Business time, for what waits after an error.
        lease: How long they belong to the caller, by the database's clock; afterwards another one
            may claim them.

    Returns:
        Receipts ordered by time of the event, then of arrival.

    Source: design §3, reliability §4 R11.
    """
    params = {"now": now, "lease": lease, "limit": limit}
    with transaction.atomic():
        sql.execute("SELECT pg_advisory_xact_lock(%s)", [_CLAIM_LOCK])
        _bury_worn_out(now=now)
        rows = sql.fetch_all(_CLAIM_SUSPECT, params | {"limit": 1})
        if not rows:
            rows = sql.fetch_all(_CLAIM_FIRST_TRY, params)
        return _readable(rows)


def mark_done(
    receipts: Sequence[ClaimedReceipt], *, now: datetime, is_ignored: bool = False
) -> int:
    """Finish claimed receipts and return how many were still ours.

    May run in the transaction that applies them: then both happen or none.
    """
    return sql.execute(
        """UPDATE wecom_callbackreceipt AS r
              SET state = %(state)s, done_at = %(now)s, lease_until = NULL, last_error = ''
             FROM unnest(%(ids)s::bigint[], %(fences)s::int[]) AS mine (id, fence)
            WHERE r.id = mine.id AND r.state = 'new' AND r.attempts = mine.fence""",
        {
            "state": "ignored" if is_ignored else "done",
            "now": now,
            "ids": [receipt.id for receipt in receipts],
            "fences": [receipt.attempts for receipt in receipts],
        },
    )


def mark_failed(receipt: ClaimedReceipt, *, reason: str, now: datetime) -> bool:
    """Put a receipt back after an error: 1 s to 1 h later, dead after the eighth time.

    Returns:
        True if it is dead now.
    """
    is_dead = receipt.attempts >= MAX_ATTEMPTS
    wait = min(BACKOFF_BASE ** (receipt.attempts - 1), BACKOFF_CAP_SECONDS)
    sql.execute(
        """UPDATE wecom_callbackreceipt
              SET state = %s, next_attempt_at = %s, lease_until = NULL, last_error = %s
            WHERE id = %s AND state = 'new' AND attempts = %s""",
        [
            "dead" if is_dead else "new",
            now + timedelta(seconds=wait),
            reason[:MAX_ERROR_CHARACTERS],
            receipt.id,
            receipt.attempts,
        ],
    )
    return is_dead


def postpone(receipt: ClaimedReceipt, *, seconds: float, reason: str, now: datetime) -> None:
    """Put a receipt back because WeCom cannot be asked now; that does not count as an attempt."""
    sql.execute(
        """UPDATE wecom_callbackreceipt
              SET attempts = attempts - 1, next_attempt_at = %s, lease_until = NULL,
                  last_error = %s
            WHERE id = %s AND state = 'new' AND attempts = %s""",
        [
            now + timedelta(seconds=seconds),
            reason[:MAX_ERROR_CHARACTERS],
            receipt.id,
            receipt.attempts,
        ],
    )


def revive(receipt_ids: Iterable[int], *, now: datetime) -> int:
    """Give dead receipts a new life (an operator's replay) and return how many."""
    return sql.execute(
        """UPDATE wecom_callbackreceipt
              SET state = 'new', attempts = 0, next_attempt_at = %s, lease_until = NULL,
                  last_error = ''
            WHERE id = ANY(%s) AND state = 'dead'""",
        [now, list(receipt_ids)],
    )


def claim_welcomes(
    *, limit: int, now: datetime, among: Sequence[ClaimedReceipt] | None = None
) -> list[ClaimedReceipt]:
    """Lock up to `limit` receipts whose welcome waits, nearest deadline first.

    Those whose code has run out come only when no living one waits, back to `WELCOME_LOOK_BACK`: so
    that the lane can record why nobody was greeted. Call it inside the transaction that plans the
    welcomes, and end it with `mark_welcomes`: a worker that dies in between leaves them to the next
    one. The welcome of a receipt that cannot be read any more is given up at once.

    Args:
        limit: Most receipts to return.
        now: Business time.
        among: Receipts of an earlier look; None looks for whatever waits.

    Raises:
        RuntimeError: there is no transaction to hold the locks.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("claim_welcomes needs the transaction that plans the welcomes")
    params: dict[str, Any] = {"now": now, "oldest": now - WELCOME_LOOK_BACK, "limit": limit}
    if among is not None:
        rows = sql.fetch_all(_AMONG, params | {"ids": [receipt.id for receipt in among]})
    else:
        rows = sql.fetch_all(_LIVING, params) or sql.fetch_all(_TOO_LATE, params)
    receipts, broken = _opened(rows)
    if broken:
        # Only the welcome ends here: intake meets the receipt too and says why it is dead.
        sql.execute(
            "UPDATE wecom_callbackreceipt SET welcome_state = 'expired' WHERE id = ANY(%s)",
            [[receipt_id for receipt_id, _reason in broken]],
        )
    return receipts


def mark_welcomes(receipts: Sequence[ClaimedReceipt]) -> int:
    """Say that the welcomes of these receipts are planned (or need none)."""
    return sql.execute(
        """UPDATE wecom_callbackreceipt SET welcome_state = 'done'
            WHERE id = ANY(%s) AND welcome_state = 'new'""",
        [[receipt.id for receipt in receipts]],
    )


def expire_welcomes(*, now: datetime) -> int:
    """Give up the welcomes that are too old for the lane to look at, and return how many.

    Codes that ran out lately are left to it: it ends them with a touch that says why.
    """
    return sql.execute(
        """UPDATE wecom_callbackreceipt SET welcome_state = 'expired'
            WHERE welcome_state = 'new' AND welcome_deadline_at <= %s""",
        [now - WELCOME_LOOK_BACK],
    )


def _bury_worn_out(*, now: datetime) -> None:
    """Set aside what was claimed eight times and never came back: it kills its workers."""
    sql.execute(
        """UPDATE wecom_callbackreceipt
              SET state = 'dead', lease_until = NULL,
                  last_error = 'claimed eight times without an end'
            WHERE state = 'new' AND attempts >= %s AND next_attempt_at <= %s
              AND (lease_until IS NULL OR lease_until <= clock_timestamp())""",
        [MAX_ATTEMPTS, now],
    )


def _readable(rows: Sequence[_Row]) -> list[ClaimedReceipt]:
    """Open claimed rows; what cannot be read any more is dead at once."""
    claimed, broken = _opened(rows)
    for receipt_id, reason in broken:
        sql.execute(
            """UPDATE wecom_callbackreceipt
                  SET state = 'dead', lease_until = NULL, last_error = %s WHERE id = %s""",
            [reason, receipt_id],
        )
    return sorted(claimed, key=lambda receipt: (receipt.event_at, receipt.id))


def _opened(rows: Sequence[_Row]) -> tuple[list[ClaimedReceipt], list[tuple[int, str]]]:
    """Decrypt and parse rows; returns those that can be read, and the others with the reason."""
    claimed: list[ClaimedReceipt] = []
    broken: list[tuple[int, str]] = []
    for row in rows:
        try:
            event = parse_event(secrets.decrypt(bytes(row[5]), place=BODY_PLACE))
        except (EventMalformed, secrets.SecretUnreadable) as error:
            logger.warning("receipt_unreadable", extra={"receipt": row[0]})
            broken.append((row[0], str(error)[:MAX_ERROR_CHARACTERS]))
        else:
            claimed.append(_claimed(row, event))
    return claimed, broken


def _claimed(row: _Row, event: Event) -> ClaimedReceipt:
    return ClaimedReceipt(
        id=row[0],
        corp_pk=row[1],
        corp_id=row[2],
        app_slug=row[3],
        digest=bytes(row[4]),
        event=event,
        event_kind=row[6],
        event_at=row[7],
        received_at=row[8],
        is_late=row[9],
        attempts=row[10],
        welcome_state=row[11],
    )
