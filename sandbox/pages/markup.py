"""HTML that is safe by construction: text is escaped unless it was built here."""

from __future__ import annotations

import html
from collections.abc import Iterable

_VOID = frozenset({"input", "br", "img", "meta", "link", "hr"})


class Markup(str):
    """Text that is already HTML."""

    __slots__ = ()


Child = str | Markup | None | Iterable["Child"]
Attribute = str | int | bool | None


def el(tag: str, /, *children: Child, **attributes: Attribute) -> Markup:
    """Return one element.

    Args:
        tag: Its name.
        children: Text (escaped), `Markup` (kept), None (dropped), or nested iterables of these.
        attributes: `class_` and `for_` lose the underscore, other underscores become hyphens;
            True is a bare attribute, False and None leave it out.
    """
    opening = f"<{tag}{''.join(_attribute(*pair) for pair in attributes.items())}>"
    if tag in _VOID:
        return Markup(opening)
    return Markup(f"{opening}{join(children)}</{tag}>")


def _attribute(name: str, value: Attribute) -> str:
    if value is None or value is False:
        return ""
    written = name.rstrip("_").replace("_", "-")
    return f" {written}" if value is True else f' {written}="{html.escape(str(value))}"'


def join(children: Iterable[Child]) -> Markup:
    """Return the children one after the other as HTML."""
    return Markup("".join(_text(child) for child in children))


def _text(child: Child) -> str:
    if child is None:
        return ""
    if isinstance(child, Markup):
        return child
    if isinstance(child, str):
        return html.escape(child)
    return join(child)
