"""What staff can send (素材架): published materials, those that match what they typed."""

from collections.abc import Sequence
from typing import Final

from django.db.models import Q

from content.errors import UnknownMaterial
from content.models import Material

SHOWN: Final = 30


def shelf(*, part: str = "", limit: int = SHOWN) -> Sequence[Material]:
    """Return published materials whose title or summary holds a text, the newest first."""
    found = Material.objects.filter(is_published=True)
    if part:
        found = found.filter(Q(title__icontains=part) | Q(summary__icontains=part))
    return list(found.defer("body").order_by("-updated_at", "-id")[:limit])


def published_material(material_id: int) -> Material:
    """Return a material that may be sent.

    Raises:
        UnknownMaterial: there is none, or it is not published.
    """
    found = Material.objects.filter(pk=material_id, is_published=True).defer("body").first()
    if found is None:
        raise UnknownMaterial(str(material_id))
    return found


def titles_of(material_ids: set[int]) -> dict[int, str]:
    """Return the titles of published materials by number."""
    found = Material.objects.filter(pk__in=material_ids, is_published=True)
    return dict(found.values_list("pk", "title")) if material_ids else {}
