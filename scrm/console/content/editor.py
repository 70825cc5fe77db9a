"""What an author sees and sends of an article: the fields, the blocks, one act on them.

The form holds every block as `kind-N`, `text-N`, `target-N`, and perhaps a picture as `file-N`.
`op` says what is to be done besides saving: `add:KIND:N`, `up:N`, `down:N`, `remove:N`,
`kind:KIND:N`, `uncover`, or nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.http import QueryDict
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _

from content.editing import (
    KINDS,
    MAX_BLOCKS,
    EditBlock,
    add_block,
    change_kind,
    move_block,
    read_body,
    remove_block,
    write_body,
)
from content.errors import PictureRefused
from content.lint import Finding, Trouble, lint_text
from content.models import Material, MaterialDraft
from content.services.drafts import DraftText
from content.services.pictures import MAX_BYTES, store_picture
from customers.models import Tag

Files = MultiValueDict[str, Any]


@dataclass(frozen=True, slots=True)
class Editor:
    """An article as it stands in the editor; `focus` is the block that was just added."""

    title: str
    summary: str
    purpose: str
    is_high_intent: bool
    tag: Tag | None
    picture_code: str
    blocks: list[EditBlock]
    began_with: tuple[int, int]
    saved_at: datetime | None = None
    focus: int | None = None
    problems: list[str] = field(default_factory=list)

    @property
    def mark(self) -> str:
        """The version and revision that the author began with, as the form carries it."""
        return f"{self.began_with[0]}-{self.began_with[1]}"

    @property
    def body(self) -> str:
        """The blocks as they are stored."""
        return write_body(self.blocks)

    @property
    def findings(self) -> list[Finding]:
        """Troublesome words in all that readers see."""
        return lint_text("\n".join([self.title, self.summary, self.body]))

    def text(self) -> DraftText:
        """Return what is saved."""
        return DraftText(
            title=self.title,
            summary=self.summary,
            body=self.body,
            purpose=self.purpose,
            is_high_intent=self.is_high_intent,
            picture_code=self.picture_code,
            tag=self.tag,
        )


def editor_of(draft: MaterialDraft, material: Material) -> Editor:
    """Open a draft in the editor; an empty one begins with a paragraph."""
    return Editor(
        title=draft.title,
        summary=draft.summary,
        purpose=draft.purpose,
        is_high_intent=draft.is_high_intent,
        tag=draft.tag,
        picture_code=draft.picture_code,
        blocks=read_body(draft.body) or [EditBlock()],
        began_with=(material.version, draft.revision),
        saved_at=draft.saved_at if draft.revision else None,
    )


def read_editor(data: QueryDict, files: Files, *, now: datetime) -> Editor:
    """Read what an author sent, with the pictures that came along."""
    problems: list[str] = []
    blocks = [
        _with_picture(block, files.get(f"file-{place}"), problems, now=now)
        for place, block in enumerate(_blocks(data))
    ]
    cover = _stored(files.get("cover"), problems, now=now)
    purpose = data.get("purpose", "")
    return Editor(
        title=_line(data, "title", 128),
        summary=_line(data, "summary", 512),
        purpose=purpose if purpose in Material.Purpose.values else Material.Purpose.KNOWLEDGE,
        is_high_intent="is_high_intent" in data,
        tag=_tag(data.get("tag", "")),
        picture_code=cover or _line(data, "picture_code", 22),
        blocks=blocks or [EditBlock()],
        began_with=_mark(data.get("began_with", "")),
        problems=problems,
    )


def act(editor: Editor, op: str) -> Editor:
    """Return the editor after one act; what is not understood changes nothing."""
    name, _colon, rest = op.partition(":")
    kind, _colon, number = rest.rpartition(":")
    at = _number(number)
    if name == "uncover":
        return replace(editor, picture_code="")
    if at is None:
        return editor
    blocks = {
        "add": lambda: add_block(editor.blocks, kind, at=at),
        "up": lambda: move_block(editor.blocks, at=at, to=at - 1),
        "down": lambda: move_block(editor.blocks, at=at, to=at + 1),
        "remove": lambda: remove_block(editor.blocks, at=at),
        "kind": lambda: change_kind(editor.blocks, kind, at=at),
    }.get(name, lambda: editor.blocks)()
    focus = {"add": at, "up": max(at - 1, 0), "down": at + 1, "kind": at}.get(name)
    return replace(editor, blocks=blocks or [EditBlock()], focus=focus)


def kind_choices() -> list[tuple[str, str, str]]:
    """Return the kinds of blocks with their names and icons."""
    return [
        ("paragraph", _("段落"), "pilcrow"),
        ("heading", _("大标题"), "heading-2"),
        ("subheading", _("小标题"), "heading-3"),
        ("list", _("列表"), "list"),
        ("ordered", _("编号列表"), "list-ordered"),
        ("quote", _("引用"), "quote"),
        ("picture", _("图片"), "image"),
        ("link", _("链接"), "link"),
        ("table", _("表格"), "table"),
        ("rule", _("分隔线"), "minus"),
    ]


def trouble_words(trouble: Trouble) -> str:
    """Say why a word is troublesome."""
    return {
        Trouble.ABSOLUTE: _("绝对化用语"),
        Trouble.MEDICAL: _("医疗或功效断言"),
        Trouble.SHARING: _("诱导分享"),
    }[trouble]


def _blocks(data: Mapping[str, Any]) -> list[EditBlock]:
    blocks: list[EditBlock] = []
    for place in range(MAX_BLOCKS):
        kind = data.get(f"kind-{place}")
        if kind is None:
            break
        blocks.append(
            EditBlock(
                kind if kind in KINDS else "paragraph",
                str(data.get(f"text-{place}", "")).replace("\x00", ""),
                str(data.get(f"target-{place}", "")).replace("\x00", "").strip(),
            )
        )
    return blocks


def _with_picture(block: EditBlock, file: Any, problems: list[str], *, now: datetime) -> EditBlock:
    code = _stored(file, problems, now=now)
    return replace(block, target=code) if code and block.kind == "picture" else block


def _stored(file: Any, problems: list[str], *, now: datetime) -> str:
    """Store a picture that came with the form and return its code; '' with a problem if not."""
    if not file:
        return ""
    try:
        if file.size > MAX_BYTES:
            raise PictureRefused(_("图片超过 8 MB，请压缩后再上传"))  # noqa: TRY301 - one place for both
        return store_picture(file.read(), now=now).code
    except PictureRefused as error:
        problems.append(str(error))
        return ""


def _line(data: Mapping[str, Any], name: str, most: int) -> str:
    return " ".join(str(data.get(name, "")).replace("\x00", "").split())[:most]


def _mark(text: str) -> tuple[int, int]:
    version, _dash, revision = text.partition("-")
    return _number(version) or 0, _number(revision) or 0


def _tag(text: str) -> Tag | None:
    number = _number(text)
    return Tag.objects.filter(pk=number, is_deleted=False).first() if number else None


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) <= 9 else None
