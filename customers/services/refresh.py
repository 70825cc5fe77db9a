"""The refresher (核对): reads again from WeCom what callbacks named, several at a time.

1. Claim due requests with a lease, in their own transaction.
2. Read each from WeCom outside any transaction, customers through a few threads of the process.
   Once the budget is used no reading begins: what is left is given back.
3. Take the answers over, together; when that fails, one by one, and the one that cannot be taken
   over waits. A request that was repeated meanwhile (higher version) stays and is read again.
4. What could not be read waits: `retry_after_seconds` for passing faults, else longer each time, up
   to an hour.
"""

import logging
import os
import time
from collections import deque
from collections.abc import Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final, TypeAlias

from django.db import close_old_connections

from common import clock, sql
from common.trouble import is_connection_lost
from customers.models import RefreshRequest
from customers.services.facts import Answer, apply_answer
from customers.services.groups import GroupGone, apply_group, mark_dismissed
from customers.services.merges import merge_pending
from customers.services.reading import (
    read_contacts_into,
    read_customer,
    read_group,
    read_tags_into,
)
from wecom.client import Client, corp_client
from wecom.errors import Transient, WeComError
from wecom.models import Corp

logger = logging.getLogger(__name__)

CLAIM_ROWS: Final = 32
READ_THREADS: Final = 6
LEASE: Final = timedelta(seconds=60)
LONGEST_WAIT: Final = timedelta(hours=1)

# A claimed request is due again when its lease ends; if repeated meanwhile, when that asks for it.
# Materialized, or a nested loop may run the locking select again and claim more than the limit.
_CLAIM = """
WITH due AS MATERIALIZED (
    SELECT id FROM customers_refreshrequest
     WHERE due_at <= %(now)s AND (lease_until IS NULL OR lease_until < clock_timestamp())
     ORDER BY due_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED
)
UPDATE customers_refreshrequest request
   SET lease_until = clock_timestamp() + %(lease)s, due_at = %(now)s + %(lease)s,
       attempts = least(request.attempts + 1, 32767)
  FROM due WHERE request.id = due.id
RETURNING request.id, request.corp_id, request.kind, request.key, request.version,
          request.attempts
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
_GIVE_BACK = """
UPDATE customers_refreshrequest SET lease_until = NULL, due_at = least(due_at, %s),
       attempts = greatest(attempts - 1, 0)
 WHERE id = ANY(%s)
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


# What came of each reading that was begun.
Readings: TypeAlias = dict[Claimed, Answer | BaseException]


@lru_cache(maxsize=1)
def _threads_of(pid: int) -> Executor:
    return ThreadPoolExecutor(READ_THREADS, thread_name_prefix="read")


def process_threads() -> Executor:
    """Return the reading threads of this process, made at first use; a fork has its own.

    Each keeps a database connection of its own.
    """
    return _threads_of(os.getpid())


def refresh_due(*, now: datetime, budget_seconds: float) -> int:
    """Read what is due until nothing is left or the budget is used; returns how many were read.

    After the budget only readings that have begun are waited for.
    """
    began = time.monotonic()
    count = 0
    while (elapsed := time.monotonic() - began) < budget_seconds:
        now_here = now + timedelta(seconds=elapsed)
        rows = sql.fetch_all(_CLAIM, {"now": now_here, "limit": CLAIM_ROWS, "lease": LEASE})
        if not rows:
            break
        by_corp: dict[int, list[Claimed]] = {}
        for row in rows:
            by_corp.setdefault(row[1], []).append(Claimed(*row))
        for corp in Corp.objects.filter(id__in=by_corp):
            count += _refresh_corp(corp, by_corp[corp.pk], deadline=began + budget_seconds)
    return count


def _refresh_corp(corp: Corp, claimed: Sequence[Claimed], *, deadline: float) -> int:
    try:
        client = corp_client(corp.pk)
    except WeComError as error:
        for request in claimed:
            _postpone(request, error)
        return 0
    # Tags come before the people who carry them.
    people = [request for request in claimed if request.kind == RefreshRequest.Kind.CUSTOMER]
    others = [request for request in claimed if request.kind != RefreshRequest.Kind.CUSTOMER]
    count, late = 0, []
    for request in others:
        if time.monotonic() < deadline:
            count += _refresh_other(corp, client, request)
        else:
            late.append(request)
    _give_back(late)
    return count + _refresh_people(corp, client, people, deadline=deadline)


