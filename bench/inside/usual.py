"""The usual way, for comparison: one Celery task with an ETA a touch, row by row through the ORM.

A worker runs it (`celery -A bench.inside.usual worker`); `python -m bench.inside.usual` publishes:
it says `ready`, reads how many, publishes them with an ETA of now, and answers the seconds from the
first publication until the last touch stands in the database.
"""

import json
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from celery import Celery
from django.conf import settings

import bench.inside  # noqa: F401 - sets Django up
from bench.inside.talk import answer
from customers.models import Identity
from sop.models import Exposure, JourneyRun
from touches.models import Touch

WARM_UP = 20
PATIENCE_SECONDS = 600

app = Celery("usual", broker=settings.CELERY_BROKER_URL)
app.conf.update(
    task_ignore_result=True,
    worker_prefetch_multiplier=4,
    broker_transport_options={"visibility_timeout": 3600},
    task_default_queue="usual",
)


@app.task(name="bench.usual.touch")
def touch(run_id: int) -> None:
    """Look at one run, plan its touch, move it on."""
    run = JourneyRun.objects.select_related("journey").get(pk=run_id)
    identity = Identity.objects.select_related("customer__profile").get(journey_runs=run)
    profile = identity.customer.profile
    follow = identity.follows.filter(status="friend").first()
    if run.state == "active" and profile.open_count >= 0 and follow is not None:
        now = datetime.now(UTC)
        sent = Touch.objects.filter(identity=identity, due_at__gte=now - timedelta(days=1))
        if sent.count() < 5:
            Touch.objects.create(
                key=f"usual:{run.pk}",
                identity=identity,
                customer=identity.customer,
                staff=follow.staff,
                lane="M",
                purpose="knowledge",
                title="七天换粮表",
                content={"text": "换粮最怕急,这张表收好。"},
                due_at=now,
                valid_until=now + timedelta(days=1),
                origin_kind="usual",
                origin_id=str(run.pk),
                created_at=now,
            )
        Exposure.objects.create(
            run=run, journey=run.journey, step="usual", arm="treated", exposed_at=now
        )
    run.due_at = datetime.now(UTC) + timedelta(days=30)
    run.save(update_fields=["due_at"])


def publish(ids: Sequence[int], *, before: int) -> float:
    """Publish a task a run and wait until all have left their mark; returns the seconds.

    Args:
        before: How many marks there are already.
    """
    begun = time.perf_counter()
    for run_id in ids:
        touch.apply_async(args=(run_id,), eta=datetime.now(UTC))
    while Exposure.objects.filter(step="usual").count() < before + len(ids):
        if time.perf_counter() - begun > PATIENCE_SECONDS:
            sys.exit("the usual way did not come to an end")
        time.sleep(0.05)
    return time.perf_counter() - begun


def main() -> None:
    """Publish a few until the worker is warm, then the rest; answer how long that took."""
    print("ready", flush=True)
    count = json.loads(sys.stdin.readline())["count"]
    runs = JourneyRun.objects.filter(is_control=False).order_by("-id")
    ids = list(runs.values_list("id", flat=True)[: count + WARM_UP])
    publish(ids[:WARM_UP], before=0)
    answer({"count": count, "seconds": publish(ids[WARM_UP:], before=WARM_UP)})


if __name__ == "__main__":
    main()
