"""Synchronisation and the nightly sweep (同步与巡检): a walk over all WeCom tells, in slices.

The walk is a `Job`: contacts, tags, each member's customers page by page, each group. After every
page the cursor is stored in the page's own transaction, so a killed worker goes on where it stood,
and a worker whose lease another has taken rolls its page back. A sweep is the same walk, which also
writes down what it found different: the drift.
"""

import logging
import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.db.models import Count, DateTimeField, Func, Q
from django.utils.translation import gettext_noop

from common import bell, clock, sql
from common.trouble import is_connection_lost
from customers.models import Drift, GroupChat
from customers.services.facts import apply_answer, unlist_staff_remainder
from customers.services.findings import Finding, save_drift
from customers.services.groups import GroupGone, apply_group, mark_dismissed
from customers.services.merges import merge_pending
from customers.services.reading import (
    read_contacts_into,
    read_customers_of,
    read_group,
    read_tags_into,
)
from org.models import Job, Staff
from org.services.staff import ensure_staff
from wecom.api import groups as groups_api
from wecom.client import Client, corp_client
from wecom.errors import (
    CursorRejected,
    ItemRefused,
    Misconfigured,
    StaffUnreachable,
    Transient,
    WeComError,
)
from wecom.models import Corp

logger = logging.getLogger(__name__)

KINDS: Final = ("sync", "sweep")
TITLES: Final = {"sync": gettext_noop("同步企业微信"), "sweep": gettext_noop("夜间核对企业微信")}
LEASE: Final = timedelta(seconds=60)
MAX_FAILURES: Final = 5

_LEASE = """
UPDATE org_job SET lease_until = clock_timestamp() + %s, lease_token = lease_token + 1
 WHERE id = %s AND state = 'running' AND (lease_until IS NULL OR lease_until < clock_timestamp())
RETURNING lease_token, old.lease_until IS NOT NULL
"""
# The planner thinks of tables that were empty when it last looked as of tables with a row or two:
# after a first synchronisation it would join all with all until autovacuum comes round.
_KNOW_WHAT_CAME = """
ANALYZE customers_customer, customers_identity, customers_follow, customers_profile,
        customers_tagassignment
"""


class StepUnfinished(RuntimeError):
    """A worker died in this step, or was too slow for its lease."""


class LeaseLost(RuntimeError):
    """Another worker has taken this walk over: what was done in this step is rolled back."""


class AlreadyRunning(RuntimeError):
    """A synchronisation of this kind is under way."""


def start_sync(*, corp: Corp, now: datetime) -> Job:
    """Begin the first, or a full, synchronisation of a corp.

    Raises:
        AlreadyRunning: one is under way.
    """
    return _start("sync", corp, now=now)


def start_sweep(*, now: datetime) -> list[Job]:
    """Begin the reconciliation of every corp; one that still runs is left alone."""
    jobs = []
    for corp in Corp.objects.order_by("id"):
        try:
            jobs.append(_start("sweep", corp, now=now))
        except AlreadyRunning:
            logger.info("sweep_still_running", extra={"corp": corp.corp_id})
    return jobs


def advance_jobs(*, now: datetime, budget_seconds: float) -> int:
    """Go on with running walks; returns how many steps were made."""
    deadline = time.monotonic() + budget_seconds
    steps = 0
    for job in Job.objects.filter(state=Job.State.RUNNING, kind__in=KINDS).order_by("id"):
        taken = sql.fetch_all(_LEASE, [LEASE, job.pk])
        if taken:
            job.refresh_from_db()
            job.lease_token, was_left_behind = taken[0]
            if was_left_behind:
                _count_failure(job, StepUnfinished(job.cursor["step"]))
            while job.state == Job.State.RUNNING and time.monotonic() < deadline:
                steps += 1
                if not _step(job):
                    break
            Job.objects.filter(pk=job.pk, lease_token=job.lease_token).update(lease_until=None)
    return steps


def _start(kind: str, corp: Corp, *, now: datetime) -> Job:
    try:
        with transaction.atomic():
            job = Job.objects.create(
                kind=kind,
                subject=corp.corp_id,
                title=TITLES[kind],
                created_at=now,
                cursor={"corp": corp.pk, "step": "contacts"},
                result={"customers": 0, "groups": 0, "drift": 0},
            )
            bell.ring("scrm.sync")
    except IntegrityError as error:
        raise AlreadyRunning(kind) from error
    return job


