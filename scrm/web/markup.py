"""HTML written in Python (标记): `format_html` for what stands hundreds of times on a page.

Escapes as Django does, at a fifth of its cost: a page of fifty rows fills a thousand places.
"""

from collections.abc import Iterable
from html import escape
from typing import Any

from django.utils.functional import Promise
from django.utils.safestring import SafeString


def fill(pattern: str, *values: object) -> SafeString:
    """Put values in the places of a pattern, escaped unless they are markup already."""
    return SafeString(pattern.format(*[_text(value) for value in values]))


def fill_each(pattern: str, rows: Iterable[Iterable[object]]) -> SafeString:
    """Fill a pattern once a row, one after the other."""
    put = pattern.format
    return SafeString("".join([put(*[_text(value) for value in row]) for row in rows]))


def joined(parts: Iterable[SafeString]) -> SafeString:
    """Return markup one after the other."""
    return SafeString("".join(parts))


def _text(value: Any) -> str:
    if value.__class__ is SafeString:
        return value
    if value.__class__ is int:
        return str(value)
    if isinstance(value, Promise):
        value = str(value)
    if hasattr(value, "__html__"):
        return str(value.__html__())
    return escape(str(value))
