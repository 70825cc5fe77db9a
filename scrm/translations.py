"""The English of the interface: taken from the sources, compiled without GNU gettext.

Message ids are Chinese; `locale/en/LC_MESSAGES/django.po` says each in English.
`manage.py english` brings the .po up to date, and compiles it.
"""

import ast
import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

from scrm.web.choices import ROOMS

ROOT: Final = Path(__file__).resolve().parent.parent
PO: Final = ROOT / "locale" / "en" / "LC_MESSAGES" / "django.po"
# Where values are put into a message.
PLACES: Final = re.compile(r"\{\w*\}|%\(\w+\)s")
KEYWORDS: Final[dict[str, Any]] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}


def sources() -> Iterator[tuple[str, str]]:
    """Return each source as Python that Babel reads: programs, and templates turned into it."""
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            if "migrations" not in path.parts:
                yield str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")
    for path in sorted((ROOT / "templates").rglob("*.html")):
        lines = templatize(path.read_text(encoding="utf-8")).splitlines()
        yield str(path.relative_to(ROOT)), "\n".join(line.strip() for line in lines)


def extracted() -> Catalog:
    """Return every message of the product, without translations."""
    catalog = Catalog(charset="utf-8", fuzzy=False)
    for name, text in sources():
        found = extract("python", io.BytesIO(text.encode()), KEYWORDS, (), {"encoding": "utf-8"})
        for _line, message, _comments, context in found:
            # Where a message stands changes with every edit; the file alone says enough.
            catalog.add(message, locations=[(name, 0)], context=context)
        if name.endswith(".py"):
            for label in labels(text):
                catalog.add(label, locations=[(name, 0)])
    return catalog


def read() -> Catalog:
    """Return the translations as they are."""
    with PO.open("rb") as file:
        return read_po(file, locale="en")


def labels(text: str) -> Iterator[str]:
    """Return the labels of the choices in a program: `NAME = "value", "标签"`."""
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.ClassDef) or not any(
            "Choices" in ast.unparse(base) for base in node.bases
        ):
            continue
        for line in node.body:
            if isinstance(line, ast.Assign) and isinstance(line.value, ast.Tuple):
                label = line.value.elts[-1]
                if isinstance(label, ast.Constant) and isinstance(label.value, str):
                    yield label.value


def update() -> list[str]:
    """Bring the .po up to date with the sources; returns what has no English yet."""
    catalog = read() if PO.exists() else Catalog(locale="en", fuzzy=False)
    catalog.update(extracted(), no_fuzzy_matching=True)
    catalog.obsolete.clear()
    _tell_nothing_of_today(catalog)
    PO.parent.mkdir(parents=True, exist_ok=True)
    with PO.open("wb") as file:
        write_po(
            file, catalog, width=100, omit_header=False, include_lineno=False, sort_output=True
        )
    return missing(catalog)


def _tell_nothing_of_today(catalog: Catalog) -> None:
    """Write a head that is the same whenever and by whomever the file is written."""
    catalog.header_comment = "# The English of the interface; `make english` brings it up to date."
    catalog.project, catalog.version = "weiyu-scrm", "1"
    catalog.creation_date = catalog.revision_date = datetime(2026, 1, 1, tzinfo=UTC)
    catalog.msgid_bugs_address = catalog.last_translator = catalog.language_team = ""


def missing(catalog: Catalog) -> list[str]:
    """Return the messages without a translation."""
    return [str(message.id) for message in catalog if message.id and not _is_whole(message.string)]


def _is_whole(string: Any) -> bool:
    return all(string) if isinstance(string, tuple) else bool(string)


def compile_messages() -> None:
    """Write the .mo that Django reads, unless it is newer than the .po."""
    target = PO.with_suffix(".mo")
    if not PO.exists() or (target.exists() and target.stat().st_mtime >= PO.stat().st_mtime):
        return
    scratch = target.with_suffix(f".{id(target)}.new")
    with scratch.open("wb") as file:
        write_mo(file, read())
    scratch.replace(target)
