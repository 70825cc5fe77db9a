"""Telling staff that a customer reads (阅读提醒, 高意向提醒)."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from django.utils.translation import gettext as _

from common import clock, news, sql
from content.services.visits import SOURCE
from customers.services.ledger import LedgerEvent

HIGH_INTENT_SECONDS: Final = 60
HIGH_INTENT_OPENS: Final = 2
HIGH_INTENT_WINDOW: Final = timedelta(hours=24)
HIGH_INTENT_COOL_DOWN: Final = timedelta(hours=4)
LIVE_ALERTS_A_DAY: Final = 8

# Every reading with its reader, and whom to tell: the staff member who sent the link while they are
# friends, else the customer's newest friend (a read in a group goes to the main follower), else the
# sender. Imported reads have no visit and are not told of.
_READINGS = """
WITH incoming AS (
    SELECT * FROM jsonb_to_recordset(%(rows)s::jsonb) AS row(
        event_id bigint, key text, type text, customer_id bigint, occurred_at timestamptz,
        visit uuid, total_seconds int)
), reading AS (
    SELECT incoming.*, visit.opened_at, link.id AS link_id, link.code, link.staff_id AS sender_id,
           material.id AS material_id, material.title, material.is_high_intent
      FROM incoming
      JOIN content_visit visit ON visit.uuid = incoming.visit
      JOIN content_trackedlink link ON link.id = visit.link_id
      JOIN content_material material ON material.id = link.material_id
)
"""
_TOLD = """
, told AS (
    SELECT wanted.*, customer.name,
           coalesce(friend.staff_id, wanted.sender_id) AS staff_id
      FROM wanted
      JOIN customers_customer customer ON customer.id = wanted.customer_id
      LEFT JOIN LATERAL (
          SELECT follow.staff_id
            FROM customers_identity identity
            JOIN customers_follow follow ON follow.identity_id = identity.id
            JOIN org_staff staff ON staff.id = follow.staff_id AND staff.left_at IS NULL
           WHERE identity.customer_id = wanted.customer_id AND follow.status = 'friend'
           ORDER BY (follow.staff_id = wanted.sender_id) IS TRUE DESC,
                    follow.added_at DESC NULLS LAST, follow.id DESC
           LIMIT 1) friend ON true
), today AS (
    SELECT staff.staff_id, few.already
      FROM (SELECT DISTINCT staff_id FROM told WHERE staff_id IS NOT NULL) staff
      CROSS JOIN LATERAL (
           SELECT count(*) AS already
             FROM (SELECT 1 FROM org_alert earlier
                    WHERE earlier.staff_id = staff.staff_id AND earlier.kind = %(kind)s::text
                      AND earlier.created_at >= %(midnight)s::timestamptz
                     LIMIT %(live)s::bigint) counted) few
), numbered AS (
    SELECT told.*,
           row_number() OVER (PARTITION BY told.staff_id ORDER BY told.event_id)
           + today.already AS place_today
      FROM told JOIN today USING (staff_id)
)
INSERT INTO org_alert (key, kind, staff_id, customer_id, title, body, detail, occurred_at,
                       created_at)
SELECT %(kind)s::text || ':' || key, %(kind)s::text, staff_id, customer_id,
       left(replace(%(title)s::text, '{name}', coalesce(nullif(name, ''), %(nameless)s::text)),
            128),
       left(replace(replace(body, '{title}', title), '{seconds}', total_seconds::text), 512),
       jsonb_build_object(
           'event_id', event_id, 'link_code', code, 'material_id', material_id,
           'name', name, 'title', title,
           'visit', visit, 'total_seconds', total_seconds, 'reason', reason,
           'delivery', CASE WHEN place_today <= %(live)s::bigint THEN 'live' ELSE 'digest' END),
       occurred_at, %(now)s::timestamptz
  FROM numbered
 ORDER BY event_id
