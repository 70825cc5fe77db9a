"""Telling staff who has just become their friend (新好友提醒)."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from django.utils.translation import gettext as _

from common import news, sql
from customers.services.ledger import LedgerEvent

# What is heard of later than this is the past: a first synchronisation, an import.
NEWS_FOR: Final = timedelta(hours=1)

_RAISE: Final = """
INSERT INTO org_alert (key, kind, staff_id, customer_id, title, body, detail, occurred_at,
                       created_at)
SELECT 'new_friend:' || row.key, 'new_friend', row.staff_id, row.customer_id,
       left(replace(%(title)s, '{name}', coalesce(nullif(customer.name, ''), %(nameless)s)), 128),
       '', jsonb_build_object('event_id', row.event_id, 'delivery', 'list',
                              'name', customer.name),
       row.occurred_at, %(now)s
  FROM jsonb_to_recordset(%(rows)s::jsonb) AS row(
       event_id bigint, key text, staff_id bigint, customer_id bigint, occurred_at timestamptz)
  JOIN customers_customer customer ON customer.id = row.customer_id
  JOIN org_staff staff ON staff.id = row.staff_id AND staff.left_at IS NULL
 ORDER BY row.event_id
ON CONFLICT (key) DO NOTHING
RETURNING staff_id
"""


def raise_friend_alerts(events: Sequence[LedgerEvent], *, now: datetime) -> None:
    """Put new friends into their staff's lists (新好友); a reaction of the loop.

    They are shown in the workbench and in open sidebars, never sent as messages. Set-based, in the
    dispatcher's transaction; once by the event's key.

    Source: operations §6.
    """
    rows = [
        {
            "event_id": event.id,
            "key": event.key,
            "staff_id": event.staff_id,
            "customer_id": event.customer_id,
            "occurred_at": event.occurred_at.isoformat(),
        }
        for event in events
        if event.staff_id is not None and event.occurred_at > now - NEWS_FOR
    ]
    if not rows:
        return
    words = {"title": _("新好友：{name}"), "nameless": _("一位客户")}
    told = sql.fetch_all(_RAISE, {**words, "rows": json.dumps(rows), "now": now})
    news.tell("staff", (staff_id for (staff_id,) in told))
