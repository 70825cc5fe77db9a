"""Writing an article (写文章): a draft that saves itself, then a published version of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import transaction
from django.utils.translation import gettext as _

from content.blocks import read_blocks
from content.errors import DraftConflict, MaterialInUse, NotReady
from content.models import Material, MaterialDraft, TrackedLink
from customers.models import Tag
from org.models import AuditRow, User
from org.services.audit import record_audit

FIELDS: Final = ("title", "summary", "body", "picture_code", "purpose", "is_high_intent", "tag_id")


@dataclass(frozen=True, slots=True)
class DraftText:
    """What stands in the editor (草稿内容); `body` in the markup of `content.blocks`."""

    title: str
    summary: str
    body: str
    purpose: str
    is_high_intent: bool = False
    picture_code: str = ""
    tag: Tag | None = None


def start_material(*, now: datetime, author: User | None = None, title: str = "") -> MaterialDraft:
    """Begin a new article (新建文章): an unpublished material with an empty draft."""
    with transaction.atomic():
        material = Material.objects.create(
            title=title or _("未命名文章"), version=0, created_at=now, updated_at=now
        )
        return MaterialDraft.objects.create(
            material=material, title=title, saved_by=author, saved_at=now
        )


def draft_of(material: Material) -> MaterialDraft:
    """Return a material's draft (草稿); without one what is published, as a draft not yet saved."""
    draft = MaterialDraft.objects.select_related("tag").filter(material=material).first()
    if draft is not None:
        return draft
    fields = {name: getattr(material, name) for name in FIELDS}
    return MaterialDraft(material=material, revision=0, saved_at=material.updated_at, **fields)


def save_draft(
    material: Material,
    text: DraftText,
    *,
    began_with: tuple[int, int],
    now: datetime,
    author: User | None = None,
) -> MaterialDraft:
    """Save the draft (保存草稿); what is published stays as it is. One transaction.

    Args:
        began_with: The version and the draft's revision that the author began with.

    Raises:
        DraftConflict: somebody else has saved, published or thrown it away since.
    """
    with transaction.atomic():
        row = Material.objects.select_for_update().get(pk=material.pk)
        draft = MaterialDraft.objects.filter(material=row).first()
        if began_with != (row.version, draft.revision if draft else 0):
            raise DraftConflict(_("这篇草稿刚刚被别人改过"))
        draft = draft or MaterialDraft(material=row, revision=0)
        draft.title, draft.summary, draft.body = text.title, text.summary, text.body
        draft.purpose, draft.is_high_intent = text.purpose, text.is_high_intent
        draft.picture_code, draft.tag = text.picture_code, text.tag
        draft.revision += 1
        draft.saved_by, draft.saved_at = author, now
        draft.save()
        if not row.version:
            Material.objects.filter(pk=row.pk).update(
                title=text.title or _("未命名文章"), updated_at=now
            )
    return draft


def publish_draft(
    material: Material, *, now: datetime, actor: User | None = None, address: str | None = None
) -> Material:
    """Publish the draft as the next version (发布); every link leads to it at once.

    One transaction. Without a draft what was published before is published again.

    Raises:
        NotReady: there is no title or nothing to read.
    """
    with transaction.atomic():
        row = Material.objects.select_for_update().get(pk=material.pk)
        draft = MaterialDraft.objects.filter(material=row).first()
        source: Material | MaterialDraft = draft or row
        if not source.title.strip():
            raise NotReady(_("还没有标题"))
        if not read_blocks(source.body):
            raise NotReady(_("正文还是空的"))
        for name in FIELDS:
            setattr(row, name, getattr(source, name))
        row.is_published, row.updated_at = True, now
        row.version += draft is not None
        row.save()
        if draft is not None:
            draft.delete()
        _audit(row, "published", actor=actor, address=address, now=now)
    return row


def discard_draft(material: Material) -> None:
    """Throw the draft away (放弃草稿); what is published stays."""
    MaterialDraft.objects.filter(material=material).delete()


def unpublish_material(
    material: Material, *, now: datetime, actor: User | None = None, address: str | None = None
) -> Material:
    """Take a material back (下架): its links say that it is gone, until it is published again."""
    with transaction.atomic():
        row = Material.objects.select_for_update().get(pk=material.pk)
        row.is_published, row.updated_at = False, now
        row.save(update_fields=["is_published", "updated_at"])
        _audit(row, "unpublished", actor=actor, address=address, now=now)
    return row


def delete_material(
    material: Material, *, now: datetime, actor: User | None = None, address: str | None = None
) -> None:
    """Delete a material that was never published (删除草稿).

    Raises:
        MaterialInUse: it was published once, or links lead to it.
    """
    with transaction.atomic():
        row = Material.objects.select_for_update().get(pk=material.pk)
        if row.version or TrackedLink.objects.filter(material=row).exists():
            raise MaterialInUse(_("发布过的素材不能删除，可以下架"))
        _audit(row, "deleted", actor=actor, address=address, now=now)
        row.delete()


def _audit(
    material: Material, act: str, *, actor: User | None, address: str | None, now: datetime
) -> None:
    record_audit(
        actor=actor,
        action=AuditRow.Action.CONTENT_CHANGED,
        subject=f"material:{material.pk}",
        detail={"act": act, "title": material.title, "version": material.version},
        now=now,
        address=address,
    )
