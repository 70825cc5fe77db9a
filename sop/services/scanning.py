"""The daily scan (每日扫描): everybody for whom a journey's condition holds comes in.

A batch of customers a transaction, under the journey's row lock, with a stored cursor: a crash
repeats one batch, and two workers take different journeys. Refusals leave no trace here; "why not?"
judges anew.
"""

import time
from datetime import datetime
from typing import Final

from django.db import transaction

from common import sql
from common.clock import SHANGHAI, local_date
from sop.models import Journey
from sop.selectors.catalog import CatalogEntry, read_catalog
from sop.selectors.scan_sql import prefilter
from sop.services.entering import Candidate, enter
from touches.models import Touch

BATCH_CUSTOMERS: Final = 500

# One pass over the profiles in the order of customers; whoever is in already is left out. The lock
# keeps a customer's entries in order, as the dispatcher's shard does for events.
_NEXT: Final = """
SELECT customer.id, (
       SELECT identity.id FROM customers_identity identity
         LEFT JOIN customers_friendship friendship
           ON friendship.identity_id = identity.id AND friendship.is_friend
        WHERE identity.customer_id = customer.id
        ORDER BY friendship.id IS NULL, identity.id LIMIT 1)
  FROM customers_customer customer
  JOIN customers_profile profile ON profile.customer_id = customer.id
 WHERE customer.id > %s AND customer.merged_into_id IS NULL AND ({which})
   AND NOT EXISTS (SELECT 1 FROM customers_identity mine
                     JOIN sop_journeyrun run ON run.identity_id = mine.id
                    WHERE mine.customer_id = customer.id AND run.journey_id = %s
                      AND run.state IN ('active', 'parked'))
 ORDER BY customer.id LIMIT %s FOR NO KEY UPDATE OF customer
"""


def scan_due(*, now: datetime, budget_seconds: float) -> int:
    """Scan the journeys whose hour has come today, until the budget is used; returns who entered.

    Args:
        now: Business time.
        budget_seconds: After so long no further batch is begun; the next call goes on there.
    """
    deadline = time.monotonic() + budget_seconds
    count = 0
    for journey in read_catalog().journeys.values():
        minute = journey.program.entry.scan_minute
        if not journey.is_live or minute is None or _minute_of_day(now) < minute:
            continue
        while time.monotonic() < deadline:
            entered = _scan_batch(journey, now=now)
            if entered is None:
                break
            count += entered
    return count


def _scan_batch(journey: CatalogEntry, *, now: datetime) -> int | None:
    """Scan the next batch of one journey; None when today's scan is through, or somebody's."""
    with transaction.atomic():
        row = (
            Journey.objects.select_for_update(skip_locked=True)
            .filter(pk=journey.id, state=Journey.State.LIVE)
            .exclude(scanned_on=local_date(now))
            .first()
        )
        if row is None:
            return None
        which, params = prefilter(journey.program.entry.condition, now=now)
        rows = sql.fetch_all(
            _NEXT.format(which=which), [row.scan_after, *params, journey.id, BATCH_CUSTOMERS]
        )
        candidates = [
            Candidate(customer_id, identity_id, None, None, is_silent=True)
            for customer_id, identity_id in rows
        ]
        entered = 0
        if candidates:
            entered = enter(journey, candidates, priority=Touch.Priority.SCHEDULED, now=now)
        is_through = len(rows) < BATCH_CUSTOMERS
        row.scan_after = 0 if is_through else rows[-1][0]
        row.scanned_on = local_date(now) if is_through else row.scanned_on
        row.save(update_fields=["scan_after", "scanned_on"])
    return entered


def _minute_of_day(now: datetime) -> int:
    local = now.astimezone(SHANGHAI)
    return local.hour * 60 + local.minute
