"""An article's body as an editor holds it (编辑块): a list of blocks with plain text in each.

`read_body` and `write_body` go there and back; what an author types into a block can only ever be
markup of `content.blocks`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from content.blocks import LINK, PICTURE, read_leading, read_runs, without_mark

KINDS: Final = (
    "paragraph",
    "heading",
    "subheading",
    "list",
    "ordered",
    "quote",
    "picture",
    "link",
    "table",
    "rule",
)
_ONE_LINE: Final = frozenset({"heading", "subheading", "link", "picture"})
MAX_BLOCKS: Final = 200
MAX_CHARACTERS: Final = 5_000


@dataclass(frozen=True, slots=True)
class EditBlock:
    """One block in the editor: its kind, its text line by line, and where it leads.

    `target` is the code of a picture or the address of a link. A table's cells are divided by `|`.
    """

    kind: str = "paragraph"
    text: str = ""
    target: str = ""

    @property
    def is_empty(self) -> bool:
        """True while there is nothing to show."""
        if self.kind == "rule":
            return False
        if self.kind in {"picture", "link"}:
            return not self.target
        return not self.text.strip()


def read_body(body: str) -> list[EditBlock]:
    """Read a body into the editor's blocks."""
    return [_edit_block(kind, run) for kind, run in read_runs(body)]


def write_body(blocks: Iterable[EditBlock]) -> str:
    """Write the editor's blocks as a body; empty ones are left out."""
    return "\n\n".join(text for block in blocks if (text := _markup(block)))


def add_block(blocks: Sequence[EditBlock], kind: str, *, at: int) -> list[EditBlock]:
    """Return the blocks with an empty one of a kind at a place; a full article stays as it is."""
    if kind not in KINDS or len(blocks) >= MAX_BLOCKS:
        return list(blocks)
    place = min(max(at, 0), len(blocks))
    return [*blocks[:place], EditBlock(kind), *blocks[place:]]


def move_block(blocks: Sequence[EditBlock], *, at: int, to: int) -> list[EditBlock]:
    """Return the blocks with one of them at another place; nonsense changes nothing."""
    changed = list(blocks)
    if 0 <= at < len(changed) and 0 <= to < len(changed):
        changed.insert(to, changed.pop(at))
    return changed


def remove_block(blocks: Sequence[EditBlock], *, at: int) -> list[EditBlock]:
    """Return the blocks without one of them."""
    return [block for place, block in enumerate(blocks) if place != at]


def change_kind(blocks: Sequence[EditBlock], kind: str, *, at: int) -> list[EditBlock]:
    """Return the blocks with one of them as another kind, its text kept."""
    if kind not in KINDS:
        return list(blocks)
    return [
        replace(block, kind=kind) if place == at else block for place, block in enumerate(blocks)
    ]


def _edit_block(kind: str, run: list[str]) -> EditBlock:
    if kind == "rule":
        return EditBlock(kind)
    if kind == "table":
        rows = [line.strip("|").strip() for line in run if line.strip("|:- \t")]
        return EditBlock(kind, "\n".join(rows))
    leading = read_leading(kind, run[0])
    if leading is not None:
        return EditBlock(kind, *leading)
    return EditBlock(kind, "\n".join(without_mark(kind, line) for line in run))


def _markup(block: EditBlock) -> str:
    if block.kind == "rule":
        return "---"
    lines = _lines(block)
    if block.kind in {"picture", "link"}:
        return _leading(block, " ".join(lines))
    if not lines:
        return ""
    if block.kind in _ONE_LINE:
        lines = [" ".join(lines)]
    return "\n".join(_marked(block.kind, place, line) for place, line in enumerate(lines, start=1))


def _lines(block: EditBlock) -> list[str]:
    """Return the lines of a block; a paragraph keeps its blank lines, which divide it."""
    text = block.text[:MAX_CHARACTERS]
    lines = [line.strip() for line in text.splitlines()]
    if block.kind != "paragraph":
        return [line for line in lines if line]
    return "\n".join(lines).strip("\n").split("\n") if any(lines) else []


def _marked(kind: str, place: int, line: str) -> str:
    marks = {"heading": "## ", "subheading": "### ", "list": "- ", "quote": "> "}
    if kind == "ordered":
        return f"{place}. {line}"
    if kind == "table":
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        return f"| {' | '.join(cells)} |"
    return f"{marks.get(kind, '')}{line}"


def _leading(block: EditBlock, text: str) -> str:
    """Return the markup of a picture or a link; what cannot be one is left out."""
    plain = text.replace("[", "(").replace("]", ")").replace("(", "（").replace(")", "）")
    if block.kind == "picture":
        markup = f"![{plain}](picture:{block.target})"
        return markup if PICTURE.fullmatch(markup) else ""
    markup = f"[{plain or block.target}]({block.target})"
    return markup if LINK.fullmatch(markup) else ""
