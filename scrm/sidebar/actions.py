"""What staff do with a customer in the chat: tags, remark, marks, notes, tasks."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from common import clock
from common.clock import SHANGHAI
from common.ids import uuid7
from customers.errors import BadNote, BadStaffWord
from customers.selectors.following import access_follow
from customers.services.notes import write_note
from customers.services.staff_words import SOURCE, mark_customer
from scrm.sidebar.answers import next_of, numbers, said, token_of
from scrm.sidebar.cards import tags_for
from scrm.sidebar.members import member_view, staff_of
from scrm.web.access import viewer_of
from touches.errors import BadRemark, CannotEmpty, NoSender, UnknownTags
from touches.selectors.desk import access_task
from touches.services.remarks import plan_remark
from touches.services.tag_edits import edit_tags
from touches.services.task_answers import MAX_REASON_CHARACTERS, TaskAnswer, answer_tasks

# Nine in the morning: staff find it with their first tasks of the day.
TOMORROW_HOUR: Final = 9
MOST_TAGS_AT_ONCE: Final = 500


@member_view
@require_http_methods(["GET", "POST"])
def tags(request: HttpRequest, follow_id: int) -> HttpResponse:
    """Show the tag board, or take an edit in and show the tags as they will be."""
    follow = access_follow(staff=staff_of(request), follow_id=follow_id)
    if request.method == "POST":
        chosen = numbers(request, "tag", most=MOST_TAGS_AT_ONCE)
        shown = numbers(request, "shown", most=MOST_TAGS_AT_ONCE)
        try:
            edit_tags(
                follow=follow,
                add=chosen & shown,
                remove=shown - chosen,
                source=SOURCE,
                token=token_of(request),
                now=clock.now(),
            )
        except (UnknownTags, ValueError):
            return said(_("标签已变化，请刷新后再试。"), status=409)
        except NoSender:
            return said(_("企业微信应用没有配置好，标签无法同步。"), status=409)
    context = {"tags": tags_for(follow), "token": uuid7(), "can_send": True}
    name = "sidebar/_tags.html" if request.method == "POST" else "sidebar/_tag_board.html"
    return render(request, name, context)


@member_view
@require_POST
def remark(request: HttpRequest, follow_id: int) -> HttpResponse:
    """Change what the member calls this customer, and what they have written about them."""
    follow = access_follow(staff=staff_of(request), follow_id=follow_id)
    try:
        plan_remark(
            follow=follow,
            remark=request.POST.get("remark", ""),
            description=request.POST.get("description"),
            token=token_of(request),
            source=SOURCE,
            now=clock.now(),
        )
    except BadRemark:
        return said(_("备注最多 20 个字，描述最多 150 个字。"), status=422)
    except CannotEmpty:
        return said(_("企业微信不接受清空备注或描述，请在企业微信客户端里清空。"), status=422)
    except ValueError:
        return said(_("页面已过期，请刷新后再试。"), status=409)
    except NoSender:
        return said(_("企业微信应用没有配置好，备注无法同步。"), status=409)
    return said(_("备注已提交，正在同步到企业微信"))


@member_view
@require_POST
def mark(request: HttpRequest, follow_id: int) -> HttpResponse:
    """Record a one-tap mark."""
    follow = access_follow(staff=staff_of(request), follow_id=follow_id)
    try:
        mark_customer(
            follow=follow,
            mark=request.POST.get("mark", ""),
            token=token_of(request),
            now=clock.now(),
        )
    except (BadStaffWord, ValueError):
        return said(_("没有这样的标记。"), status=422)
    return said(_("已标记，并记入客户动态"))


@member_view
@require_POST
def note(request: HttpRequest, follow_id: int) -> HttpResponse:
    """Write a note on the timeline."""
    follow = access_follow(staff=staff_of(request), follow_id=follow_id)
    try:
        write_note(
            customer=follow.identity.customer,
            text=request.POST.get("text", ""),
            author=viewer_of(request),
            note_id=token_of(request),
            now=clock.now(),
        )
    except BadNote as error:
        return said(str(error), status=422)
    except ValueError:
        return said(_("页面已过期，请刷新后再试。"), status=409)
    return said(_("已记录"))


@member_view
@require_POST
def task(request: HttpRequest, follow_id: int, uid: UUID) -> HttpResponse:
    """Close a task: done, or later with a reason; show what is to do next."""
    follow = access_follow(staff=staff_of(request), follow_id=follow_id)
    touch = access_task(staff=follow.staff, customer_id=follow.identity.customer_id, uid=uid)
    now = clock.now()
    is_done = request.POST.get("answer") == "done"
    answer = TaskAnswer(
        touch=touch,
        is_done=is_done,
        key=f"task:{touch.uid}:{touch.occurrence}:{'done' if is_done else 'later'}",
        answered_at=now,
        source=SOURCE,
        reason=request.POST.get("reason", "").strip()[:MAX_REASON_CHARACTERS],
        postponed_by=_postponed_by(request.POST.get("until", ""), now=now),
    )
    answer_tasks([answer], now=now)
    return next_of(request, follow, now=now)


def _postponed_by(until: str, *, now: datetime) -> timedelta:
    """Return how long a task waits: an hour, or until tomorrow morning."""
    if until != "tomorrow":
        return timedelta(hours=1)
    tomorrow = now.astimezone(SHANGHAI) + timedelta(days=1)
    return tomorrow.replace(hour=TOMORROW_HOUR, minute=0, second=0, microsecond=0) - now
