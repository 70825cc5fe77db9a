"""What happened to one customer (客户动态), by kind, page by page.

Each identity's events are walked along its own index and their first rows merged: a regular with
many thousand events costs no more than a newcomer.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django.db.models import BigIntegerField, BooleanField, F, Func, Value

from customers.models import Event

PAGE_EVENTS: Final = 30
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LARGEST: Final = 2**62
KINDS: Final[dict[str, tuple[str, ...]]] = {
    "messages": ("customer_messaged", "acquisition_chat_started", "archive_agreed", "staff_marked"),
    "orders": ("order_paid", "order_refunded"),
    "content": ("link_opened", "link_dwelled", "link_completed"),
    "touches": ("touch_sent", "staff_task_done", "staff_task_postponed"),
    "notes": ("note_written",),
    "relations": (
        "friend_added",
        "friend_half_added",
        "friend_edited",
        "friend_removed_by_staff",
        "friend_removed_by_customer",
        "transfer_failed",
        "group_joined",
        "group_left",
        "customer_referred",
        "customers_merged",
        "stage_changed",
    ),
}


@dataclass(frozen=True, slots=True)
class Happening:
    """One event of a customer, as their page shows it."""

    id: int
    type: str
    occurred_at: datetime
    staff: str
    source: str
    payload: dict[str, Any]


@dataclass(frozen=True, slots=True)
class History:
    """A page of what happened, latest first; `after` leads to what was before, '' at the end."""

    happenings: tuple[Happening, ...]
    after: str


def history_of(
    identity_ids: Sequence[int], *, kind: str = "", after: str = "", limit: int = PAGE_EVENTS
) -> History:
    """Return what happened to a customer.

    Args:
        identity_ids: Of a customer already accessed through `access_customer`.
        kind: One of `KINDS`; anything else means everything.
        after: What the page before this one said.
    """
    events = Event.objects.all()
    if kind in KINDS:
        events = events.filter(type__in=KINDS[kind])
    place = _place(after)
    if place is not None:
        events = events.filter(occurred_at__lte=place[0]).filter(_before(*place))
    columns = ("id", "type", "occurred_at", "staff__name", "staff__userid", "source", "payload")
    parts = [
        events.filter(identity_id=one)
        .order_by("-occurred_at", "-id")
        .values_list(*columns)[: limit + 1]
        for one in identity_ids
    ]
    if not parts:
        return History((), "")
    merged: Any = parts[0]
    if len(parts) > 1:
        merged = parts[0].union(*parts[1:], all=True).order_by("-occurred_at", "-id")[: limit + 1]
    rows = list(merged)
    shown = rows[:limit]
    return History(
        happenings=tuple(
            Happening(pk, kind, at, name or userid or "", source, payload)
            for pk, kind, at, name, userid, source, payload in shown
        ),
        after=_mark(shown[-1]) if len(rows) > limit else "",
    )


def _before(at: datetime, event_id: int) -> Func:
    here = Func(
        F("occurred_at"), F("id"), template="(%(expressions)s)", output_field=BigIntegerField()
    )
    there = Func(
        Value(at), Value(event_id), template="(%(expressions)s)", output_field=BigIntegerField()
    )
    return Func(
        here,
        there,
        template="(%(expressions)s)",
        arg_joiner=" < ",
        output_field=BooleanField(),
    )


def _mark(row: Sequence[Any]) -> str:
    return f"{(row[2] - _EPOCH) // timedelta(microseconds=1)}.{row[0]}"


def _place(mark: str) -> tuple[datetime, int] | None:
    moment, _, number = mark.partition(".")
    try:
        microseconds, event_id = int(moment), int(number)
        if max(abs(microseconds), abs(event_id)) > _LARGEST:
            return None
        return _EPOCH + timedelta(microseconds=microseconds), event_id
    except (ValueError, OverflowError):
        return None
