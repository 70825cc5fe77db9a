"""The end of mass message tasks (群发有效期): nothing is confirmed too late, or at night."""

from datetime import datetime
from typing import Final

from django.db import transaction

from common import sql
from touches.selectors.rules import sending_rules
from touches.services.mass_tasks import stop_tasks
from touches.services.quiet import is_quiet

BATCH_ROWS: Final = 500

_ENDED: Final = """
SELECT id FROM touches_masstask
 WHERE state = 'open' AND (valid_until <= %(now)s OR %(is_quiet)s)
 ORDER BY valid_until LIMIT %(limit)s
   FOR UPDATE SKIP LOCKED
"""


def stop_ended_tasks(now: datetime) -> int:
    """Stop tasks that nobody confirmed in their validity (有效期), and all of them in quiet hours.

    Set-based, in transactions of up to 500; returns how many. Their touches end with the last look,
    when WeCom has said that it will send no more.

    Source: operations §3.
    """
    quiet = is_quiet(now, sending_rules())
    count = 0
    while True:
        with transaction.atomic():
            rows = sql.fetch_all(_ENDED, {"now": now, "is_quiet": quiet, "limit": BATCH_ROWS})
            count += stop_tasks([row[0] for row in rows], now=now)
        if len(rows) < BATCH_ROWS:
            return count
