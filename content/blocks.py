"""The small markup of article bodies (正文标记), read into blocks for a template to write out.

One block is a run of lines between blank lines: `## heading`, `### smaller heading`, `- item`,
`1. item`, `> quotation`, `| table | row |`, `---`; anything else is a paragraph. `**strong**` is
the only mark inside a line. There is no way to write HTML or an address, and the template escapes
whatever it gets.
"""

import re
from dataclasses import dataclass
from typing import Final

_ORDERED: Final = re.compile(r"\d{1,3}[.、]\s*")
_STRONG: Final = re.compile(r"\*\*(.+?)\*\*")
_RULE_ROW: Final = re.compile(r"[|:\-\s]+")


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of text in one weight."""

    text: str
    is_strong: bool = False


Line = tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """One block: `kind` is heading, subheading, list, ordered, quote, table, rule or paragraph."""

    kind: str
    lines: tuple[Line, ...] = ()
    rows: tuple[tuple[Line, ...], ...] = ()


def read_blocks(body: str) -> list[Block]:
    """Read a body into its blocks."""
    blocks: list[Block] = []
    run: list[str] = []
    kind = ""
    for raw in [*body.splitlines(), ""]:
        line = raw.strip()
        line_kind = _kind_of(line)
        if run and line_kind != kind:
            blocks.append(_block(kind, run))
            run = []
        kind = line_kind
        if not line:
            continue
        if kind in {"heading", "subheading", "rule"}:
            blocks.append(_block(kind, [line]))
            continue
        run.append(line)
    return blocks


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
    return "paragraph" if line else ""


def _block(kind: str, run: list[str]) -> Block:
    if kind == "rule":
        return Block(kind)
    if kind == "table":
        cells = [line.strip("|").split("|") for line in run if not _RULE_ROW.fullmatch(line)]
        return Block(kind, rows=tuple(tuple(_spans(cell.strip()) for cell in row) for row in cells))
    return Block(kind, lines=tuple(_spans(_without_mark(kind, line)) for line in run))


def _without_mark(kind: str, line: str) -> str:
    if kind == "ordered":
        return _ORDERED.sub("", line, count=1)
    return line if kind == "paragraph" else line.lstrip("#->").strip()


def _spans(text: str) -> Line:
    parts = _STRONG.split(text)
    return tuple(
        Span(part, is_strong=position % 2 == 1) for position, part in enumerate(parts) if part
    )