def _step(job: Job) -> bool:
    """Make one step of a walk; false when it should rest."""
    try:
        corp = Corp.objects.get(pk=job.cursor["corp"])
        _STEPS[job.cursor["step"]](job, corp, corp_client(corp.pk))
    except Misconfigured as error:
        return _fail(job, error)
    except Transient as error:
        logger.info("sync_waits", extra={"seconds": error.retry_after_seconds})
        return False
    except LeaseLost:
        logger.info("sync_lease_lost", extra={"job": job.pk})
        return False
    except Exception as error:
        if is_connection_lost(error):
            raise
        if not isinstance(error, WeComError):
            logger.warning("sync_step_failed", exc_info=True, extra={"job": job.pk})
        return _count_failure(job, error)
    return True


def _contacts(job: Job, corp: Corp, client: Client) -> None:
    """Read contacts; who has customers, by WeCom's list or by ours, is who the walk visits."""
    followers = read_contacts_into(client, corp=corp, now=clock.now())
    ours = Staff.objects.filter(corp=corp, left_at=None, follows__is_listed=True).distinct()
    visited = {userid.lower(): userid for userid in ours.values_list("userid", flat=True)}
    visited |= {userid.lower(): userid for userid in followers}
    job.plan = {"staff": sorted(visited.values())}
    _move(job, "plan", step="tags", staff_done=0)


def _tags(job: Job, corp: Corp, client: Client) -> None:
    read_tags_into(client, corp=corp)
    _move(job, step="customers")


def _customers(job: Job, corp: Corp, client: Client) -> None:
    """Read one page of the next member's customers."""
    done = job.cursor["staff_done"]
    if done >= len(job.plan["staff"]):
        _move(job, step="group_list")
        return
    userid = job.plan["staff"][done]
    asked_at = clock.now()
    walked_from = job.cursor.get("walked_from") or asked_at.isoformat()
    cursor = job.cursor.get("customer_cursor", "")
    try:
        answer, following = read_customers_of(client, userid=userid, cursor=cursor)
    except StaffUnreachable as error:
        _skip_member(job, userid, error)
        return
    except CursorRejected:
        if not cursor:
            raise
        _move(job, customer_cursor="")
        return
    with transaction.atomic():
        now = clock.now()
        findings = apply_answer(answer, corp=corp, asked_at=asked_at, now=now, source="sync")
        changes = {"customer_cursor": following, "walked_from": walked_from}
        if not following:
            staff = ensure_staff(corp_pk=corp.pk, userids=[userid])
            findings += unlist_staff_remainder(
                corp=corp,
                staff_id=staff[userid.lower()],
                walked_from=datetime.fromisoformat(walked_from),
                now=now,
            )
            changes = _after_member(done)
        _keep(job, findings, corp)
        job.result["customers"] += len(answer.relations)
        job.done_count = job.result["customers"]
        _move(job, **changes)
    merge_pending(now=clock.now())


def _after_member(done: int) -> dict[str, Any]:
    return {"staff_done": done + 1, "customer_cursor": "", "walked_from": ""}


def _skip_member(job: Job, userid: str, error: StaffUnreachable) -> None:
    """WeCom does not tell of this member's customers (any more): what we hold of them stays."""
    logger.warning("sync_member_skipped", extra={"userid": userid, "errcode": error.errcode})
    job.result["skipped_staff"] = [*job.result.get("skipped_staff", []), userid]
    _move(job, **_after_member(job.cursor["staff_done"]))


def _group_list(job: Job, corp: Corp, client: Client) -> None:
    """Read which groups there are; what was made or seen since the list was asked for stays."""
    asked_at = clock.now()
    listed = [ref.chat_id for ref in groups_api.groupchat_list(client)]
    older = Q(synced_at=None) | Q(synced_at__lt=asked_at)
    older &= Q(created_on_wecom_at=None) | Q(created_on_wecom_at__lt=asked_at)
    missing = GroupChat.objects.filter(older, corp=corp, is_dismissed=False)
    with transaction.atomic():
        rows = missing.exclude(chat_id__in=listed).order_by("id").select_for_update()
        gone = list(rows.values_list("chat_id", flat=True))
        mark_dismissed(corp_pk=corp.pk, chat_ids=gone, now=asked_at)
        _keep(job, [Finding("group_gone", chat_id, {}) for chat_id in gone], corp)
        job.plan = job.plan | {"groups": listed}
        _move(job, "plan", step="groups", groups_done=0)


