"""The audit log (审计日志): who did what, when, from where."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from common import clock
from customers.selectors.customers import names_of
from org.models import AuditRow
from org.permissions import Permission
from org.selectors.audit import AuditFilter, audit_rows
from org.services.audit import record_audit
from scrm.console.audit.words import (
    TONES,
    customers_in,
    detail_words,
    subject_url,
    subject_words,
)
from scrm.web.access import page, viewer_of
from scrm.web.addresses import address_of
from scrm.web.answers import is_partial
from scrm.web.workbooks import sheet_response

PAGE_ROWS: Final = 50
EXPORT_ROWS: Final = 50_000
_TEXT_CHARACTERS: Final = 64


@dataclass(frozen=True, slots=True)
class ShownRow:
    """One row of the log in words."""

    at: datetime
    actor: str
    actor_id: int | None
    action: str
    tone: str
    subject: str
    subject_url: str
    detail: str
    address: str


@require_safe
@page(Permission.AUDIT_VIEW)
def listing(request: HttpRequest) -> HttpResponse:
    """Show the log, newest first."""
    wanted = _wanted(request.GET)
    rows = Paginator(audit_rows(wanted), PAGE_ROWS).get_page(request.GET.get("page"))
    context = {
        "active": "audit",
        "wanted": wanted,
        "page": rows,
        "rows": _shown_all(request, rows),
        "actions": AuditRow.Action.choices,
    }
    name = "_list.html" if is_partial(request) else "list.html"
    return render(request, f"console/audit/{name}", context)


@require_safe
@page(Permission.AUDIT_VIEW)
def export(request: HttpRequest) -> HttpResponse:
    """Answer with what the filters leave, as Excel; the export is written down as well."""
    now = clock.now()
    rows = audit_rows(_wanted(request.GET))[:EXPORT_ROWS]
    shown = _shown_all(request, rows)
    record_audit(
        actor=viewer_of(request),
        action=AuditRow.Action.EXPORT,
        subject="audit",
        detail={"rows": len(shown)},
        now=now,
        address=address_of(request),
    )
    heads = (
        (_("时间"), 20),
        (_("操作人"), 16),
        (_("操作"), 16),
        (_("对象"), 40),
        (_("详情"), 60),
        (_("IP 地址"), 18),
    )
    cells = ((r.at, r.actor, r.action, r.subject, r.detail, r.address) for r in shown)
    return sheet_response(f"audit-{clock.local_date(now):%Y%m%d}", heads, cells)


def _shown_all(request: HttpRequest, rows: Iterable[AuditRow]) -> list[ShownRow]:
    rows = list(rows)
    names = names_of(viewer_of(request), customers_in(rows))
    return [_shown(row, names) for row in rows]


def _shown(row: AuditRow, customers: Mapping[str, str]) -> ShownRow:
    return ShownRow(
        at=row.at,
        actor=row.actor_name or "—",
        actor_id=row.actor_id,
        action=str(AuditRow.Action(row.action).label),
        tone=TONES.get(row.action, ""),
        subject=subject_words(row, customers),
        subject_url=subject_url(row),
        detail=detail_words(row),
        address=row.address or "—",
    )


def _wanted(query: QueryDict) -> AuditFilter:
    """Read the filters; what is none of them narrows nothing."""
    action, actor = query.get("action", ""), query.get("actor", "")
    return AuditFilter(
        action=action if action in AuditRow.Action.values else "",
        actor_id=int(actor) if actor.isascii() and actor.isdigit() and len(actor) < 10 else None,
        subject=_text(query, "subject"),
        text=_text(query, "q"),
        start=_day(query.get("start", "")),
        end=_day(query.get("end", "")),
    )


def _text(query: QueryDict, name: str) -> str:
    return query.get(name, "").strip().replace("\x00", "")[:_TEXT_CHARACTERS]


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
