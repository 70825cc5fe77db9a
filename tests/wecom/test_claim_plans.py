"""Among many finished receipts a claim reads the partial indexes of the waiting ones only."""

import pytest
from django.db import transaction

from common import sql
from tests.wecom.keys import CORP_ID, add_event_xml, sealed
from wecom.services import claims
from wecom.services.receipts import receive_callback

pytestmark = pytest.mark.usefixtures("app", "rung")
_FINISHED = """
INSERT INTO wecom_callbackreceipt (
    corp_id, app_id, digest, body, event_kind, subject_id, event_at, received_at, is_late,
    welcome_state, welcome_deadline_at, state, attempts, next_attempt_at, last_error)
SELECT corp_id, app_id, sha256(n::text::bytea), body, event_kind, 'wm' || n, event_at, received_at,
       false, 'done', welcome_deadline_at, 'done', 1, next_attempt_at, ''
  FROM (SELECT * FROM wecom_callbackreceipt LIMIT 1) AS one, generate_series(1, 5000) AS n
"""


@pytest.fixture
def crowd(now):
    """Twenty receipts that wait, five thousand that are done."""
    for number in range(20):
        query, body = sealed(add_event_xml(customer=f"wm{number}"))
        receive_callback(corp_id=CORP_ID, app_slug="scrm", query=query, body=body, now=now)
    sql.execute(_FINISHED)
    sql.execute("ANALYZE wecom_callbackreceipt")


def _plan(query, params):
    with transaction.atomic():
        return "\n".join(row[0] for row in sql.fetch_all(f"EXPLAIN {query}", params))


@pytest.mark.parametrize("query", [claims._CLAIM_FIRST_TRY, claims._CLAIM_SUSPECT])
def test_claiming_reads_the_waiting_ones(crowd, now, query):
    plan = _plan(query, {"now": now, "lease": claims.LEASE, "limit": 200})
    assert "wecom_receipt_new_by_id" in plan
    assert "wecom_receipt_new_by_subject" in plan
    assert "Seq Scan on wecom_callbackreceipt" not in plan


@pytest.mark.parametrize("query", [claims._CLAIM_FIRST_TRY, claims._CLAIM_SUSPECT])
def test_the_choice_is_made_once(crowd, now, query):
    """As a sub-select a nested loop may run it again for each row, and claim more than asked."""
    assert "CTE chosen" in _plan(query, {"now": now, "lease": claims.LEASE, "limit": 1})