def _groups(job: Job, corp: Corp, client: Client) -> None:
    """Read the next group, or end the walk."""
    done = job.cursor["groups_done"]
    if done >= len(job.plan["groups"]):
        _finish(job)
        return
    chat_id = job.plan["groups"][done]
    asked_at = clock.now()
    try:
        fact = read_group(client, chat_id)
    except GroupGone:
        with transaction.atomic():
            mark_dismissed(corp_pk=corp.pk, chat_ids=[chat_id], now=asked_at)
            _move(job, groups_done=done + 1)
        return
    except ItemRefused as error:
        logger.warning("sync_group_skipped", extra={"chat": chat_id, "errcode": error.errcode})
        job.result["skipped_groups"] = [*job.result.get("skipped_groups", []), chat_id]
        _move(job, groups_done=done + 1)
        return
    with transaction.atomic():
        findings = apply_group(fact, corp=corp, asked_at=asked_at, now=clock.now())
        _keep(job, findings, corp)
        job.result["groups"] += 1
        _move(job, groups_done=done + 1)


_STEPS: Final[Mapping[str, Callable[[Job, Corp, Client], None]]] = {
    "contacts": _contacts,
    "tags": _tags,
    "customers": _customers,
    "group_list": _group_list,
    "groups": _groups,
}


def _keep(job: Job, findings: list[Finding], corp: Corp) -> None:
    if job.kind == "sweep":
        save_drift(findings, corp=corp, job_id=job.pk, now=clock.now())
        job.result["drift"] += len(findings)


def _move(job: Job, *fields: str, **changes: Any) -> None:
    """Store where the walk stands and keep the lease."""
    job.cursor = job.cursor | changes | {"failures": 0}
    _save(job, "cursor", "result", "done_count", *fields)


def _save(job: Job, *fields: str) -> None:
    """Store these fields, if the lease is still ours.

    Raises:
        LeaseLost: another worker took the walk over.
    """
    values: dict[str, Any] = {name: getattr(job, name) for name in fields}
    now = Func(function="clock_timestamp", output_field=DateTimeField())
    ours = Job.objects.filter(pk=job.pk, state=Job.State.RUNNING, lease_token=job.lease_token)
    if not ours.update(lease_until=now + LEASE, **values):
        raise LeaseLost


def _finish(job: Job) -> None:
    if job.kind == "sweep":
        kinds = Drift.objects.filter(job_id=job.pk).values_list("kind").annotate(Count("id"))
        job.result["drift_by_kind"] = dict(kinds.order_by("kind"))
    job.state = Job.State.DONE
    job.finished_at = clock.now()
    _save(job, "state", "finished_at", "result")
    if job.kind == "sync":
        sql.execute(_KNOW_WHAT_CAME)


def _count_failure(job: Job, error: Exception) -> bool:
    """Try a step that failed again a few times, then fail the walk with its reason."""
    job.refresh_from_db(fields=["cursor", "result", "done_count", "plan"])
    job.cursor["failures"] = job.cursor.get("failures", 0) + 1
    if job.cursor["failures"] >= MAX_FAILURES:
        return _fail(job, error)
    return _save_or_yield(job, "cursor")


def _fail(job: Job, error: Exception) -> bool:
    name = "" if isinstance(error, WeComError) else f"{type(error).__name__}: "
    job.state = Job.State.FAILED
    job.error = f"{name}{error}"[:500]
    job.finished_at = clock.now()
    return _save_or_yield(job, "state", "error", "finished_at", "cursor")


def _save_or_yield(job: Job, *fields: str) -> bool:
    """Store a failure; whoever has taken the walk over meets it itself. The slice rests."""
    try:
        _save(job, *fields)
    except LeaseLost:
        logger.info("sync_lease_lost", extra={"job": job.pk})
    return False
