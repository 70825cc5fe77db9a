"""How PostgreSQL reads what the slot planner counts: by index, whatever else there is."""

from datetime import date
from typing import Any

import pytest

from common import sql
from tests.touches.slot_world import NOW, SLOT, make_friend, make_seller, plan, touch_plan
from touches.services import slot_reading
from touches.services.books import task_group

pytestmark = pytest.mark.django_db

_OTHER_PLACES = """
INSERT INTO touches_contactledger (counted_on, counted_at, identity_id, corp_id, staff_id, touch_id,
                                   lane, purpose, state)
SELECT day, day, person, 1, 1, 0, 'M', 'knowledge', 'spent'
  FROM generate_series(1000001, 1003000) AS person,
       generate_series(date '2026-11-01', date '2026-11-10', interval '1 day') AS day
"""
_OTHER_CALLS = """
INSERT INTO touches_dispatch (id, key, kind, corp_id, app_id, payload, context, serial_key, state,
                              available_at, token, worker, attempts, ambiguous_rounds,
                              is_cancel_wanted, wecom_ref, response_code, last_error)
SELECT uuidv7(), 'touch:' || n, 'staff_message', %s, %s, '{}', '{}', '', 'done', now(), 0, '', 0, 0,
       false, '', '', ''
  FROM generate_series(1, 5000) AS n
"""


def plan_of(query: str, params: dict[str, Any]) -> str:
    return "\n".join(row[0] for row in sql.fetch_all(f"EXPLAIN {query}", params))


def test_places_are_counted_by_identity():
    sql.execute(_OTHER_PLACES)
    sql.execute("ANALYZE touches_contactledger")
    filled = sql.fetch_value("SELECT min(tableoid)::regclass::text FROM touches_contactledger")
    staff = make_seller()
    people = [make_friend(staff).customer_id for _ in range(20)]
    found = plan_of(slot_reading._CONTACTS, {"customers": people, "since": date(2026, 11, 1)})
    assert "_identity_id_counted_on_idx" in found
    assert f"Seq Scan on {filled}" not in found


def test_calls_are_found_by_the_beginning_of_their_key():
    staff = make_seller()
    app = staff.corp.apps.get()
    sql.execute(_OTHER_CALLS, [app.corp_id, app.pk])
    sql.execute("ANALYZE touches_dispatch")
    [touch] = plan(touch_plan("j:1", make_friend(staff), staff))
    stem = slot_reading.mass_key(task_group(staff.pk, SLOT, touch.content_key))
    prefix = f"mass:{staff.pk}:2026-11-24T"
    params = {
        "staff": [staff.pk],
        "lanes": ["M"],
        "days": [NOW.date()],
        "prefixes": [prefix],
    }
    found = plan_of(slot_reading._CALLS, params)
    assert stem.startswith(prefix)
    assert "touches_dispatch_key" in found
    assert "Seq Scan on touches_dispatch" not in found
    assert len(f"{stem}:99") <= 64
