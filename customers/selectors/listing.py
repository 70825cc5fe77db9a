"""Pages of the customers list (客户列表): by key, never by number, so that the last is as quick.

A page is entered where the one before ended: `(sort key, id)` of its last row, which the sort's
index finds at once. How many there are in all is counted where that is cheap and else told as the
planner expects it: at a million customers an exact figure costs more than anybody reads out of it.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django.db.models import (
    BigIntegerField,
    BooleanField,
    Count,
    F,
    Func,
    QuerySet,
    Sum,
    Value,
)
from django.db.models.functions import Coalesce

from customers.models import Customer
from customers.models.profile import NEVER
from customers.selectors.narrowing import Customers, ways_to_find

PAGE_ROWS: Final = 50
# In the planner's units: about 20 ms.
CHEAP_COST: Final = 20_000.0
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_KEYS: Final[dict[str, Any]] = {
    "added": Coalesce("profile__first_added_at", NEVER),
    "active": Coalesce("profile__last_active_at", NEVER),
    "spend": F("profile__order_amount_fen"),
}
# What PostgreSQL can compare; a place beyond it is nobody's.
_LARGEST: Final = 2**62
DEFAULT_ORDER: Final = "-added"
ORDERS: Final = tuple(f"{sign}{name}" for name in _KEYS for sign in ("-", ""))


@dataclass(frozen=True, slots=True)
class Page:
    """One page of customers: their numbers in order, and where the pages around it begin.

    Attributes:
        before: What leads to the page before, '' on the first; `after` likewise on the last.
    """

    ids: tuple[int, ...]
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class ListSize:
    """How many are in a list; `spent_fen` only where they were really counted."""

    count: int
    is_exact: bool
    spent_fen: int | None = None


def page_of(
    customers: Customers,
    *,
    words: str = "",
    order: str = DEFAULT_ORDER,
    after: str = "",
    before: str = "",
    size: int = PAGE_ROWS,
) -> Page:
    """Return a page of a narrowed list.

    Args:
        words: What was typed into the search.
        order: One of `ORDERS`; anything else is the usual one.
        after: What the page before this one said; `before` likewise of the page after. A word that
            is neither leads to the first page.
    """
    order = order if order in ORDERS else DEFAULT_ORDER
    is_back = bool(before)
    place = _place(before or after, order)
    is_down = order.startswith("-") is not is_back
    rows = _rows(customers, words, _KEYS[order.lstrip("-")], place, is_down, size + 1)
    has_more = len(rows) > size
    rows = rows[:size]
    if is_back:
        rows.reverse()
    has_before = has_more if is_back else place is not None
    has_after = has_more if not is_back else place is not None
    return Page(
        ids=tuple(row[0] for row in rows),
        before=_mark(rows[0]) if rows and has_before else "",
        after=_mark(rows[-1]) if rows and has_after else "",
    )


def ids_after(customers: Customers, *, words: str, after: int, limit: int) -> list[int]:
    """Return the next customers of a list by their numbers: for long work, in slices."""
    found = [
        way.filter(id__gt=after).order_by("id").values_list("id", flat=True)[:limit]
        for way in ways_to_find(customers, words)
    ]
    return list(_united(found).order_by("id")[:limit]) if len(found) > 1 else list(found[0])


def size_of(customers: Customers, *, words: str = "") -> ListSize:
    """Return how many customers a list has: exactly where that is cheap."""
    wanted = customers.filter(profile__isnull=False).order_by()
    ways = [way.values("id") for way in ways_to_find(wanted, words)]
    if len(ways) > 1:
        wanted = Customer.objects.filter(profile__isnull=False, id__in=_united(ways))
    else:
        wanted = ways_to_find(wanted, words)[0]
    plan = json.loads(wanted.values("id").explain(format="json"))[0]["Plan"]
    if plan["Total Cost"] > CHEAP_COST:
        return ListSize(int(plan["Plan Rows"]), is_exact=False)
    told = wanted.aggregate(count=Count("id"), spent=Sum("profile__order_amount_fen"))
    return ListSize(told["count"], is_exact=True, spent_fen=told["spent"] or 0)


def _rows(
    customers: Customers,
    words: str,
    key: Any,
    place: tuple[Any, int] | None,
    is_down: bool,
    limit: int,
) -> list[tuple[int, Any]]:
    sign = "-" if is_down else ""
    listed: Any = customers.filter(profile__isnull=False).annotate(sort_key=key)
    if place is not None:
        listed = listed.filter(_beyond(key, place, is_down=is_down))
    ways: Sequence[Any] = ways_to_find(listed, words)
    ordered = [
        way.order_by(f"{sign}sort_key", f"{sign}id").values_list("id", "sort_key")[:limit]
        for way in ways
    ]
    if len(ordered) == 1:
        return list(ordered[0])
    return list(_united(ordered).order_by(f"{sign}sort_key", f"{sign}id")[:limit])


def _united(queries: Sequence[QuerySet[Any, Any]]) -> QuerySet[Any, Any]:
    return queries[0].union(*queries[1:])


def _beyond(key: Any, place: tuple[Any, int], *, is_down: bool) -> Func:
    """Compare rows as a whole: two conditions joined by OR would not be a place in the index.

    Both columns are of the profile, as in the index: a row of two tables cannot be looked up.
    """
    here = Func(
        key, F("profile__customer_id"), template="(%(expressions)s)", output_field=BigIntegerField()
    )
    there = Func(
        Value(place[0]),
        Value(place[1]),
        template="(%(expressions)s)",
        output_field=here.output_field,
    )
    return Func(
        here,
        there,
        template="(%(expressions)s)",
        arg_joiner=" < " if is_down else " > ",
        output_field=BooleanField(),
    )


def _mark(row: tuple[int, Any]) -> str:
    number, key = row
    if isinstance(key, datetime):
        key = (key - _EPOCH) // timedelta(microseconds=1)
    return f"{key}.{number}"


def _place(mark: str, order: str) -> tuple[Any, int] | None:
    key, _, number = mark.partition(".")
    try:
        value, last_id = int(key), int(number)
        if max(abs(value), abs(last_id)) > _LARGEST:
            return None
        if order.endswith("spend"):
            return value, last_id
        return _EPOCH + timedelta(microseconds=value), last_id
    except (ValueError, OverflowError):
        return None
