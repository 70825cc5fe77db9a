"""Icons (图标): those of lucide, each drawn once a process.

Stands in for the library's own tag, which reads its archive and draws anew at every use.
"""

from functools import lru_cache

from django import template
from django.utils.safestring import SafeString
from lucide.templatetags.lucide import lucide as drawn

register = template.Library()


@register.simple_tag
def lucide(name: str, *, size: int | None = 24, **attributes: str) -> SafeString:
    """Return an icon as inline SVG: `{% lucide "users" size=18 %}`."""
    return _icon(name, size, tuple(attributes.items()))


@lru_cache(maxsize=1_024)
def _icon(name: str, size: int | None, attributes: tuple[tuple[str, str], ...]) -> SafeString:
    return SafeString(drawn(name, size=size, **dict(attributes)))
