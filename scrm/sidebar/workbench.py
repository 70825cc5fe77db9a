"""The workbench of staff (工作台): what to do today, who are my customers, how I am doing."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.core.paginator import Paginator
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from common import clock
from content.selectors.readings import openings_of
from customers.models import Follow
from customers.selectors.customers import uids_of_customers
from customers.selectors.following import (
    access_followed,
    followed_among,
    followed_like,
    follows_of,
)
from customers.selectors.month import FriendCounts, friend_counts
from org.models import Alert, Staff, User
from org.permissions import Permission
from org.selectors.alerts import newest_alerts
from org.services.alerts import mark_alerts_seen
from scrm.sidebar.answers import said
from scrm.sidebar.cards import ShownTask, card_of, shown_tasks
from scrm.sidebar.entry import boot, development
from scrm.sidebar.members import member_view, staff_of
from scrm.sidebar.words import script_words
from scrm.web.access import member_page, viewer_of
from scrm.web.positions import position_now
from touches.models import MassTask
from touches.selectors.desk import mass_tasks_of, tasks_of
from touches.selectors.team import WorkCounts, work_counts

ALERTS_SHOWN: Final = 20
ALERTS_SINCE: Final = timedelta(days=3)
CUSTOMERS_A_PAGE: Final = 30
MAX_PART_CHARACTERS: Final = 40


@dataclass(frozen=True, slots=True)
class ShownAlert:
    """One line of the feed."""

    alert: Alert
    customer_uid: UUID


@dataclass(frozen=True, slots=True)
class Day:
    """A staff member's day: what waits, in the order of its urgency, and what happened."""

    to_confirm: list[MassTask]
    todo: list[ShownTask]
    overdue: list[ShownTask]
    alerts: list[ShownAlert]
    friends: FriendCounts
    work: WorkCounts
    opening_count: int


@member_page(Permission.WORKBENCH_USE)
@require_safe
def today(request: HttpRequest) -> HttpResponse:
    """Show the member's day; who stands for nobody in WeCom sees the team instead."""
    staff = viewer_of(request).staff
    if staff is None:
        return redirect("workbench-team")
    since, now = position_now(), clock.now()
    context = {
        "active": "today",
        "since": since,
        "day": _day(staff, now=now),
        "now": now,
        **frame(request, staff),
    }
    return render(request, "workbench/today.html", context)


@member_view
@require_safe
def customers(request: HttpRequest) -> HttpResponse:
    """Show the member's customers, the newest friends first; those that match what was typed."""
    staff = staff_of(request)
    part = request.GET.get("q", "").strip()[:MAX_PART_CHARACTERS]
    follows = follows_of(staff)
    if part:
        follows = followed_like(follows, part)
    ordered = follows.order_by(F("added_at").desc(nulls_last=True), "-id")
    shown = Paginator(ordered, CUSTOMERS_A_PAGE).get_page(request.GET.get("page"))
    context = {"active": "customers", "page": shown, "part": part, **frame(request, staff)}
    return render(request, "workbench/customers.html", context)


@member_view
@require_safe
def customer(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Show one customer of the member's; from here the chat is a tap away."""
    staff = staff_of(request)
    follow: Follow = access_followed(staff=staff, uid=uid)
    context = {
        "active": "customers",
        "card": card_of(follow, now=clock.now()),
        "can_send": False,
        **frame(request, staff),
    }
    return render(request, "workbench/customer.html", context)


@member_view
@require_POST
def seen(request: HttpRequest) -> HttpResponse:
    """Note that the member has looked at their alerts."""
    mark_alerts_seen(staff=staff_of(request), now=clock.now())
    return said(_("已读"))


def frame(request: HttpRequest, staff: Staff | None) -> dict[str, object]:
    """Return what every page of the workbench shows around its own."""
    viewer = viewer_of(request)
    return {
        "staff": staff,
        "leads": viewer.role != User.Role.STAFF,
        "boot": boot(staff) if staff is not None else {},
        "words": script_words(),
        **development(request),
    }


def _day(staff: Staff, *, now: datetime) -> Day:
    month = clock.local_date(now).replace(day=1)
    since = datetime.combine(month, datetime.min.time(), tzinfo=clock.SHANGHAI)
    alerts = newest_alerts(staff_id=staff.pk, since=now - ALERTS_SINCE, limit=ALERTS_SHOWN)
    uids = uids_of_customers(alert.customer_id for alert in alerts)
    found = tasks_of(staff=staff, now=now)
    follows = followed_among(staff, [task.touch.identity_id for task in found])
    tasks = shown_tasks(found, follows)
    return Day(
        to_confirm=list(mass_tasks_of(staff=staff, now=now)),
        todo=[shown for shown in tasks if not shown.task.is_overdue],
        overdue=[shown for shown in tasks if shown.task.is_overdue],
        alerts=[
            ShownAlert(one, uids[one.customer_id]) for one in alerts if one.customer_id in uids
        ],
        friends=friend_counts(staff_ids=[staff.pk], since=since).get(staff.pk, FriendCounts()),
        work=work_counts(staff_ids=[staff.pk], since=since, now=now)[staff.pk],
        opening_count=openings_of(staff_id=staff.pk, since=since),
    )
