"""Pages of the customers list (客户列表): by key, never by number, so that the last is as quick.

A page is entered where the one before ended: `(sort key, id)` of its last row, which the sort's
index finds at once. How many there are in all is counted where that is cheap and else told as the
planner expects it: at a million customers an exact figure costs more than anybody reads out of it.

Where all can be counted, the page is taken out of the same reading: walking the sort's index until
fifty match is a gamble when few do.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django.db.models import BigIntegerField, BooleanField, F, Func, QuerySet, Value
from django.db.models.functions import Coalesce

from common import sql
from customers.models.profile import NEVER, hour_of
from customers.selectors.narrowing import Customers, ways_to_find

PAGE_ROWS: Final = 50
# In the planner's units: some 30 ms.
CHEAP_COST: Final = 21_000.0
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_KEYS: Final[dict[str, Any]] = {
    "added": Coalesce("profile__first_added_at", NEVER),
    "active": Coalesce("profile__last_active_at", NEVER),
    "spend": F("profile__order_amount_fen"),
}
# What an index holds in place of a key that changes too often: rows are sorted within it.
_HELD: Final = {"active": "profile__active_hour"}
_COUNTED = (
    "SELECT count(*), coalesce(sum(spent), 0)::bigint FROM ({found}) AS found (id, key, spent)"
)
_PAGE = """
WITH found (id, key, spent) AS MATERIALIZED ({found}),
page AS (SELECT id, key FROM found WHERE {place} ORDER BY key {way}, id {way} LIMIT {limit})
SELECT page.id, page.key, counted.people, counted.spent
  FROM (SELECT count(*) AS people, coalesce(sum(spent), 0)::bigint AS spent FROM found) counted
  LEFT JOIN page ON true
 ORDER BY key {way}, id {way}
"""
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


def list_of(
    customers: Customers,
    *,
    words: str = "",
    order: str = DEFAULT_ORDER,
    after: str = "",
    before: str = "",
    size: int = PAGE_ROWS,
) -> tuple[Page, ListSize]:
    """Return a page of a narrowed list, and how many it holds in all.

    Args:
        words: What was typed into the search.
        order: One of `ORDERS`; anything else is the usual one.
        after: What the page before this one said; `before` likewise of the page after. A word that
            is neither leads to the first page.
    """
    asked = _Asked.read(order=order, after=after, before=before, size=size)
    found = _found(customers, words, _KEYS[asked.key])
    told = _as_planned(found)
    if told is not None:
        return _page(asked, _rows(customers, words, asked)), told
    query = _PAGE.format(
        found=found[0],
        place=f"(key, id) {'<' if asked.is_down else '>'} (%s, %s)" if asked.place else "true",
        way="DESC" if asked.is_down else "ASC",
        limit=size + 1,
    )
    rows = sql.fetch_all(query, (*found[1], *(asked.place or ())))
    page = _page(asked, [(number, key) for number, key, *_ in rows if number is not None])
    return page, ListSize(rows[0][2], is_exact=True, spent_fen=rows[0][3])


def ids_after(customers: Customers, *, words: str, after: int, limit: int) -> list[int]:
    """Return the next customers of a list by their numbers: for long work, in slices."""
    found = [
        way.filter(id__gt=after).order_by("id").values_list("id", flat=True)[:limit]
        for way in ways_to_find(customers, words)
    ]
    return list(_united(found).order_by("id")[:limit]) if len(found) > 1 else list(found[0])


def size_of(customers: Customers, *, words: str = "") -> ListSize:
    """Return how many customers a list has: exactly where that is cheap."""
    found = _found(customers, words, Value(0))
    told = _as_planned(found)
    if told is not None:
        return told
    ((people, spent_fen),) = sql.fetch_all(_COUNTED.format(found=found[0]), found[1])
    return ListSize(people, is_exact=True, spent_fen=spent_fen)


@dataclass(frozen=True, slots=True)
class _Asked:
    """Which page is asked for: by which key, from which place on, which way along the index."""

    key: str
    place: tuple[Any, int] | None
    is_down: bool
    is_back: bool
    size: int

    @classmethod
    def read(cls, *, order: str, after: str, before: str, size: int) -> "_Asked":
        order = order if order in ORDERS else DEFAULT_ORDER
        return cls(
            key=order.lstrip("-"),
            place=_place(before or after, order),
            is_down=order.startswith("-") is not bool(before),
            is_back=bool(before),
            size=size,
        )


def _page(asked: _Asked, rows: list[tuple[int, Any]]) -> Page:
    has_more = len(rows) > asked.size
    rows = rows[: asked.size]
    if asked.is_back:
        rows.reverse()
    has_before = has_more if asked.is_back else asked.place is not None
    has_after = has_more if not asked.is_back else asked.place is not None
    return Page(
        ids=tuple(row[0] for row in rows),
        before=_mark(rows[0]) if rows and has_before else "",
        after=_mark(rows[-1]) if rows and has_after else "",
    )


def _found(customers: Customers, words: str, key: Any) -> tuple[str, tuple[Any, ...]]:
    """Return the statement that reads all of a list: id, sort key, spending."""
    listed: Any = customers.filter(profile__isnull=False).order_by()
    ways = [
        way.values_list("id", key, "profile__order_amount_fen")
        for way in ways_to_find(listed, words)
    ]
    found, params = (_united(ways) if len(ways) > 1 else ways[0]).query.sql_with_params()
    return found, tuple(params)


def _as_planned(found: tuple[str, tuple[Any, ...]]) -> ListSize | None:
    """Return how many the planner expects, or nothing where they can be counted cheaply."""
    (plan,) = sql.fetch_value(f"EXPLAIN (FORMAT JSON) {found[0]}", found[1])
    expected = plan["Plan"]
    if expected["Total Cost"] <= CHEAP_COST:
        return None
    return ListSize(int(expected["Plan Rows"]), is_exact=False)


def _rows(customers: Customers, words: str, asked: _Asked) -> list[tuple[int, Any]]:
    """Walk along the index of the order."""
    sign, key, limit = "-" if asked.is_down else "", _KEYS[asked.key], asked.size + 1
    held = _HELD.get(asked.key)
    listed: Any = customers.filter(profile__isnull=False).annotate(sort_key=key)
    if asked.place is not None:
        listed = listed.filter(_beyond(key, asked.place, is_down=asked.is_down))
        if held is not None:
            way = "lte" if asked.is_down else "gte"
            listed = listed.filter(**{f"{held}__{way}": hour_of(Value(asked.place[0]))})
    order = [f"{sign}{column}" for column in (held, "sort_key", "id") if column]
    ways: Sequence[Any] = ways_to_find(listed, words)
    ordered = [way.order_by(*order).values_list("id", "sort_key")[:limit] for way in ways]
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
