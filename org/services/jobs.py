"""Long work in slices (任务): begun by people, done by workers, watched and cancelled meanwhile.

1. `start_job` writes the plan and rings the bell; its transaction is the caller's.
2. A worker takes a lease and calls the kind's step again and again. A step does one slice and says
   where it stands with `move`, both in one transaction.
3. `move` names the lease's token: a worker that was overtaken, or whose job was cancelled, finds
   `LeaseLost` and its slice is rolled back.
4. A step that fails is tried again; the fifth time in a row the job fails with its reason.
"""

import logging
import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final, TypeAlias

from django.db import transaction
from django.db.models import DateTimeField, Func

from common import bell, clock, sql
from common.trouble import is_connection_lost
from org.models import Job, JobFile, User

logger = logging.getLogger(__name__)

JOBS_BELL: Final = "scrm.jobs"
LEASE: Final = timedelta(seconds=60)
MAX_FAILURES: Final = 5
FILES_KEPT: Final = timedelta(days=3)

_TAKE: Final = """
UPDATE org_job SET lease_until = clock_timestamp() + %s, lease_token = lease_token + 1
 WHERE id = %s AND state = 'running' AND (lease_until IS NULL OR lease_until < clock_timestamp())
RETURNING lease_token, old.lease_until IS NOT NULL
"""

# One slice of a job; false when it should rest.
Step: TypeAlias = Callable[[Job], bool]


class LeaseLost(RuntimeError):
    """The job is another worker's now, or was cancelled: what this slice did is rolled back."""


def start_job(
    *,
    kind: str,
    subject: str,
    title: str,
    plan: Mapping[str, Any],
    total: int | None,
    user: User,
    now: datetime,
) -> Job:
    """Begin long work (开始任务), in the caller's transaction.

    Args:
        subject: One job of a kind runs at a time for one subject.
        plan: What the whole work consists of; never changed.
        total: Of how many, where that is known.
    """
    job = Job.objects.create(
        kind=kind,
        subject=subject,
        title=title[:128],
        plan=dict(plan),
        total_count=total,
        started_by=user,
        created_at=now,
    )
    bell.ring(JOBS_BELL)
    return job


def advance_jobs(steps: Mapping[str, Step], *, budget_seconds: float) -> int:
    """Go on with running jobs of these kinds; returns how many slices were done."""
    deadline = time.monotonic() + budget_seconds
    count = 0
    for job in Job.objects.filter(state=Job.State.RUNNING, kind__in=list(steps)).order_by("id"):
        if time.monotonic() >= deadline:
            break
        taken = sql.fetch_all(_TAKE, [LEASE, job.pk])
        if not taken:
            continue
        job.refresh_from_db()
        job.lease_token, was_left_behind = taken[0]
        if was_left_behind:
            _count_failure(job, TimeoutError("the worker was gone"))
        while job.state == Job.State.RUNNING and time.monotonic() < deadline:
            count += 1
            if not _advance(job, steps[job.kind]):
                break
        Job.objects.filter(pk=job.pk, lease_token=job.lease_token).update(lease_until=None)
    return count


def move(job: Job, **values: Any) -> None:
    """Write down where a job stands, in the slice's own transaction, and keep the lease.

    Raises:
        LeaseLost: the job is not ours any more.
    """
    for name, value in values.items():
        setattr(job, name, value)
    job.cursor = {**job.cursor, "failures": 0}
    _save(job, "cursor", *(name for name in values if name != "cursor"))


def finish(job: Job, **values: Any) -> None:
    """Say that a job is done; see `move`."""
    move(job, **values, state=Job.State.DONE, finished_at=clock.now())


def cancel_job(job: Job, *, now: datetime) -> bool:
    """Cancel a running job (取消任务): what it has done stays; false when it had ended already."""
    running = Job.objects.filter(pk=job.pk, state=Job.State.RUNNING)
    changed = running.update(state=Job.State.CANCELLED, finished_at=now, lease_until=None)
    job.refresh_from_db()
    return changed == 1


def keep_file(job: Job, *, number: int, name: str, content: bytes, now: datetime) -> None:
    """Keep a file that a job made, in the slice's transaction; the same number again replaces it.

    Args:
        content: The whole file; large results are several files.
    """
    JobFile.objects.update_or_create(
        job=job, number=number, defaults={"name": name, "content": content, "created_at": now}
    )


def prune_files(*, now: datetime) -> int:
    """Delete the files that nobody needs any more; returns how many."""
    return JobFile.objects.filter(created_at__lt=now - FILES_KEPT).delete()[0]


def _advance(job: Job, step: Step) -> bool:
    try:
        with transaction.atomic():
            return step(job)
    except LeaseLost:
        logger.info("job_lease_lost", extra={"job": job.pk})
        return False
    except Exception as error:
        if is_connection_lost(error):
            raise
        logger.warning("job_slice_failed", exc_info=True, extra={"job": job.pk})
        _count_failure(job, error)
        return False


def _count_failure(job: Job, error: Exception) -> None:
    job.refresh_from_db(fields=["cursor", "state", "done_count", "result"])
    failures = job.cursor.get("failures", 0) + 1
    job.cursor = {**job.cursor, "failures": failures}
    job.error = f"{type(error).__name__}: {error}"[:500]
    fields = ["cursor", "error"]
    if failures >= MAX_FAILURES and job.state == Job.State.RUNNING:
        job.state, job.finished_at = Job.State.FAILED, clock.now()
        fields += ["state", "finished_at"]
    try:
        _save(job, *fields)
    except LeaseLost:
        logger.info("job_lease_lost", extra={"job": job.pk})


def _save(job: Job, *fields: str) -> None:
    values: dict[str, Any] = {name: getattr(job, name) for name in fields}
    until = Func(function="clock_timestamp", output_field=DateTimeField())
    ours = Job.objects.filter(pk=job.pk, state=Job.State.RUNNING, lease_token=job.lease_token)
    if not ours.update(lease_until=until + LEASE, **values):
        raise LeaseLost
