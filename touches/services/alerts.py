"""Alerts as messages to staff (提醒推送): what reactions put in the list, told at once."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings

from common import clock, sql
from customers.services.ledger import LedgerEvent
from touches.models import Dispatch, Touch
from touches.selectors.apps import Sender, senders_of
from touches.services.cards import text_card
from touches.services.plan import DispatchDraft, TouchPlan, plan_touches

ORIGIN: Final = "alert"
ALERT_VALIDITY: Final = timedelta(hours=4)
COOL_DOWN: Final = timedelta(hours=4)
LIVE_ALERTS_A_DAY: Final = 8
ALERT_KINDS: Final = ("read", "high_intent", "new_friend")

# An alert is told live unless its recorder put it off, the same staff member was told of the same
# customer for the same cause lately, or has been told enough today. The rest waits in the list.
_TO_TELL: Final = sql.Prepared("""
WITH raised AS (
    SELECT alert.id, alert.key, alert.kind, alert.staff_id, alert.customer_id, alert.title,
           alert.body, alert.occurred_at, staff.userid, staff.corp_id, customer.uid,
           event.identity_id,
           row_number() OVER (PARTITION BY alert.staff_id, alert.customer_id, alert.kind
                              ORDER BY alert.id) AS turn
      FROM jsonb_to_recordset(%(events)s::jsonb) AS event(key text, identity_id bigint)
     CROSS JOIN unnest(%(kinds)s::text[]) AS cause(kind)
      JOIN org_alert alert ON alert.key = cause.kind || ':' || event.key
      JOIN org_staff staff ON staff.id = alert.staff_id AND staff.left_at IS NULL
      JOIN customers_customer customer ON customer.id = alert.customer_id
     WHERE coalesce(alert.detail->>'delivery', 'live') = 'live'
       AND NOT EXISTS (
           SELECT 1 FROM touches_touch told
            WHERE told.staff_id = alert.staff_id AND told.created_at > %(cool)s::timestamptz
              AND told.origin_kind = %(origin)s::text AND told.customer_id = alert.customer_id
              AND told.content->>'kind' = alert.kind)
), numbered AS (
    SELECT raised.*,
           row_number() OVER (PARTITION BY staff_id ORDER BY id)
           + (SELECT count(*) FROM touches_touch told
               WHERE told.staff_id = raised.staff_id
                 AND told.created_at >= %(midnight)s::timestamptz
                 AND told.origin_kind = %(origin)s::text) AS place_today
      FROM raised WHERE turn = 1
)
SELECT id, key, kind, staff_id, customer_id, title, body, userid, corp_id, uid, identity_id
  FROM numbered WHERE place_today <= %(live)s::bigint ORDER BY id
""")
_NAMES: Final = (
    "id", "key", "kind", "staff_id", "customer_id", "title", "body", "userid", "corp_id", "uid",
    "identity_id",
)  # fmt: skip


def notify_staff_of_alerts(events: Sequence[LedgerEvent], *, now: datetime) -> None:
    """Tell staff of the alerts (提醒) that these events raised; a reaction, after those that raise.

    Plans one text card an alert in lane F: at most one in four hours about the same customer for
    the same cause, and at most eight a staff member a day; the others stay in the list only.
    Set-based, in the dispatcher's transaction; told once by the alert's key.

    Source: operations §5, §6.
    """
    if not events:
        return
    midnight = datetime.combine(clock.local_date(now), datetime.min.time(), tzinfo=clock.SHANGHAI)
    # As one text: an array of as many constants would take longer to parse than to work with.
    told = [{"key": event.key, "identity_id": event.identity_id} for event in events]
    rows = sql.fetch_all(
        _TO_TELL,
        {
            "events": json.dumps(told),
            "kinds": list(ALERT_KINDS),
            "origin": ORIGIN,
            "cool": now - COOL_DOWN,
            "midnight": midnight,
            "live": LIVE_ALERTS_A_DAY,
        },
    )
    alerts = [dict(zip(_NAMES, row, strict=True)) for row in rows]
    senders = senders_of(alert["corp_id"] for alert in alerts)
    plan_touches(
        [
            _touch(alert, senders[alert["corp_id"]], now=now)
            for alert in alerts
            if alert["corp_id"] in senders
        ],
        now=now,
    )


def customer_url(uid: object) -> str:
    """Return the address of a customer's page; the page itself asks who is looking."""
    return f"{settings.PUBLIC_URL}/customers/{uid}"


def _touch(alert: dict[str, Any], sender: Sender, *, now: datetime) -> TouchPlan:
    url = customer_url(alert["uid"])
    return TouchPlan(
        key=f"alert:{alert['id']}",
        identity_id=alert["identity_id"],
        customer_id=alert["customer_id"],
        staff_id=alert["staff_id"],
        lane=Touch.Lane.INTERNAL,
        purpose=Touch.Purpose.SERVICE,
        title=alert["title"],
        content={"kind": alert["kind"], "alert_id": alert["id"], "url": url},
        due_at=now,
        valid_until=now + ALERT_VALIDITY,
        origin_kind=ORIGIN,
        origin_id=str(alert["id"]),
        draft=DispatchDraft(
            kind=Dispatch.Kind.STAFF_MESSAGE,
            corp_id=sender.corp_id,
            app_id=sender.app_id,
            body=text_card(
                userid=alert["userid"],
                agent_id=sender.agent_id,
                title=alert["title"],
                description=alert["body"],
                url=url,
            ),
        ),
    )
