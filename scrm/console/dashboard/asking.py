"""What a request asks the dashboard for (查询条件): days, a department; and the ways on from there.

Nonsense in the address is no error: it means what it would mean if it were left out.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse

from analytics.selectors.people import Cut
from analytics.selectors.periods import Period, preset
from analytics.selectors.scopes import Scope, departments_visible_to, scope_of
from common import clock
from org.models import Department, Staff
from scrm.web.access import viewer_of

MOST_DAYS: Final = 366
MOST_DIGITS: Final = 9


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for, with everything read that it needs."""

    now: datetime
    period: Period
    departments: list[Department]
    department: Department | None
    staff: Staff | None
    scope: Scope

    @property
    def params(self) -> dict[str, str]:
        """What every address from here carries on."""
        params = {"start": self.period.first.isoformat(), "end": self.period.last.isoformat()}
        if self.department is not None:
            params["department"] = str(self.department.pk)
        return params

    def people_url(self, metric: str, *, days: Period | None = None, **cut: object) -> str:
        """Return the address of the people behind a figure."""
        return _address("dashboard-people", self.params | _days(days) | {"metric": metric}, cut)

    def touches_url(self, *, days: Period | None = None, **filters: object) -> str:
        """Return the address of the touches behind a figure."""
        return _address("touches", self.params | _days(days), filters)


def ask(request: HttpRequest) -> Asked:
    """Read what is asked for; a department outside the viewer's scope is as if not named."""
    viewer = viewer_of(request)
    now = clock.now()
    departments = list(departments_visible_to(viewer).order_by("name", "pk"))
    wanted = number(request.GET.get("department"))
    department = next((one for one in departments if one.pk == wanted), None)
    period = period_of(request.GET, today=clock.local_date(now))
    scope = scope_of(viewer, department)
    staff_id = number(request.GET.get("staff"))
    staff = None
    if staff_id is not None:
        scope = scope.of_staff(staff_id)
        staff = Staff.objects.filter(pk__in=scope.staff_ids or ()).first()
    return Asked(now, period, departments, department, staff, scope)


def period_of(query: Mapping[str, str], *, today: date) -> Period:
    """Return the days that an address names; a week until today where it names none."""
    first, last = day(query.get("start")), day(query.get("end"))
    if first is None and last is None:
        return preset("7d", today=today)
    first, last = sorted((first or last or today, last or today))
    return Period(max(first, last - timedelta(days=MOST_DAYS - 1)), last)


def cut_of(query: Mapping[str, str]) -> Cut:
    """Return what a figure is narrowed to."""
    source = query.get("source")
    return Cut(
        source=None if source is None else source[:128],
        weekday=number(query.get("weekday")),
        hour=number(query.get("hour")),
        journey=query.get("journey", "")[:40],
    )


def number(text: str | None) -> int | None:
    """Read a small whole number; anything else is none."""
    is_number = text is not None and text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS
    return int(text) if text is not None and is_number else None


def day(text: str | None) -> date | None:
    """Read a day of the last or next centuries; anything else is none."""
    try:
        found = date.fromisoformat(text or "")
    except ValueError:
        return None
    return found if 2000 <= found.year <= 2200 else None


def _days(days: Period | None) -> dict[str, str]:
    if days is None:
        return {}
    return {"start": days.first.isoformat(), "end": days.last.isoformat()}


def _address(name: str, params: dict[str, str], more: Mapping[str, object]) -> str:
    values = params | {key: str(value) for key, value in more.items() if value is not None}
    return f"{reverse(name)}?{urlencode(values)}"
