"""Run the product's hot paths once and answer the plans that PostgreSQL really used.

`auto_explain` tells each statement's plan, with times and buffers, as a notice on the connection:
nothing is run twice, and whatever a path executes is seen. Every path runs in a transaction of its
own that is rolled back.
"""

import json
import sys
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.test import Client

from bench.callback_bodies import callbacks
from bench.inside.happenings import Happenings
from bench.inside.talk import answer, wait_for_go
from common import clock, sql
from customers.models import Customer
from customers.services.dispatcher import dispatch_shard
from customers.services.ledger import record_events
from org.models import Staff, User
from sandbox import fixture
from scrm.loop import ROUTES
from touches.models import Dispatch
from touches.services.claiming import claim_due, reap_expired
from wecom.services.claims import claim_welcomes, pending_receipts
from wecom.services.receipts import receive_callback

QUEUED, WAITING = 4_000, 1_000

_TELL = """
LOAD 'auto_explain';
SET auto_explain.log_min_duration = 0;
SET auto_explain.log_analyze = on;
SET auto_explain.log_buffers = on;
SET auto_explain.log_format = 'json';
SET auto_explain.log_parameter_max_length = 0;
SET client_min_messages = 'log';
"""
_HUSH = "SET auto_explain.log_min_duration = -1; SET client_min_messages = 'warning'"
_FINISHED_RECEIPTS = """
INSERT INTO wecom_callbackreceipt (
    corp_id, app_id, digest, body, event_kind, subject_id, event_at, received_at, is_late,
    welcome_state, welcome_deadline_at, state, attempts, next_attempt_at, last_error, done_at)
SELECT corp_id, app_id, sha256(n::text::bytea), body, event_kind, 'wm' || n, event_at,
       received_at - n * interval '1 second', false, 'none', NULL, 'done', 1, next_attempt_at, '',
       received_at
  FROM (SELECT * FROM wecom_callbackreceipt LIMIT 1) one, generate_series(1, %s) AS n
"""
_DISPATCHES = """
INSERT INTO touches_dispatch (
    id, key, kind, corp_id, app_id, payload, context, serial_key, state, available_at, token,
    worker, attempts, ambiguous_rounds, is_cancel_wanted, wecom_ref,
    response_code, last_error)
SELECT gen_random_uuid(), %(name)s || n, %(kind)s, (SELECT min(id) FROM wecom_corp),
       (SELECT min(id) FROM wecom_app), '{}', '{}',
       CASE WHEN %(kind)s = 'mark_tag' THEN 'pair' || n ELSE '' END, %(state)s,
       %(at)s::timestamptz + n * interval '1 second', 0, '', 0, 0, false, '', '',
       ''
  FROM generate_series(1, %(count)s) AS n
"""


def prepare(customers: int, past: int) -> None:
    """Put work in front of every path, and the past and the future around it."""
    now = clock.now()
    waiting = min(WAITING, past)
    events = Happenings(customers=customers, seed=77, now=now).draw(min(QUEUED, past))
    for start in range(0, len(events), 500):
        record_events(events[start : start + 500], now=now)
    for query, body in callbacks(count=waiting, seed=77):
        receive_callback(
            corp_id=fixture.CORP_ID, app_slug="scrm", query=query, body=body, now=clock.now()
        )
    sql.execute(_FINISHED_RECEIPTS, [past])
    kinds = Dispatch.Kind.STAFF_MESSAGE, Dispatch.Kind.MARK_TAG
    yesterday, tomorrow = now - timedelta(days=1), now + timedelta(days=1)
    for kind in kinds:
        for state, at, count in (
            ("pending", yesterday, waiting),
            ("pending", tomorrow, past),
            ("done", yesterday, past),
        ):
            name = f"{kind}:{state}:{at:%d}:"
            values = {"name": name, "kind": kind, "state": state, "at": at, "count": count}
            sql.execute(_DISPATCHES, values)
    sql.execute("VACUUM ANALYZE")


