"""Whose figures (统计范围): the viewer's data scope, narrowed to a department or a staff member."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Final, TypeVar

from django.db.models import Model, QuerySet

from common import sql
from customers.models import Follow
from org.models import Department, User
from org.selectors.scope import visible_staff_ids

M = TypeVar("M", bound=Model)

_BELOW: Final = """
WITH RECURSIVE below AS (
    SELECT id, corp_id, wecom_id FROM org_department WHERE id = ANY(%s) AND NOT is_deleted
    UNION
    SELECT child.id, child.corp_id, child.wecom_id FROM org_department child
      JOIN below ON below.corp_id = child.corp_id AND child.parent_wecom_id = below.wecom_id
     WHERE NOT child.is_deleted
)
SELECT id FROM below
"""
_LED: Final = """
SELECT seat.department_id FROM org_staffdepartment seat
 WHERE seat.staff_id = %s AND seat.is_leader
"""
_SEATED: Final = "SELECT DISTINCT staff_id FROM org_staffdepartment WHERE department_id = ANY(%s)"


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose customers and touches are counted (统计范围).

    Attributes:
        staff_ids: By whom; None is the whole company.
        visible_staff_ids: Whose customers the viewer may see at all; None is everybody's.
    """

    staff_ids: tuple[int, ...] | None
    visible_staff_ids: tuple[int, ...] | None

    def of_staff(self, staff_id: int) -> "Scope":
        """Return the part of one staff member; of someone outside it, nothing."""
        if self.staff_ids is not None and staff_id not in self.staff_ids:
            return replace(self, staff_ids=())
        return replace(self, staff_ids=(staff_id,))

    def by_staff(self, rows: "QuerySet[M]") -> "QuerySet[M]":
        """Keep the rows whose `staff` is counted."""
        return rows if self.staff_ids is None else rows.filter(staff_id__in=self.staff_ids)

    def of_people(self, rows: "QuerySet[M]") -> "QuerySet[M]":
        """Keep the rows by staff who are counted, of customers whom the viewer may see."""
        rows = self.by_staff(rows)
        if self.visible_staff_ids is None:
            return rows
        follows = Follow.objects.filter(staff_id__in=self.visible_staff_ids)
        return rows.filter(customer_id__in=follows.values("identity__customer_id"))


def scope_of(viewer: User, department: Department | None = None) -> Scope:
    """Return what a viewer's dashboard counts, narrowed to a department with all below it.

    Args:
        department: One of `departments_visible_to(viewer)`.
    """
    visible = visible_staff_ids(viewer)
    known = None if visible is None else tuple(visible)
    if department is None:
        return Scope(known, known)
    seated = staff_ids_below([department.pk])
    counted = seated if known is None else sorted(set(seated).intersection(known))
    return Scope(tuple(counted), known)


def staff_ids_below(department_ids: Collection[int]) -> list[int]:
    """Return the staff who sit in some departments or below them."""
    return sorted(row[0] for row in sql.fetch_all(_SEATED, [_below(department_ids)]))


def departments_visible_to(viewer: User) -> QuerySet[Department]:
    """Return the departments whose figures a viewer may ask for, without an order.

    Admins and operators may ask for all, managers for those they lead with all below.
    """
    living = Department.objects.filter(is_deleted=False)
    visible = visible_staff_ids(viewer)
    if visible is None:
        return living
    if not visible or viewer.role != User.Role.MANAGER:
        return living.none()
    led = [row[0] for row in sql.fetch_all(_LED, [viewer.staff_id])]
    return living.filter(pk__in=_below(led))


def _below(department_ids: Collection[int]) -> list[int]:
    return [row[0] for row in sql.fetch_all(_BELOW, [list(department_ids)])]
