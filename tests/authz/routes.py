"""Every address of the product, out of the router, with what its view says of itself."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")


@dataclass(frozen=True, slots=True)
class Route:
    """One address: `key` is what the tables of this folder call it, its name or its pattern."""

    key: str
    pattern: str
    view: Any
    parameters: tuple[str, ...]

    @property
    def api(self) -> Any | None:
        """The class of a view of the open API."""
        return getattr(self.view, "cls", None)

    @property
    def is_page(self) -> bool:
        """True if `page`, `member_page` or `own_page` guards it."""
        return hasattr(self.view, "permission")

    def url(self, values: dict[str, Any]) -> str:
        """The address with its parameters filled in."""
        path = self.pattern
        for name in self.parameters:
            start = path.index(f"{name}>")
            opening = path.rindex("<", 0, start)
            path = path[:opening] + str(values[name]) + path[start + len(name) + 1 :]
        return f"/{path}"


def routes() -> list[Route]:
    """All addresses; the back office's are told apart by the `admin:` of their keys."""
    return list(_walk(get_resolver(), "", "", ()))


def _walk(
    resolver: URLResolver, before: str, space: str, parameters: tuple[str, ...]
) -> Iterator[Route]:
    for entry in resolver.url_patterns:
        path = before + str(entry.pattern)
        given = (*parameters, *entry.pattern.converters)
        if isinstance(entry, URLResolver):
            inner = f"{space}{entry.namespace}:" if entry.namespace else space
            yield from _walk(entry, path, inner, given)
        elif isinstance(entry, URLPattern):
            key = f"{space}{entry.name}" if entry.name else path
            yield Route(key, path, entry.callback, given)
