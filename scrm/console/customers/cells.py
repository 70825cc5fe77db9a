"""The rows of the customers list as HTML (列表行): written here, for a page holds fifty of them."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from django.utils.safestring import SafeString
from django.utils.timezone import localtime

from scrm.console.customers.telling import ShownCustomer
from scrm.web.markup import fill, fill_each, joined
from scrm.web.templatetags.formats import ago, day, moment, money, number
from scrm.web.templatetags.people import badge, check_cell, chips, person

_NOTHING: Final = SafeString('<span class="dim">—</span>')


def rows_html(
    rows: Sequence[ShownCustomer], on: Mapping[str, str], *, may_choose: bool
) -> SafeString:
    """Return the rows of a table.

    Args:
        on: The columns that are shown with their labels, in their order.
        may_choose: Whether each row begins with a box to tick.
    """
    cells = [
        (fill('<td{} data-label="{}">', _KINDS.get(key, ""), label), _CELLS[key])
        for key, label in on.items()
    ]
    return fill_each(
        '<tr data-row="{}">{}<td>{}</td>{}</tr>\n',
        (
            (
                one.url,
                check_cell(one.row.uid, one.name) if may_choose else "",
                person(one.name, one.detail, one.url, one.row.id),
                joined([fill("{}{}</td>", head, cell(one)) for head, cell in cells]),
            )
            for one in rows
        ),
    )


def _stage(one: ShownCustomer) -> SafeString:
    return badge(one.stage, one.tone)


def _relation(one: ShownCustomer) -> str:
    return one.relation


def _tags(one: ShownCustomer) -> SafeString:
    return chips(one.tags)


def _owners(one: ShownCustomer) -> str:
    names = one.row.owners
    if len(names) < 2:
        return names[0] if names else "—"
    return fill('{} <small title="{}">+{}</small>', names[0], "、".join(names), one.more_owners)


def _channel(one: ShownCustomer) -> str:
    return one.channel or _NOTHING


def _spend(one: ShownCustomer) -> str:
    return money(one.row.spent_fen) if one.row.spent_fen else _NOTHING


def _orders(one: ShownCustomer) -> str:
    return number(one.row.order_count)


def _opens(one: ShownCustomer) -> str:
    return number(one.row.open_count)


def _active(one: ShownCustomer) -> str:
    moment_of_it = one.row.active_at
    if moment_of_it is None:
        return _NOTHING
    return fill(
        '<time datetime="{}" title="{}">{}</time>',
        localtime(moment_of_it).isoformat(timespec="seconds"),
        moment(moment_of_it),
        ago(moment_of_it),
    )


def _added(one: ShownCustomer) -> str:
    return day(one.row.added_at)


_CELLS: Final[Mapping[str, Callable[[ShownCustomer], str]]] = {
    "stage": _stage,
    "relation": _relation,
    "tags": _tags,
    "owners": _owners,
    "channel": _channel,
    "spend": _spend,
    "orders": _orders,
    "opens": _opens,
    "active": _active,
    "added": _added,
}
_NUMBER, _TIME, _SHORT = (SafeString(f' class="{name}"') for name in ("number", "time", "short"))
_KINDS: Final[Mapping[str, str]] = {
    "stage": _SHORT,
    "relation": _SHORT,
    "spend": _NUMBER,
    "orders": _NUMBER,
    "opens": _NUMBER,
    "active": _TIME,
    "added": _TIME,
}
