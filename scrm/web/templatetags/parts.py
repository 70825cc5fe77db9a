"""Tags that components need; built in, no `{% load %}`."""

from collections.abc import Iterable
from datetime import timedelta

from django import template
from django.core.paginator import Page
from django.http import HttpRequest
from django.template import Context
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from common import clock
from scrm.web.markup import fill_each

register = template.Library()


@register.simple_tag(takes_context=True)
def query(context: Context, **changes: object) -> str:
    """Return the address's query with some values changed: `{% query page=2 %}`; None removes."""
    request: HttpRequest = context["request"]
    values = request.GET.copy()
    for name, value in changes.items():
        if value is None or value == "":
            values.pop(name, None)
        elif isinstance(value, list | tuple):
            values.setlist(name, [str(one) for one in value])
        else:
            values[name] = str(value)
    return f"?{values.urlencode()}" if values else request.path


@register.inclusion_tag("components/sort_head.html", takes_context=True)
def sort_head(
    context: Context, label: str, key: str, *, target: str = "", kind: str = "", col: str = ""
) -> dict[str, object]:
    """Write a `<th>` that sorts by `key`: descending first, then ascending, then not.

    `target` is the selector that htmx fills; `kind` "number" aligns right; `col` names the column
    for the column chooser.
    """
    request: HttpRequest = context["request"]
    now = request.GET.get("sort", "")
    following = {f"-{key}": key, key: ""}.get(now, f"-{key}")
    sorted_as = {f"-{key}": "descending", key: "ascending"}.get(now, "")
    url = query(context, sort=following, page=None)
    return {
        "label": label,
        "url": url,
        "sorted_as": sorted_as,
        "target": target,
        "kind": kind,
        "col": col,
    }


@register.simple_tag
def date_presets() -> list[dict[str, str]]:
    """Return 今日, 昨日, 近7日, 近30日 with their first and last day."""
    today = localtime(clock.now()).date()
    yesterday = today - timedelta(days=1)
    spans = (
        (_("今日"), today, today),
        (_("昨日"), yesterday, yesterday),
        (_("近7日"), today - timedelta(days=6), today),
        (_("近30日"), today - timedelta(days=29), today),
    )
    return [
        {"label": label, "start": start.isoformat(), "end": end.isoformat()}
        for label, start, end in spans
    ]


@register.filter
def has(values: Iterable[object] | None, value: object) -> bool:
    """True if a list of chosen values contains one, compared as text."""
    return str(value) in {str(one) for one in values or ()}


@register.filter
def pages(page: Page[object]) -> list[int]:
    """Return the numbers a pager shows; 0 is a gap."""
    shown = page.paginator.get_elided_page_range(page.number, on_each_side=2, on_ends=1)
    return [number if isinstance(number, int) else 0 for number in shown]


@register.simple_tag
def options(choices: Iterable[tuple[object, object]], value: object = "") -> SafeString:
    """Return the options of a `<select>` out of (value, label), the one with `value` chosen."""
    chosen = str(value)
    return fill_each(
        '<option value="{}"{}>{}</option>',
        ((key, _SELECTED if str(key) == chosen else "", label) for key, label in choices),
    )


@register.simple_tag
def option_groups(
    groups: Iterable[tuple[str, Iterable[tuple[object, object]]]], value: object = ""
) -> SafeString:
    """Return the options of a `<select>` in named groups."""
    return fill_each(
        '<optgroup label="{}">{}</optgroup>',
        ((name, options(choices, value)) for name, choices in groups),
    )


_SELECTED = SafeString(" selected")
