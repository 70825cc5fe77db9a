"""Departments and staff as a viewer may see them (通讯录)."""

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import Final

from django.db.models import Count, OuterRef, Prefetch, Q, QuerySet, Subquery

from org.models import Department, SignInSession, Staff, StaffDepartment, User
from org.selectors.scope import visible_staff_ids

PRESENT: Final = "present"
LEFT: Final = "left"
IDLE: Final = "idle"
MAX_DEPTH: Final = 20


@dataclass(frozen=True, slots=True)
class Branch:
    """One department of the tree, told from the top down; `staff_count` are its own members."""

    id: int
    name: str
    depth: int
    staff_count: int
    all_ids: frozenset[int]


@dataclass(frozen=True, slots=True)
class StaffFilter:
    """What a list of staff is narrowed to; empty means all.

    Attributes:
        text: Part of the name or of the userid.
        departments: Departments of which they sit in one.
        state: `present`, `left`, or `idle`: may add no customers.
    """

    text: str = ""
    departments: frozenset[int] = frozenset()
    state: str = PRESENT


def visible_staff(viewer: User) -> QuerySet[Staff]:
    """Return the staff in the viewer's data scope."""
    staff_ids = visible_staff_ids(viewer)
    return Staff.objects.all() if staff_ids is None else Staff.objects.filter(id__in=staff_ids)


def staff_like(viewer: User, wanted: StaffFilter) -> QuerySet[Staff]:
    """Return staff in the viewer's scope with departments, account, and when it was seen last."""
    seen = SignInSession.objects.filter(user__staff=OuterRef("pk")).order_by("-seen_at")
    seats = StaffDepartment.objects.filter(department__is_deleted=False).select_related(
        "department"
    )
    staff = (
        visible_staff(viewer)
        .select_related("user", "corp")
        .prefetch_related(Prefetch("seats", queryset=seats.order_by("department__position", "id")))
        .annotate(seen_at=Subquery(seen.values("seen_at")[:1]))
    )
    if wanted.text:
        staff = staff.filter(Q(name__icontains=wanted.text) | Q(userid__icontains=wanted.text))
    if wanted.departments:
        staff = staff.filter(
            pk__in=StaffDepartment.objects.filter(department_id__in=wanted.departments).values(
                "staff_id"
            )
        )
    states = {
        PRESENT: Q(left_at__isnull=True),
        LEFT: Q(left_at__isnull=False),
        IDLE: Q(left_at__isnull=True, is_follow_user=False),
    }
    if wanted.state in states:
        staff = staff.filter(states[wanted.state])
    return staff.order_by("name", "id")


def department_tree(viewer: User) -> list[Branch]:
    """Return the departments in which the viewer sees somebody, with what lies above them.

    Each is followed by its children; `all_ids` are its own and every one below it.
    """
    staff_ids = visible_staff_ids(viewer)
    counted = Q(seats__staff__left_at__isnull=True)
    if staff_ids is not None:
        counted &= Q(seats__staff_id__in=staff_ids)
    departments = (
        Department.objects.filter(is_deleted=False)
        .annotate(members=Count("seats", filter=counted))
        .order_by("position", "wecom_id")
    )
    below: dict[tuple[int, int], list[Department]] = defaultdict(list)
    known = {(each.corp_id, each.wecom_id) for each in departments}
    roots: list[Department] = []
    for each in departments:
        above = (each.corp_id, each.parent_wecom_id)
        is_root = above not in known or each.parent_wecom_id == each.wecom_id
        (roots if is_root else below[above]).append(each)
    branches = [branch for root in roots for branch in _grown(root, below, 0)]
    seen = {branch.id for branch in branches if branch.staff_count}
    return [branch for branch in branches if branch.all_ids & seen]


def _grown(
    department: Department, below: dict[tuple[int, int], list[Department]], depth: int
) -> list[Branch]:
    """Return a department and everything below it, itself first."""
    children = below[department.corp_id, department.wecom_id] if depth < MAX_DEPTH else []
    grown = [branch for child in children for branch in _grown(child, below, depth + 1)]
    members: int = department.members  # type: ignore[attr-defined] # annotated
    own = Branch(department.pk, department.name, depth, members, frozenset({department.pk}))
    return [replace(own, all_ids=own.all_ids.union(*(b.all_ids for b in grown))), *grown]