ON CONFLICT (key) DO NOTHING
RETURNING staff_id
"""
# The first opening of a link by this customer.
_FIRST_OPENS = """
, wanted AS (
    SELECT reading.*, 'first_open' AS reason, %(opened)s::text AS body FROM reading
     WHERE NOT EXISTS (
           SELECT 1 FROM content_visit earlier
             JOIN customers_identity identity ON identity.id = earlier.identity_id
            WHERE identity.customer_id = reading.customer_id
              AND earlier.link_id = reading.link_id
              AND (earlier.opened_at, earlier.uuid) < (reading.opened_at, reading.visit))
)
"""
# Product and price content: what has become a long reading, or opened again within a day; once in
# four hours.
_HIGH_INTENT = """
, wanted AS (
    SELECT reading.*,
           CASE type WHEN 'link_opened' THEN 'opened_again' ELSE 'read_long' END AS reason,
           CASE type WHEN 'link_opened' THEN %(opened_again)s::text
                     ELSE %(read_long)s::text END AS body
      FROM reading
     WHERE is_high_intent
       AND (type = 'link_dwelled' OR %(opens)s::bigint <= (
             SELECT count(*) FROM content_visit visit
               JOIN content_trackedlink link ON link.id = visit.link_id
               JOIN customers_identity identity ON identity.id = visit.identity_id
              WHERE identity.customer_id = reading.customer_id
                AND link.material_id = reading.material_id
                AND visit.opened_at > reading.opened_at - %(window)s::interval
                AND visit.opened_at <= reading.opened_at))
       AND NOT EXISTS (
           SELECT 1 FROM org_alert told
            WHERE told.customer_id = reading.customer_id AND told.kind = 'high_intent'
              AND told.created_at > %(now)s::timestamptz - %(cool_down)s::interval)
)
"""
_TELL_FIRST_OPENS: Final = sql.Prepared(_READINGS + _FIRST_OPENS + _TOLD)
_TELL_HIGH_INTENT: Final = sql.Prepared(_READINGS + _HIGH_INTENT + _TOLD)


def raise_read_alerts(events: Sequence[LedgerEvent], *, now: datetime) -> None:
    """Raise the alerts that a round of openings and dwellings calls for; a reaction of the loop.

    `read`: the first opening of each link. `high_intent`: ≥ 60 s, or ≥ 2 openings in 24 hours, of
    product or price content, at most once in four hours a customer. Each alert's `detail.delivery`
    is `live` for a staff member's first eight of a kind a day and `digest` after that.

    Set-based, in the dispatcher's transaction; at most one event per customer. Alerts are told once
    by their key, so a repeated batch adds none. Staff who are watching are told on commit.

    Source: operations §3 (who read), §5 (high intent), §6.
    """
    openings = [_row(event) for event in events if _has_visit(event) and _is_opening(event)]
    crossings = [_row(event) for event in events if _has_visit(event) and _is_crossing(event)]
    midnight = datetime.combine(clock.local_date(now), datetime.min.time(), tzinfo=clock.SHANGHAI)
    shared = {
        "now": now,
        "midnight": midnight,
        "nameless": _("一位客户"),
        "live": LIVE_ALERTS_A_DAY,
    }
    for rows, query, words in (
        (openings, _TELL_FIRST_OPENS, _first_open_words()),
        (openings + crossings, _TELL_HIGH_INTENT, _high_intent_words()),
    ):
        if rows:
            told = sql.fetch_all(query, {**shared, **words, "rows": json.dumps(rows)})
            news.tell("staff", (staff_id for (staff_id,) in told))


def _first_open_words() -> dict[str, object]:
    return {"kind": "read", "title": _("{name} 打开了你的素材"), "opened": _("《{title}》")}


def _high_intent_words() -> dict[str, object]:
    return {
        "kind": "high_intent",
        "title": _("高意向：{name}"),
        "opened_again": _("《{title}》24 小时内再次打开"),
        "read_long": _("《{title}》已阅读 {seconds} 秒"),
        "opens": HIGH_INTENT_OPENS,
        "window": HIGH_INTENT_WINDOW,
        "cool_down": HIGH_INTENT_COOL_DOWN,
    }


def _has_visit(event: LedgerEvent) -> bool:
    """True for readings of our own pages; imported ones name visits that never were here."""
    return event.type in {"link_opened", "link_dwelled"} and event.source == SOURCE


def _is_opening(event: LedgerEvent) -> bool:
    return event.type == "link_opened"


def _is_crossing(event: LedgerEvent) -> bool:
    """True for the dwelling that makes it a long one."""
    total = event.payload.get("total_seconds", 0)
    before = total - event.payload.get("seconds", 0)
    return event.type == "link_dwelled" and before < HIGH_INTENT_SECONDS <= total


def _row(event: LedgerEvent) -> dict[str, object]:
    return {
        "event_id": event.id,
        "key": event.key,
        "type": event.type,
        "customer_id": event.customer_id,
        "occurred_at": event.occurred_at.isoformat(),
        "visit": event.payload["visit"],
        "total_seconds": event.payload.get("total_seconds", 0),
    }
