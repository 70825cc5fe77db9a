"""What forms of channel codes offer: apps, departments with their staff, staff out of sight."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from campaigns.models import ChannelCode
from org.models import Department, Staff, User
from org.selectors.scope import visible_staff_ids
from wecom.models import App, Corp


@dataclass(frozen=True, slots=True)
class StaffedDepartment:
    """A department with how many of its people may have customers."""

    id: int
    name: str
    staff_count: int


def first_app() -> App | None:
    """Return the app that makes codes, None while WeCom is not connected."""
    return _customer_apps().first()


def app_of_corp(corp_id: int) -> App | None:
    """Return the app that makes codes for a corp."""
    return _customer_apps().filter(corp_id=corp_id).first()


def hidden_staff_of(code: ChannelCode | None, viewer: User) -> Sequence[Staff]:
    """Return who of a code's staff the viewer does not see: an edit leaves them where they are."""
    visible = visible_staff_ids(viewer)
    if code is None or visible is None:
        return []
    return list(code.staff.exclude(id__in=visible))


def staffed_departments(corp: Corp) -> list[StaffedDepartment]:
    """Return a corp's departments with how many people may answer there."""
    on_duty = Q(seats__staff__is_follow_user=True, seats__staff__left_at=None)
    departments = (
        Department.objects.filter(corp=corp, is_deleted=False)
        .annotate(staff_count=Count("seats", filter=on_duty))
        .order_by("position", "id")
    )
    return [StaffedDepartment(row.pk, row.name, row.staff_count) for row in departments]


def _customer_apps() -> QuerySet[App]:
    return App.objects.filter(purpose="app", is_enabled=True).select_related("corp").order_by("id")
