"""Many at once: one receipt an event, one worker a customer; a dead connection is survived."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import psycopg2
import pytest
from django.db import connection, transaction

from tests.wecom.keys import CORP_ID, add_event_xml, sealed
from wecom import spool
from wecom.models import CallbackReceipt
from wecom.services import claims
from wecom.services.receipts import receive_callback

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("rung")]
WORKERS = 8


def _receive(now, customer, nonce="1", created=1767225600):
    query, body = sealed(add_event_xml(customer=customer, created=created), nonce=nonce)
    return receive_callback(corp_id=CORP_ID, app_slug="scrm", query=query, body=body, now=now)


def _in_threads(work):
    def run(number):
        try:
            return work(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(WORKERS) as pool:
        return list(pool.map(run, range(WORKERS)))


def test_deliveries_at_the_same_moment_are_one_receipt(app, now):
    gate = threading.Barrier(WORKERS)

    def deliver(number):
        gate.wait()
        return _receive(now, "wmA", nonce=str(number))

    received = _in_threads(deliver)
    assert CallbackReceipt.objects.count() == 1
    assert sum(one.receipt_id is not None for one in received) == 1
    assert sum(one.is_duplicate for one in received) == WORKERS - 1


def test_no_two_workers_hold_one_customer_and_nothing_is_done_twice(app, now):
    for number in range(120):
        _receive(now, f"wm{number % 12}", created=1767225600 - number)
    held: set[str] = set()
    guard = threading.Lock()
    done: Counter[int] = Counter()
    clashes: list[str] = []
    later = now + timedelta(seconds=1)

    def work(_):
        while receipts := claims.pending_receipts(limit=5, now=later):
            subjects = {receipt.event.subject_id for receipt in receipts}
            with guard:
                clashes.extend(subjects & held)
                held.update(subjects)
            done.update(receipt.id for receipt in receipts)
            with guard:
                held.difference_update(subjects)
            claims.mark_done(receipts, now=later)

    _in_threads(work)
    assert clashes == []
    left = CallbackReceipt.objects.filter(state="new").count()
    assert len(done) + left == 120
    assert set(done.values()) == {1}
    while receipts := claims.pending_receipts(limit=5, now=later):
        claims.mark_done(receipts, now=later)
    assert not CallbackReceipt.objects.filter(state="new").exists()


def test_a_claim_under_way_keeps_its_customer_from_others(app, now):
    """A claim that has not committed is invisible; the second one must wait for it."""
    _receive(now, "wmA")
    _receive(now, "wmA", created=1767225601)
    _receive(now, "wmB")
    claimed, may_commit = threading.Event(), threading.Event()

    def first():
        with transaction.atomic():
            taken = claims.pending_receipts(limit=1, now=now)
            claimed.set()
            may_commit.wait(0.2)
        connection.close()
        return taken

    def second():
        claimed.wait(5)
        taken = claims.pending_receipts(limit=10, now=now)
        may_commit.set()
        connection.close()
        return taken

    with ThreadPoolExecutor(2) as pool:
        holders = [pool.submit(first), pool.submit(second)]
    subjects = [[receipt.event.subject_id for receipt in one.result()] for one in holders]
    assert subjects == [["wmA"], ["wmB"]]


def test_a_connection_that_died_is_replaced_without_spooling(app, now, spool_dir):
    _receive(now, "wmA")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        pid = cursor.fetchone()[0]
    other = psycopg2.connect(**connection.get_connection_params())
    try:
        other.autocommit = True
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
    finally:
        other.close()
    assert _receive(now, "wmB").receipt_id is not None
    assert spool.waiting_count() == 0
    assert CallbackReceipt.objects.count() == 2
