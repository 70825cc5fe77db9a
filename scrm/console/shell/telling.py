"""What the jobs tray and the notifications show."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import Prefetch, QuerySet
from django.urls import reverse

from customers.selectors.customers import customers_visible_to
from org.models import Alert, Job, JobFile, User
from org.selectors.jobs import jobs_visible_to

TRAY_JOBS: Final = 8
RECENT_ALERTS: Final = 8

TONES: Final[dict[str, str]] = {
    Job.State.RUNNING: "brand",
    Job.State.DONE: "ok",
    Job.State.FAILED: "bad",
    Job.State.CANCELLED: "",
}
ALERT_SIGNS: Final[dict[str, tuple[str, str]]] = {
    Alert.Kind.HIGH_INTENT: ("flame", "bad"),
    Alert.Kind.NEW_FRIEND: ("user-plus", "ok"),
    Alert.Kind.READ: ("book-open", "cyan"),
}


@dataclass(frozen=True, slots=True)
class ShownJob:
    """Long work with its state in words, its files, and whether it can be stopped."""

    job: Job
    tone: str
    files: Sequence[JobFile]

    @property
    def is_running(self) -> bool:
        """True while it can be cancelled."""
        return self.job.state == Job.State.RUNNING


@dataclass(frozen=True, slots=True)
class ShownAlert:
    """An alert with its picture and the page of its customer."""

    alert: Alert
    icon: str
    tone: str
    customer: str
    url: str


def jobs_of(viewer: User) -> QuerySet[Job]:
    """Return the jobs a person may see, newest first, with the names of their files."""
    files = JobFile.objects.defer("content").order_by("number")
    return jobs_visible_to(viewer).order_by("-id").prefetch_related(Prefetch("files", files))


def shown_jobs(jobs: Iterable[Job]) -> list[ShownJob]:
    """Return jobs as pages show them."""
    return [ShownJob(job, TONES[job.state], list(job.files.all())) for job in jobs]


def shown_alerts(alerts: Iterable[Alert], *, viewer: User) -> list[ShownAlert]:
    """Return alerts as pages show them; a customer out of reach has no page."""
    alerts = list(alerts)
    known: dict[int, tuple[str, UUID]] = {
        row.pk: (row.name, row.uid)
        for row in customers_visible_to(viewer).filter(
            id__in={alert.customer_id for alert in alerts}
        )
    }
    return [_shown_alert(alert, known.get(alert.customer_id)) for alert in alerts]


def _shown_alert(alert: Alert, customer: tuple[str, UUID] | None) -> ShownAlert:
    icon, tone = ALERT_SIGNS.get(alert.kind, ("bell", ""))
    name, url = (customer[0], reverse("customer", args=[customer[1]])) if customer else ("", "")
    return ShownAlert(alert, icon, tone, name, url)


def count_running(viewer: User) -> int:
    """Return how many of a person's jobs run."""
    return jobs_visible_to(viewer).filter(state=Job.State.RUNNING).count()


def finished_since(viewer: User, *, since: datetime) -> int:
    """Return how many of a person's jobs have ended since."""
    return jobs_visible_to(viewer).filter(finished_at__gte=since).count()
