"""Reading the audit log (审计日志)."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Q, QuerySet

from common.clock import SHANGHAI
from org.models import AuditRow


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """What the log is narrowed to; empty means all.

    Attributes:
        action: One kind of act.
        actor_id: One account.
        subject: What it was done to, exactly: `customer:UID`.
        text: Part of the actor's name or of the subject, or an address.
        start: First day, Asia/Shanghai.
        end: Last day.
    """

    action: str = ""
    actor_id: int | None = None
    subject: str = ""
    text: str = ""
    start: date | None = None
    end: date | None = None


def audit_rows(wanted: AuditFilter) -> QuerySet[AuditRow]:
    """Return the rows of the log that match, newest first."""
    rows = AuditRow.objects.all()
    if wanted.action:
        rows = rows.filter(action=wanted.action)
    if wanted.actor_id is not None:
        rows = rows.filter(actor_id=wanted.actor_id)
    if wanted.subject:
        rows = rows.filter(subject=wanted.subject)
    if wanted.text:
        text = wanted.text
        rows = rows.filter(
            Q(actor_name__icontains=text)
            | Q(subject__icontains=text)
            | Q(detail__username__icontains=text)
        )
    if wanted.start:
        rows = rows.filter(at__gte=_midnight(wanted.start))
    if wanted.end:
        rows = rows.filter(at__lt=_midnight(wanted.end + timedelta(days=1)))
    return rows.order_by("-at", "-id")


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=SHANGHAI)
