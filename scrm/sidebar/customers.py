"""One customer's card in a chat: found by what the client says, checked against who asks."""

from datetime import datetime
from typing import Final

from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from common import clock
from customers.models import Follow
from customers.selectors.following import access_contact, access_follow
from scrm.sidebar.answers import next_of
from scrm.sidebar.cards import card_of, older_before, shown_events
from scrm.sidebar.members import member_view, staff_of

MAX_ID_CHARACTERS: Final = 64


@member_view
@require_POST
def open_contact(request: HttpRequest) -> HttpResponse:
    """Show the card of the customer whose chat or profile is open, if they are this member's."""
    external_userid = request.POST.get("external_userid", "")[:MAX_ID_CHARACTERS]
    follow = access_contact(staff=staff_of(request), external_userid=external_userid)
    return _card(request, follow)


@member_view
@require_safe
def show(request: HttpRequest, follow_id: int) -> HttpResponse:
    """Show the card again."""
    return _card(request, access_follow(staff=staff_of(request), follow_id=follow_id))


@member_view
@require_safe
def next_step(request: HttpRequest, follow_id: int) -> HttpResponse:
    """Show what to do next: the suggestion and the tasks, after something has happened."""
    follow = access_follow(staff=staff_of(request), follow_id=follow_id)
    return next_of(request, follow, now=clock.now())


@member_view
@require_safe
def older(request: HttpRequest, follow_id: int) -> HttpResponse:
    """Show the next page of the timeline."""
    follow = access_follow(staff=staff_of(request), follow_id=follow_id)
    try:
        before = datetime.fromisoformat(request.GET.get("before", ""))
    except ValueError:
        return HttpResponseBadRequest()
    if before.tzinfo is None:
        return HttpResponseBadRequest()
    events = shown_events(follow.identity.customer, before=before)
    context = {"follow": follow, "events": events, "older_before": older_before(events)}
    return render(request, "sidebar/_events.html", context)


def _card(request: HttpRequest, follow: Follow) -> HttpResponse:
    context = {"card": card_of(follow, now=clock.now()), "can_send": True}
    return render(request, "sidebar/_customer.html", context)
