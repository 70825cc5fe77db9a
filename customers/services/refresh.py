"""The refresher (核对): reads again from WeCom what callbacks named, several at a time.

1. Claim due requests with a lease, in their own transaction.
2. Read each from WeCom outside any transaction, customers through a few threads.
3. Take the answers over; a request that was repeated meanwhile (higher version) stays and is read
   again.
4. What could not be read waits: `retry_after_seconds` for passing faults, an hour for settings.
"""

import logging
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import connection

from common import clock, sql
from customers.models import RefreshRequest
from customers.services.facts import Answer, apply_answer
from customers.services.groups import apply_group, mark_dismissed
from customers.services.merges import merge_pending
from customers.services.reading import (
    read_contacts_into,
    read_customer,
    read_group,
    read_tags_into,
)
from wecom.client import Client, corp_client
from wecom.errors import ItemRefused, Transient, WeComError
from wecom.models import Corp

logger = logging.getLogger(__name__)

CLAIM_ROWS: Final = 32
READ_THREADS: Final = 6
LEASE: Final = timedelta(seconds=60)
SETTING_WAIT: Final = timedelta(minutes=10)

_CLAIM = """
UPDATE customers_refreshrequest request
   SET lease_until = clock_timestamp() + %(lease)s, attempts = request.attempts + 1
 WHERE request.id IN (
       SELECT id FROM customers_refreshrequest
        WHERE due_at <= %(now)s AND (lease_until IS NULL OR lease_until < clock_timestamp())
        ORDER BY due_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
RETURNING id, corp_id, kind, key, version, attempts
"""
_FINISH = """
WITH mine AS (SELECT * FROM unnest(%(ids)s::bigint[], %(versions)s::int[]) AS row (id, version)),
gone AS (
    DELETE FROM customers_refreshrequest request USING mine
     WHERE request.id = mine.id AND request.version = mine.version RETURNING request.id
)
UPDATE customers_refreshrequest request SET lease_until = NULL
  FROM mine WHERE request.id = mine.id AND request.version <> mine.version
"""


@dataclass(frozen=True, slots=True)
class Claimed:
    """One request that is ours for the length of a lease."""

    id: int
    corp_pk: int
    kind: str
    key: str
    version: int
    attempts: int


def refresh_due(*, now: datetime, budget_seconds: float) -> int:
    """Read what is due until nothing is left or the budget is used; returns how many were read."""
    deadline = time.monotonic() + budget_seconds
    count = 0
    while time.monotonic() < deadline:
        rows = sql.fetch_all(_CLAIM, {"now": now, "limit": CLAIM_ROWS, "lease": LEASE})
        if not rows:
            break
        by_corp: dict[int, list[Claimed]] = {}
        for row in rows:
            by_corp.setdefault(row[1], []).append(Claimed(*row))
        for corp in Corp.objects.filter(id__in=by_corp):
            count += _refresh_corp(corp, by_corp[corp.pk])
    return count


def _refresh_corp(corp: Corp, claimed: Sequence[Claimed]) -> int:
    try:
        client = corp_client(corp.pk)
    except WeComError as error:
        for request in claimed:
            _postpone(request, error)
        return 0
    # Tags come before the people who carry them.
    people = [request for request in claimed if request.kind == RefreshRequest.Kind.CUSTOMER]
    others = [request for request in claimed if request.kind != RefreshRequest.Kind.CUSTOMER]
    count = sum(_refresh_other(corp, client, request) for request in others)
    return count + _refresh_people(corp, client, people)


def _refresh_people(corp: Corp, client: Client, claimed: Sequence[Claimed]) -> int:
    if not claimed:
        return 0
    asked_at = clock.now()
    with ThreadPoolExecutor(READ_THREADS) as threads:
        read = list(threads.map(lambda request: _read_one(client, request), claimed))
    answers = {
        request: answer
        for request, answer in zip(claimed, read, strict=True)
        if isinstance(answer, Answer)
    }
    whole = Answer(
        contacts=[contact for answer in answers.values() for contact in answer.contacts],
        relations=[relation for answer in answers.values() for relation in answer.relations],
        complete_for=frozenset().union(*(answer.complete_for for answer in answers.values())),
    )
    apply_answer(whole, corp=corp, asked_at=asked_at, now=clock.now(), source="refresh")
    _finish(list(answers))
    for request, outcome in zip(claimed, read, strict=True):
        if isinstance(outcome, WeComError):
            _postpone(request, outcome)
    merge_pending(now=clock.now())
    return len(answers)


def _read_one(client: Client, request: Claimed) -> Answer | WeComError:
    try:
        return read_customer(client, request.key)
    except WeComError as error:
        return error
    finally:
        connection.close()


def _refresh_other(corp: Corp, client: Client, request: Claimed) -> int:
    asked_at = clock.now()
    try:
        if request.kind == RefreshRequest.Kind.TAGS:
            read_tags_into(client, corp=corp)
        elif request.kind == RefreshRequest.Kind.CONTACTS:
            read_contacts_into(client, corp=corp, now=asked_at)
        else:
            _refresh_group(corp, client, request.key, asked_at)
    except WeComError as error:
        _postpone(request, error)
        return 0
    _finish([request])
    return 1


def _refresh_group(corp: Corp, client: Client, chat_id: str, asked_at: datetime) -> None:
    try:
        fact = read_group(client, chat_id)
    except ItemRefused:
        mark_dismissed(corp_pk=corp.pk, chat_ids=[chat_id], now=asked_at)
        return
    apply_group(fact, corp=corp, asked_at=asked_at, now=clock.now())


def _finish(claimed: Sequence[Claimed]) -> None:
    sql.execute(
        _FINISH,
        {
            "ids": [request.id for request in claimed],
            "versions": [request.version for request in claimed],
        },
    )


def _postpone(request: Claimed, error: WeComError) -> None:
    """Give the request back, to be looked at again when that can help."""
    if isinstance(error, Transient):
        wait = timedelta(seconds=error.retry_after_seconds)
    else:
        wait = min(timedelta(seconds=2**request.attempts), SETTING_WAIT)
    logger.info(
        "refresh_postponed",
        extra={"kind": request.kind, "error": type(error).__name__, "seconds": wait.seconds},
    )
    sql.execute(
        """UPDATE customers_refreshrequest
              SET lease_until = NULL, due_at = %s, last_error = left(%s, 500) WHERE id = %s""",
        [clock.now() + wait, str(error), request.id],
    )
