"""Staff and departments (员工与部门): who is there, how many friends they hold, what they see."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from customers.selectors.loads import friend_counts
from org.models import Staff, User
from org.permissions import Permission
from org.selectors.contacts import (
    IDLE,
    LEFT,
    PRESENT,
    Branch,
    StaffFilter,
    department_tree,
    staff_like,
)
from scrm.web.access import page, viewer_of
from scrm.web.answers import is_partial

PAGE_ROWS: Final = 50
# WeCom's limit of friends, and where we warn and route on (operations §5).
FRIENDS_MOST: Final = 5_000
FRIENDS_HIGH: Final = 4_800
FRIENDS_WARN: Final = 4_000


@dataclass(frozen=True, slots=True)
class ShownStaff:
    """One member of staff in words; `load` is the tone of how many friends they hold."""

    id: int
    name: str
    userid: str
    job_title: str
    departments: list[str]
    state: str
    tone: str
    friends: int
    load: str
    scope: str
    seen_at: datetime | None


@require_safe
@page(Permission.STAFF_VIEW)
def listing(request: HttpRequest) -> HttpResponse:
    """Show the tree of departments and the staff of the chosen one."""
    viewer = viewer_of(request)
    tree = department_tree(viewer)
    chosen = next((b for b in tree if str(b.id) == request.GET.get("department")), None)
    wanted = StaffFilter(
        text=request.GET.get("q", "").strip().replace("\x00", "")[:64],
        departments=chosen.all_ids if chosen else frozenset(),
        state=request.GET.get("state", PRESENT),
    )
    rows = Paginator(staff_like(viewer, wanted), PAGE_ROWS).get_page(request.GET.get("page"))
    context = {
        "active": "staff",
        "tree": tree,
        "chosen": chosen,
        "wanted": wanted,
        "page": rows,
        "staff": _shown(rows, tree),
        "most": FRIENDS_MOST,
        "high": FRIENDS_HIGH,
        "warn": FRIENDS_WARN,
        "states": [(PRESENT, _("在职")), (IDLE, _("无客户联系权限")), (LEFT, _("已离职"))],
    }
    name = "_list.html" if is_partial(request) else "list.html"
    return render(request, f"console/staff/{name}", context)


def _shown(rows: Iterable[Staff], tree: list[Branch]) -> list[ShownStaff]:
    staff = list(rows)
    friends = friend_counts(member.pk for member in staff)
    below = {branch.id: branch.all_ids for branch in tree}
    return [_row(member, friends.get(member.pk, 0), below) for member in staff]


def _row(member: Staff, friends: int, below: dict[int, frozenset[int]]) -> ShownStaff:
    seats = list(member.seats.all())
    state, tone = _state(member)
    led = {seat.department_id for seat in seats if seat.is_leader}
    return ShownStaff(
        id=member.pk,
        name=member.name or member.userid,
        userid=member.userid,
        job_title=member.job_title,
        departments=[seat.department.name for seat in seats],
        state=state,
        tone=tone,
        friends=friends,
        load=_load(friends),
        scope=_scope(getattr(member, "user", None), led, below),
        seen_at=member.seen_at,  # type: ignore[attr-defined] # annotated
    )


def _state(member: Staff) -> tuple[str, str]:
    if member.left_at is not None:
        return _("已离职"), "bad"
    if member.status != Staff.Status.ACTIVE:
        return str(member.get_status_display()), "warn"
    return _("在职"), "ok"


def _load(friends: int) -> str:
    """Say in one word how near the limit somebody is."""
    if friends >= FRIENDS_HIGH:
        return "bad"
    return "warn" if friends >= FRIENDS_WARN else ""


def _scope(user: User | None, led: set[int], below: dict[int, frozenset[int]]) -> str:
    """Say whose customers they see when they sign in."""
    if user is None or not user.is_active:
        return _("未开通账号")
    if user.role in {User.Role.ADMIN, User.Role.OPERATOR}:
        return _("全公司")
    if user.role == User.Role.MANAGER and led:
        reach = frozenset[int]().union(*(below.get(each, frozenset({each})) for each in led))
        return _("{count} 个部门").format(count=len(reach))
    return _("自己的客户")
