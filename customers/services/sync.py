"""Synchronisation and the nightly sweep (同步与巡检): a walk over all WeCom tells, in slices.

The walk is a `Job`: contacts, tags, each member's customers page by page, each group. After every
page the cursor is stored, so a killed worker goes on where it stood. A sweep is the same walk,
which also writes down what it found different: the drift.
"""

import logging
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.db.models import Count

from common import bell, clock, sql
from customers.models import Drift, GroupChat
from customers.services.facts import apply_answer, unlist_staff_remainder
from customers.services.findings import Finding, save_drift
from customers.services.groups import apply_group, mark_dismissed
from customers.services.merges import merge_pending
from customers.services.reading import (
    read_contacts_into,
    read_customers_of,
    read_group,
    read_tags_into,
)
from org.models import Job
from org.services.staff import ensure_staff
from wecom.api import groups as groups_api
from wecom.client import Client, corp_client
from wecom.errors import CursorRejected, ItemRefused, Misconfigured, Transient, WeComError
from wecom.models import Corp

logger = logging.getLogger(__name__)

KINDS: Final = ("sync", "sweep")
TITLES: Final = {"sync": "同步企业微信", "sweep": "夜间核对企业微信"}
LEASE_SECONDS: Final = 60

_LEASE = """
UPDATE org_job SET lease_until = clock_timestamp() + interval '60 seconds'
 WHERE id = %s AND state = 'running' AND (lease_until IS NULL OR lease_until < clock_timestamp())
"""


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
        if sql.execute(_LEASE, [job.pk]):
            job.refresh_from_db()
            while job.state == Job.State.RUNNING and time.monotonic() < deadline:
                steps += 1
                if not _step(job):
                    break
            Job.objects.filter(pk=job.pk).update(lease_until=None)
    return steps


def _start(kind: str, corp: Corp, *, now: datetime) -> Job:
    try:
        with transaction.atomic():
            job = Job.objects.create(
                kind=kind,
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
    corp = Corp.objects.get(pk=job.cursor["corp"])
    try:
        _STEPS[job.cursor["step"]](job, corp, corp_client(corp.pk))
    except CursorRejected:
        _move(job, customer_cursor="")
    except Misconfigured as error:
        _fail(job, error)
        return False
    except Transient as error:
        logger.info("sync_waits", extra={"seconds": error.retry_after_seconds})
        return False
    except WeComError as error:
        return _count_failure(job, error)
    return True


def _contacts(job: Job, corp: Corp, client: Client) -> None:
    followers = read_contacts_into(client, corp=corp, now=clock.now())
    _move(job, step="tags", staff=sorted(followers), staff_total=len(followers))


def _tags(job: Job, corp: Corp, client: Client) -> None:
    read_tags_into(client, corp=corp)
    _move(job, step="customers")


def _customers(job: Job, corp: Corp, client: Client) -> None:
    """Read one page of the first waiting member's customers."""
    if not job.cursor["staff"]:
        _move(job, step="group_list")
        return
    userid = job.cursor["staff"][0]
    asked_at = clock.now()
    walked_from = job.cursor.get("walked_from") or asked_at.isoformat()
    answer, following = read_customers_of(
        client, userid=userid, cursor=job.cursor.get("customer_cursor", "")
    )
    with transaction.atomic():
        now = clock.now()
        findings = apply_answer(answer, corp=corp, asked_at=asked_at, now=now, source="sync")
        if following:
            changes = {"customer_cursor": following, "walked_from": walked_from}
        else:
            staff = ensure_staff(corp_pk=corp.pk, userids=[userid])
            findings += unlist_staff_remainder(
                corp=corp,
                staff_id=staff[userid.lower()],
                walked_from=datetime.fromisoformat(walked_from),
                now=now,
            )
            changes = {"staff": job.cursor["staff"][1:], "customer_cursor": "", "walked_from": ""}
        _keep(job, findings, corp)
        job.result["customers"] += len(answer.relations)
        job.done_count = job.result["customers"]
        _move(job, **changes)
    merge_pending(now=clock.now())


def _group_list(job: Job, corp: Corp, client: Client) -> None:
    listed = [ref.chat_id for ref in groups_api.groupchat_list(client)]
    now = clock.now()
    missing = GroupChat.objects.filter(corp=corp, is_dismissed=False).exclude(chat_id__in=listed)
    with transaction.atomic():
        gone = list(missing.values_list("chat_id", flat=True))
        mark_dismissed(corp_pk=corp.pk, chat_ids=gone, now=now)
        _keep(job, [Finding("group_gone", chat_id, {}) for chat_id in gone], corp)
        _move(job, step="groups", groups=listed)


def _groups(job: Job, corp: Corp, client: Client) -> None:
    """Read one waiting group, or end the walk."""
    if not job.cursor["groups"]:
        _finish(job)
        return
    chat_id, *rest = job.cursor["groups"]
    asked_at = clock.now()
    try:
        fact = read_group(client, chat_id)
    except ItemRefused:
        _move(job, groups=rest)
        return
    with transaction.atomic():
        findings = apply_group(fact, corp=corp, asked_at=asked_at, now=clock.now())
        _keep(job, findings, corp)
        job.result["groups"] += 1
        _move(job, groups=rest)


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


def _move(job: Job, **changes: Any) -> None:
    """Store where the walk stands and keep the lease."""
    job.cursor = job.cursor | changes | {"failures": 0}
    job.save(update_fields=["cursor", "result", "done_count"])
    sql.execute(
        "UPDATE org_job SET lease_until = clock_timestamp() + interval '60 seconds' WHERE id = %s",
        [job.pk],
    )


def _finish(job: Job) -> None:
    if job.kind == "sweep":
        kinds = Drift.objects.filter(job_id=job.pk).values_list("kind").annotate(Count("id"))
        job.result["drift_by_kind"] = dict(kinds.order_by("kind"))
    job.state = Job.State.DONE
    job.finished_at = clock.now()
    job.save(update_fields=["state", "finished_at", "result"])


def _count_failure(job: Job, error: WeComError) -> bool:
    """Try an unclear or refused step again a few times, then fail the walk with its reason."""
    failures = job.cursor.get("failures", 0) + 1
    if failures >= 5:
        _fail(job, error)
    else:
        job.cursor["failures"] = failures
        job.save(update_fields=["cursor"])
    return False


def _fail(job: Job, error: WeComError) -> None:
    job.state = Job.State.FAILED
    job.error = str(error)[:500]
    job.finished_at = clock.now()
    job.save(update_fields=["state", "error", "finished_at"])
