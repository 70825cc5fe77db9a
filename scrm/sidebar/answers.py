"""What the sidebar's views share: reading small forms, answering with a sentence or a part."""

from datetime import datetime
from typing import Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from customers.models import Follow
from scrm.sidebar.cards import standing_of, suggestion_for, tasks_for

MAX_DIGITS: Final = 18


def said(words: str, *, status: int = 200) -> HttpResponse:
    """Answer with a sentence for the toast."""
    return JsonResponse({"said": words}, status=status)


def next_of(request: HttpRequest, follow: Follow, *, now: datetime) -> HttpResponse:
    """Show the suggestion, the tasks and how far the customer has come, as they are now."""
    tasks = tasks_for(follow, now=now)
    suggestion = suggestion_for(follow, tasks, now=now)
    context = {
        "follow": follow,
        "tasks": tasks,
        "suggestion": suggestion,
        "standing": standing_of(follow, now=now),
        "can_send": True,
    }
    return render(request, "sidebar/_next.html", context)


def number(request: HttpRequest, name: str) -> int:
    """Return a whole number of a form, 0 for what is none."""
    value = request.POST.get(name, "")
    return int(value) if value.isascii() and value.isdigit() and len(value) < MAX_DIGITS else 0


def numbers(request: HttpRequest, name: str, *, most: int) -> set[int]:
    """Return the whole numbers of a form's field, at most so many."""
    values = request.POST.getlist(name)[:most]
    return {int(one) for one in values if one.isascii() and one.isdigit() and len(one) < MAX_DIGITS}


def token_of(request: HttpRequest) -> UUID:
    """Return the token of one tap.

    Raises:
        ValueError: there is none.
    """
    return UUID(request.POST.get("token", ""))
