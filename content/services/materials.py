"""Writing materials (素材)."""

from dataclasses import dataclass
from datetime import datetime

from content.models import Material


@dataclass(frozen=True, slots=True)
class ArticleText:
    """What an author writes (文章内容); `body` in the markup of `content.blocks`."""

    title: str
    body: str
    summary: str = ""
    cover: str = ""
    purpose: Material.Purpose = Material.Purpose.KNOWLEDGE
    is_high_intent: bool = False


def publish_article(
    text: ArticleText, *, now: datetime, material: Material | None = None
) -> Material:
    """Publish a new article (文章), or a new version of one that exists.

    Args:
        material: The article to replace; its links lead to the new version at once.
    """
    fields = {
        "title": text.title,
        "body": text.body,
        "summary": text.summary,
        "cover": text.cover,
        "purpose": text.purpose,
        "is_high_intent": text.is_high_intent,
        "is_published": True,
        "updated_at": now,
    }
    if material is None:
        return Material.objects.create(created_at=now, **fields)
    for name, value in fields.items():
        setattr(material, name, value)
    material.version += 1
    material.save(update_fields=[*fields, "version"])
    return material
