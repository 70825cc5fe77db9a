"""What a page is made of, and what in it should not be there."""

from html.parser import HTMLParser
from urllib.parse import urlsplit

# Scripts of ours come from files; data for them are JSON.
DATA = {"application/json", "application/ld+json"}
ADDRESSES = {"href", "src", "action", "formaction", "xlink:href", "data", "poster", "srcset"}
ASKING = {"hx-get", "hx-post", "hx-put", "hx-patch", "hx-delete"}
FOREIGN = ("pwn", "iframe", "object", "embed", "base", "math", "applet", "frame")


class _Reader(HTMLParser):
    """Collects what a browser would make of the page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.problems: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in FOREIGN:
            self.problems.append(f"<{tag}>")
        if tag == "script" and "src" not in given and given.get("type") not in DATA:
            self.problems.append("inline script")
        if tag in {"style", "template"} and "pwn" in str(given):
            self.problems.append(f"<{tag}> {given}")
        for name, value in given.items():
            if name.startswith("on") or name == "style":
                self.problems.append(f"{tag} {name}={value[:60]}")
            if name in ADDRESSES and value.strip().lower().startswith(("javascript:", "//evil")):
                self.problems.append(f"{tag} {name}={value[:60]}")
            if name.startswith("hx-") and "logout" in _leading(name, value):
                self.problems.append(f"{tag} {name}={value[:60]}")

    handle_startendtag = handle_starttag


def _leading(name: str, value: str) -> str:
    """What decides where htmx goes: of an address all but its query, which a search is kept in."""
    if name not in ASKING:
        return value
    address = urlsplit(value)
    return f"{address.scheme}:{address.netloc}{address.path}"


def problems_of(html: str) -> list[str]:
    """Return what a name has smuggled into a page."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.problems
