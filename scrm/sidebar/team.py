"""A lead's page (团队): who has not confirmed, who is behind, which customers wait to be heard."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from common import clock
from customers.selectors.month import FriendCounts, friend_counts, gone_quiet
from org.models import Staff, User
from org.permissions import Permission
from org.selectors.teams import team_of
from scrm.sidebar.answers import said
from scrm.sidebar.workbench import frame
from scrm.web.access import member_page, page, viewer_of
from touches.errors import NoSender, NothingToConfirm
from touches.selectors.team import WorkCounts, unconfirmed, work_counts
from touches.services.urging import urge

MEMBERS_SHOWN: Final = 100


@dataclass(frozen=True, slots=True)
class Member:
    """One member of the team and their work."""

    staff: Staff
    work: WorkCounts
    friends: FriendCounts


@member_page(Permission.WORKBENCH_USE)
@require_safe
def team(request: HttpRequest) -> HttpResponse:
    """Show the team of whoever leads one; operators and admins see everybody."""
    viewer = leader(request)
    now = clock.now()
    members = _members(viewer, now=now)
    staff_ids = [member.staff.pk for member in members]
    done = sum(member.work.confirmed_count for member in members)
    waiting = unconfirmed(staff_ids=staff_ids, now=now)
    context = {
        "active": "team",
        "members": members,
        "waiting": waiting,
        "confirmed_count": done,
        "task_count": done + len(waiting),
        "quiet": gone_quiet(staff_ids=staff_ids, now=now),
        "now": now,
        **frame(request, viewer.staff),
    }
    return render(request, "workbench/team.html", context)


@page(Permission.WORKBENCH_USE)
@require_POST
def urge_member(request: HttpRequest, task_id: int) -> HttpResponse:
    """Remind a member of the team of a mass message that waits for them."""
    viewer = leader(request)
    staff_ids = [staff.pk for staff in team_of(viewer)]
    try:
        is_new = urge(task_id=task_id, staff_ids=staff_ids, by=str(viewer), now=clock.now())
    except NothingToConfirm:
        return said(_("这条群发已确认或已结束。"), status=404)
    except NoSender:
        return said(_("企业微信应用没有配置好，无法催办。"), status=409)
    return said(_("已催办") if is_new else _("一小时内已催办过"))


def leader(request: HttpRequest) -> User:
    """Return who is signed in, if they lead anybody.

    Raises:
        PermissionDenied: a member of staff without a team.
    """
    viewer = viewer_of(request)
    if viewer.role == User.Role.STAFF:
        raise PermissionDenied
    return viewer


def _members(viewer: User, *, now: datetime) -> list[Member]:
    midnight = datetime.combine(clock.local_date(now), datetime.min.time(), tzinfo=clock.SHANGHAI)
    staff = team_of(viewer)[:MEMBERS_SHOWN]
    ids = [one.pk for one in staff]
    work = work_counts(staff_ids=ids, since=midnight, now=now)
    friends = friend_counts(staff_ids=ids, since=midnight)
    members = [Member(one, work[one.pk], friends.get(one.pk, FriendCounts())) for one in staff]
    return sorted(members, key=_urgency)


def _urgency(member: Member) -> tuple[int, int, int, str]:
    work = member.work
    return -work.overdue_count, -work.to_confirm_count, -work.todo_count, str(member.staff)
