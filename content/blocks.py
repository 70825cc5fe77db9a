"""The small markup of article bodies (正文标记), read into blocks for a template to write out.

One block is a run of lines between blank lines: `## heading`, `### smaller heading`, `- item`,
`1. item`, `> quotation`, `| table | row |`, `---`, `![caption](picture:CODE)`,
`[title](https://address)`; anything else is a paragraph. `**strong**` is the only mark inside a
line. There is no way to write HTML, an address that is not https, or a picture from elsewhere, and
the template escapes whatever it gets.
"""

import re
from dataclasses import dataclass
from typing import Final

_ORDERED: Final = re.compile(r"\d{1,3}[.、]\s*")
_STRONG: Final = re.compile(r"\*\*(.+?)\*\*")
_RULE_ROW: Final = re.compile(r"[|:\-\s]+")
PICTURE: Final = re.compile(
    r"!\[(?P<text>[^\]]*)\]\(picture:(?P<code>[0-9A-Za-z_-]{22})\)", re.ASCII
)
LINK: Final = re.compile(r"\[(?P<text>[^\]]+)\]\((?P<url>https://[^\s()<>\"'\\]+)\)")
# Each line of these is a block of its own.
_ALONE: Final = frozenset({"heading", "subheading", "rule", "picture", "link"})


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of text in one weight."""

    text: str
    is_strong: bool = False


Line = tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """One block of an article.

    `kind` is heading, subheading, list, ordered, quote, table, rule, picture, link or paragraph;
    `target` is the code of a picture or the address of a link.
    """

    kind: str
    lines: tuple[Line, ...] = ()
    rows: tuple[tuple[Line, ...], ...] = ()
    target: str = ""


def read_blocks(body: str) -> list[Block]:
    """Read a body into its blocks; a table without a cell is none."""
    blocks = [_block(kind, run) for kind, run in read_runs(body)]
    return [block for block in blocks if block.kind != "table" or block.rows]


def read_runs(body: str) -> list[tuple[str, list[str]]]:
    """Read a body into runs of lines with their kind, for `read_blocks` and for the editor."""
    runs: list[tuple[str, list[str]]] = []
    run: list[str] = []
    kind = ""
    for raw in [*body.splitlines(), ""]:
        line = raw.strip()
        line_kind = _kind_of(line)
        if run and line_kind != kind:
            runs.append((kind, run))
            run = []
        kind = line_kind
        if not line:
            continue
        if kind in _ALONE:
            runs.append((kind, [line]))
            continue
        run.append(line)
    return runs


def without_mark(kind: str, line: str) -> str:
    """Return a line of a block without the mark that makes it one of its kind."""
    if kind == "ordered":
        return _ORDERED.sub("", line, count=1)
    return line if kind == "paragraph" else line.lstrip("#->").strip()


def read_leading(kind: str, line: str) -> tuple[str, str] | None:
    """Return the text of a picture or a link and where it leads; None for other kinds."""
    shapes = {"picture": (PICTURE, "code"), "link": (LINK, "url")}
    if kind not in shapes:
        return None
    shape, group = shapes[kind]
    found = shape.fullmatch(line)
    return (found["text"].strip(), found[group]) if found else None


def _kind_of(line: str) -> str:
    prefixes = {
        "## ": "heading",
        "### ": "subheading",
        "- ": "list",
        "> ": "quote",
        "|": "table",
        "---": "rule",
    }
    for prefix, kind in prefixes.items():
        if line.startswith(prefix):
            return kind
    if _ORDERED.match(line):
        return "ordered"
    for shape, kind in ((PICTURE, "picture"), (LINK, "link")):
        if shape.fullmatch(line):
            return kind
    return "paragraph" if line else ""


def _block(kind: str, run: list[str]) -> Block:
    if kind == "rule":
        return Block(kind)
    if kind == "table":
        cells = [line.strip("|").split("|") for line in run if not _RULE_ROW.fullmatch(line)]
        return Block(kind, rows=tuple(tuple(_spans(cell.strip()) for cell in row) for row in cells))
    leading = read_leading(kind, run[0])
    if leading is not None:
        text, target = leading
        return Block(kind, lines=(_spans(text),) if text else (), target=target)
    return Block(kind, lines=tuple(_spans(without_mark(kind, line)) for line in run))


def _spans(text: str) -> Line:
    parts = _STRONG.split(text)
    return tuple(
        Span(part, is_strong=position % 2 == 1) for position, part in enumerate(parts) if part
    )