def paths(customers: int) -> dict[str, Callable[[], object]]:
    """Return the hot paths by name."""
    now = clock.now()
    happenings = Happenings(customers=customers, seed=78, now=now)
    events = happenings.draw(500)
    shard = sql.fetch_value("SELECT shard FROM customers_queuedevent LIMIT 1")
    soon, just_before = now + timedelta(seconds=1), now - timedelta(minutes=1)
    anyone = Customer.objects.order_by("id")[customers // 2]
    busiest = Customer.objects.get(id=1)
    operator = _signed_in(User.objects.get(username="bench"))
    member = _signed_in(
        User.objects.create(
            username="bench-staff",
            role=User.Role.STAFF,
            staff=Staff.objects.order_by("id")[Staff.objects.count() // 2],
        )
    )
    api = "/api/v1/customers/"
    return {
        "record 500 events": lambda: record_events(events, now=now),
        "dispatch one batch": lambda: dispatch_shard(shard, routes=ROUTES, now=now),
        "claim receipts": lambda: pending_receipts(limit=200, now=soon),
        "claim welcomes": lambda: claim_welcomes(limit=50, now=just_before),
        "claim staff messages": lambda: claim_due(["staff_message"], limit=50, now=now),
        "claim tag writes": lambda: claim_due(["mark_tag"], limit=50, now=now),
        "reap dispatches": lambda: reap_expired(now),
        "system page": lambda: _get(operator, "/system/"),
        "metrics": lambda: _get(operator, "/metrics"),
        "readiness": lambda: _get(operator, "/readyz"),
        "customers, first page": lambda: _get(operator, api),
        "customers of one member": lambda: _get(member, api),
        "customers by stage": lambda: _get(operator, f"{api}?stage=repurchase"),
        "customers of a stage nobody has": lambda: _get(operator, f"{api}?stage=advocate"),
        "customers by staff": lambda: _get(operator, f"{api}?staff=bench0007"),
        "customers by tag": lambda: _get(operator, f"{api}?tag=40"),
        "customers by name": lambda: _get(operator, f"{api}?name=李小涵"),
        "customers by a name nobody has": lambda: _get(operator, f"{api}?name=夜航星"),
        "one customer": lambda: _get(operator, f"{api}{anyone.uid}/"),
        "one customer's events": lambda: _get(operator, f"{api}{anyone.uid}/events/"),
        "busiest customer's events": lambda: _get(operator, f"{api}{busiest.uid}/events/"),
        "events, first page": lambda: _get(operator, "/api/v1/events/"),
    }


@contextmanager
def told_plans() -> Iterator[list[dict[str, Any]]]:
    """Collect the plans of the statements that run meanwhile."""
    plans: list[dict[str, Any]] = []
    with connection.cursor() as cursor:
        cursor.execute(_TELL)
        notices: deque[str] = deque(maxlen=5_000)
        connection.connection.notices = notices
        try:
            yield plans
        finally:
            if not connection.needs_rollback:
                cursor.execute(_HUSH)
    for notice in notices:
        head, _, text = notice.partition("plan:")
        if text.strip().startswith("{"):
            milliseconds = float(head.rpartition("duration:")[2].split()[0])
            plans.append({"ms": milliseconds, **json.loads(text)})


def explain(path: Callable[[], object]) -> list[dict[str, Any]]:
    """Run a path twice, the first time to warm it up; return the second run's plans."""
    plans: list[dict[str, Any]] = []
    for _run in range(2):
        with transaction.atomic():
            with told_plans() as plans:
                path()
            transaction.set_rollback(True)
    return plans


def _signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def _get(client: Client, address: str) -> None:
    response = client.get(address)
    if response.status_code not in {200, 503}:
        raise RuntimeError(f"{address} answered {response.status_code}")


if __name__ == "__main__":
    if wait_for_go():
        world_size = int(sys.argv[1])
        prepare(world_size, int(sys.argv[2]))
        for name, path in paths(world_size).items():
            try:
                answer({"path": name, "plans": explain(path)})
            except RuntimeError as refusal:
                answer({"path": name, "refusal": str(refusal), "plans": []})
        answer({"path": ""})
