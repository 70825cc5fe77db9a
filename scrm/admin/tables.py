"""The tables of the back office; what has a page of its own, a secret or a million rows has none.

What is changed here is written into the audit log as well.
"""

from typing import Any

from axes.models import AccessAttempt
from django.contrib.admin import AdminSite, ModelAdmin
from django.http import HttpRequest

from common import clock
from customers.models import Drift, MergeRecord
from org.models import AuditRow, Job
from org.services.audit import record_audit
from scrm.web.access import viewer_of
from scrm.web.addresses import address_of
from touches.models import CapRule, SendingRules
from wecom.models import ApiPause


class Table(ModelAdmin):  # type: ignore[type-arg] # generic only in stubs
    """A table that is looked at, and changed only where a subclass says so."""

    list_per_page = 50
    show_full_result_count = False
    actions = None

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nothing is added."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nothing is changed."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nothing is deleted."""
        return False

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Write it down in the audit log too."""
        _note(request, obj, "added")
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Write it down in the audit log too."""
        _note(request, obj, "changed")
        return super().log_change(request, obj, message)

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        """Write it down in the audit log too."""
        for obj in queryset:
            _note(request, obj, "deleted")
        return super().log_deletions(request, queryset)


class RulesTable(Table):
    """One row of rules: changed, never added or deleted."""

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Superusers change rules."""
        return True


class CapTable(RulesTable):
    """Limits: added and switched off; a deleted one could not be told from one never made."""

    list_display = ("name", "kind", "limit", "days", "hours", "is_enabled")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Superusers add limits."""
        return True


class PauseTable(Table):
    """What WeCom told us not to call for a while; deleted to try again sooner."""

    list_display = ("corp", "api", "until", "reason")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Superusers lift a pause."""
        return True


class AttemptTable(Table):
    """Wrong passwords; deleted to let somebody in sooner."""

    list_display = ("username", "ip_address", "failures_since_start", "attempt_time")
    fields = ("username", "ip_address", "failures_since_start", "attempt_time")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Superusers end a lockout."""
        return True


class JobTable(Table):
    """Long work, with what it stumbled over."""

    list_display = ("id", "kind", "title", "state", "done_count", "total_count", "created_at")
    list_filter = ("kind", "state")


class DriftTable(Table):
    """What a sweep found different from WeCom."""

    list_display = ("found_at", "corp", "kind", "key")
    list_filter = ("kind",)


class MergeTable(Table):
    """Which customers became one."""

    raw_id_fields = ()


def register(site: AdminSite) -> None:
    """Show the tables on a site."""
    for model, table in (
        (SendingRules, RulesTable),
        (CapRule, CapTable),
        (ApiPause, PauseTable),
        (AccessAttempt, AttemptTable),
        (Job, JobTable),
        (Drift, DriftTable),
        (MergeRecord, MergeTable),
    ):
        site.register(model, table)


def _note(request: HttpRequest, obj: Any, what: str) -> None:
    record_audit(
        actor=viewer_of(request),
        action=AuditRow.Action.BACK_OFFICE,
        subject=f"{obj._meta.label_lower}:{obj.pk}",
        detail={"what": what},
        now=clock.now(),
        address=address_of(request),
    )
