"""The picture of an event, drawn inline: pages inside WeCom fetch no sprite."""

from typing import Final

from django import template
from lucide.templatetags.lucide import lucide

register = template.Library()
COLORS: Final = 8

# The names that `event_words` uses, as lucide calls them.
_NAMES: Final = {
    "bag": "shopping-bag",
    "book": "book-open",
    "check": "check",
    "clock": "clock",
    "dot": "circle",
    "edit": "pencil",
    "message": "message-circle",
    "send": "send",
    "trend": "trending-up",
    "user-minus": "user-minus",
    "user-plus": "user-plus",
    "users": "users",
}


@register.simple_tag
def event_sign(name: str, size: int = 15) -> str:
    """Draw the picture of an event; one that is not known is a dot."""
    return lucide(_NAMES.get(name, "circle"), size=size)


@register.filter
def shade(seed: int) -> int:
    """Return the number of an avatar's color, the same for the same customer."""
    return seed % COLORS