def _refresh_people(
    corp: Corp, client: Client, claimed: Sequence[Claimed], *, deadline: float
) -> int:
    asked_at = clock.now()
    readings = _read_people(client, claimed, deadline=deadline)
    _give_back([request for request in claimed if request not in readings])
    answers: dict[Claimed, Answer] = {}
    for request, outcome in readings.items():
        if isinstance(outcome, Answer):
            answers[request] = outcome
        else:
            _postpone(request, outcome)
    count = _take_over(corp, answers, asked_at=asked_at) if answers else 0
    merge_pending(now=clock.now())
    return count


def _read_people(client: Client, claimed: Sequence[Claimed], *, deadline: float) -> Readings:
    """Read these customers, a few at a time, beginning none after the deadline."""
    waiting = deque(claimed)
    under_way: dict[Future[Answer], Claimed] = {}
    readings: Readings = {}
    while True:
        while waiting and len(under_way) < READ_THREADS and time.monotonic() < deadline:
            request = waiting.popleft()
            under_way[process_threads().submit(_read_one, client, request)] = request
        if not under_way:
            return readings
        for future in wait(under_way, return_when=FIRST_COMPLETED).done:
            readings[under_way.pop(future)] = future.exception() or future.result()


def _read_one(client: Client, request: Claimed) -> Answer:
    close_old_connections()
    return read_customer(client, request.key)


def _take_over(corp: Corp, answers: Mapping[Claimed, Answer], *, asked_at: datetime) -> int:
    """Take answers over together, or one by one if one of them cannot be; returns how many."""
    whole = Answer(
        contacts=[contact for answer in answers.values() for contact in answer.contacts],
        relations=[relation for answer in answers.values() for relation in answer.relations],
        complete_for=frozenset().union(*(answer.complete_for for answer in answers.values())),
    )
    try:
        apply_answer(whole, corp=corp, asked_at=asked_at, now=clock.now(), source="refresh")
    except Exception as error:
        if is_connection_lost(error):
            raise
        if len(answers) == 1:
            logger.warning("refresh_not_taken_over", exc_info=True)
            _postpone(next(iter(answers)), error)
            return 0
    else:
        _finish(list(answers))
        return len(answers)
    return sum(
        _take_over(corp, {request: answer}, asked_at=asked_at)
        for request, answer in answers.items()
    )


def _refresh_other(corp: Corp, client: Client, request: Claimed) -> int:
    asked_at = clock.now()
    try:
        if request.kind == RefreshRequest.Kind.TAGS:
            read_tags_into(client, corp=corp)
        elif request.kind == RefreshRequest.Kind.CONTACTS:
            read_contacts_into(client, corp=corp, now=asked_at)
        else:
            _refresh_group(corp, client, request.key, asked_at)
    except Exception as error:
        if is_connection_lost(error):
            raise
        if not isinstance(error, WeComError):
            logger.warning("refresh_not_taken_over", exc_info=True)
        _postpone(request, error)
        return 0
    _finish([request])
    return 1


def _refresh_group(corp: Corp, client: Client, chat_id: str, asked_at: datetime) -> None:
    try:
        fact = read_group(client, chat_id)
    except GroupGone:
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


def _give_back(claimed: Sequence[Claimed]) -> None:
    """Let others read, or ourselves next time, what there was no time for."""
    if claimed:
        sql.execute(_GIVE_BACK, [clock.now(), [request.id for request in claimed]])


def _postpone(request: Claimed, error: BaseException) -> None:
    """Give the request back, to be looked at again when that can help."""
    if isinstance(error, Transient):
        pause = timedelta(seconds=error.retry_after_seconds)
    else:
        pause = min(timedelta(seconds=2 ** min(request.attempts, 12)), LONGEST_WAIT)
    reason = str(error) if isinstance(error, WeComError) else f"{type(error).__name__}: {error}"
    logger.info(
        "refresh_postponed",
        extra={"kind": request.kind, "error": type(error).__name__, "seconds": pause.seconds},
    )
    sql.execute(
        """UPDATE customers_refreshrequest
              SET lease_until = NULL, due_at = %s, last_error = left(%s, 500) WHERE id = %s""",
        [clock.now() + pause, reason.replace("\x00", ""), request.id],
    )
