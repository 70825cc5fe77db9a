"""Taking dispatches (领取): reap what was lost, claim what is due. Commit comes before any HTTP.

Two statements on two partial indexes: one that asks for "pending or lease expired" reads every
future row. Leases are the database's time, so a host with a wrong clock neither steals nor starves.
"""

import time
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from django.db import transaction

from common import sql
from touches.failpoints import failpoint
from touches.models import Dispatch
from touches.services.cards import CUSTOMER_NAME
from touches.services.outcomes import Claimed, Verdict, after_lost_lease
from touches.services.policies import POLICIES
from touches.services.settling import settle
from touches.services.workers import worker_name

REAP_ROWS: Final = 500
SERIAL_KINDS: Final = frozenset({Dispatch.Kind.MARK_TAG, Dispatch.Kind.REMARK})
_SERIAL_LOCK: Final = 0x70C4_0001

_REAP: Final = sql.Prepared("""
SELECT id, token, kind, attempts, ambiguous_rounds
  FROM touches_dispatch
 WHERE state = 'sending' AND lease_until < clock_timestamp()
 ORDER BY lease_until LIMIT %s
   FOR UPDATE SKIP LOCKED
""")
# Where WeCom may have to be asked for what was made since the first try, that is kept as business
# time, for WeCom stamps with no clock of our database.
# The body is frozen with the first claim: until then the customer's name may still be read from
# WeCom, as it is for somebody who was added a moment ago. A call that says how many characters of
# the name it can take (`context.name_characters`) is of no use without: it waits for the name until
# its deadline.
_CLAIM: Final = sql.Prepared("""
WITH due AS (
    SELECT d.id
      FROM touches_dispatch d
     WHERE d.state = 'pending' AND d.kind = %(kind)s AND d.available_at <= %(now)s
       AND (d.settle_until IS NULL OR d.settle_until <= clock_timestamp())
       AND (d.serial_key = '' OR NOT EXISTS (
            SELECT 1 FROM touches_dispatch o
             WHERE o.serial_key = d.serial_key AND o.serial_key <> '' AND o.id <> d.id
               AND o.state IN ('pending', 'sending') AND (o.state = 'sending' OR o.id < d.id)))
       AND (NOT jsonb_exists(d.context, 'name_characters') OR d.first_sent_at IS NOT NULL
            OR d.deadline_at <= %(now)s OR EXISTS (
            SELECT 1 FROM customers_identity i JOIN customers_customer c ON c.id = i.customer_id
             WHERE i.id = (d.context->>'identity_id')::bigint AND c.name <> ''))
     ORDER BY d.available_at LIMIT %(limit)s
       FOR UPDATE OF d SKIP LOCKED
), taken AS (
    UPDATE touches_dispatch d
       SET state = 'sending', token = d.token + 1, attempts = d.attempts + 1,
           worker = %(worker)s, settle_until = NULL,
           lease_until = clock_timestamp() + make_interval(secs => %(lease)s),
           first_sent_at = coalesce(d.first_sent_at, clock_timestamp()),
           context = CASE
               WHEN %(is_reconciled)s AND d.first_sent_at IS NULL
               THEN d.context || jsonb_build_object('first_tried_at', %(now)s::timestamptz)
               ELSE d.context END,
           payload = CASE
               WHEN d.first_sent_at IS NULL AND position(%(name)s IN d.payload) > 0
               THEN replace(d.payload, %(name)s, (
                    SELECT substr(named.quoted, 2, length(named.quoted) - 2)
                      FROM (SELECT to_json(left(coalesce(nullif(max(c.name), ''), '一位客户'),
                                   coalesce((d.context->>'name_characters')::int, 20)))
                                   ::text AS quoted
                              FROM customers_identity i
                              JOIN customers_customer c ON c.id = i.customer_id
                             WHERE i.id = coalesce(
                                   (SELECT min(t.identity_id) FROM touches_touch t
                                     WHERE t.dispatch_id = d.id),
                                   (d.context->>'identity_id')::bigint)) named))
               ELSE d.payload END
      FROM due
     WHERE d.id = due.id
    RETURNING d.id, d.kind, d.app_id, d.payload, d.token, d.attempts, d.ambiguous_rounds,
              extract(epoch FROM clock_timestamp() - d.first_sent_at)::float8 AS age_seconds,
              d.deadline_at, (d.context->>'first_tried_at')::timestamptz, d.is_cancel_wanted
), logged AS (
    INSERT INTO touches_effectlog (dispatch_id, from_state, to_state, actor, token, detail)
    SELECT id, 'pending', 'sending', %(worker)s, token, '' FROM taken
)
SELECT * FROM taken
""")


def reap_expired(now: datetime) -> int:
    """Take back what belongs to workers that never came back, and return how many.

    Such a try may have been executed: it counts as ambiguous and waits before it is looked at
    again; after too many of them it goes to people.
    """
    with transaction.atomic():
        rows = sql.fetch_all(_REAP, [REAP_ROWS])
        verdicts = [
            Verdict(
                dispatch_id=dispatch_id,
                token=token,
                outcome=after_lost_lease(
                    kind=kind, attempts=attempts, ambiguous_rounds=ambiguous_rounds
                ),
            )
            for dispatch_id, token, kind, attempts, ambiguous_rounds in rows
        ]
        reaped = settle(verdicts, actor=f"reaper {worker_name()}", now=now)
    failpoint("after_reap")
    return len(reaped)


def claim_due(kinds: Sequence[str], *, limit: int, now: datetime) -> list[Claimed]:
    """Claim up to `limit` due dispatches of these kinds, the first kind first.

    One short transaction a kind, committed before this returns. `now` decides what is due; the
    lease and the wait after an unclear try are the database's time.
    """
    claimed: list[Claimed] = []
    for kind in kinds:
        if len(claimed) >= limit:
            break
        claimed += _claim_kind(kind, limit=limit - len(claimed), now=now)
    if claimed:
        failpoint("after_claim")
    return claimed


def _claim_kind(kind: str, *, limit: int, now: datetime) -> list[Claimed]:
    # Before the claim: a pause between claim and reading would otherwise look like spare time.
    ticks = time.monotonic()
    params: dict[str, Any] = {
        "kind": kind,
        "now": now,
        "limit": limit,
        "worker": worker_name(),
        "name": CUSTOMER_NAME,
        "lease": POLICIES[kind].lease_seconds,
        "is_reconciled": POLICIES[kind].is_reconciled,
    }
    if kind not in SERIAL_KINDS:
        return [_claimed(row, ticks) for row in sql.fetch_all(_CLAIM, params)]
    with transaction.atomic():
        # "No other call of this pair is in flight" is only true if claims come one after another.
        sql.execute("SELECT pg_advisory_xact_lock(%s)", [_SERIAL_LOCK])
        return [_claimed(row, ticks) for row in sql.fetch_all(_CLAIM, params)]


def _claimed(row: tuple[Any, ...], ticks: float) -> Claimed:
    return Claimed(
        id=row[0],
        kind=row[1],
        app_id=row[2],
        payload=row[3],
        token=row[4],
        attempts=row[5],
        ambiguous_rounds=row[6],
        age_seconds=row[7],
        deadline_at=row[8],
        claimed_ticks=ticks,
        first_tried_at=row[9],
        is_cancel_wanted=row[10],
    )
