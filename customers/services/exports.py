"""Beginning to export customers (导出客户): audited, and a job where the list is long."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext as _

from org.models import AuditRow, Job, User
from org.services.audit import record_audit
from org.services.jobs import start_job

EXPORT_KIND: Final = "export"


def begin_export(
    *,
    user: User,
    chosen: Mapping[str, Any],
    total: int,
    at_once: int,
    now: datetime,
    address: str | None = None,
) -> Job | None:
    """Write an export down in the audit log, and start its job (导出); None where it is short.

    One transaction.

    Args:
        chosen: Whom, as it is kept in the job.
        at_once: A list of so many is answered at once, by whoever asked.
    """
    with transaction.atomic():
        record_audit(
            actor=user,
            action=AuditRow.Action.EXPORT,
            subject="customers",
            detail={"count": total, "chosen": dict(chosen)},
            now=now,
            address=address,
        )
        if total <= at_once:
            return None
        return start_job(
            kind=EXPORT_KIND,
            subject=f"{user.pk}:{now.isoformat()}",
            title=_("导出客户"),
            plan={"chosen": dict(chosen), "user": user.pk},
            total=total,
            user=user,
            now=now,
        )
