"""Materials with what their reading says of them (素材列表), in the viewer's scope."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import Q, QuerySet

from common import sql
from content.errors import UnknownMaterial
from content.models import Material
from org.models import User
from org.selectors.scope import visible_staff_ids

# Machines, members and strangers are not counted: only customers whom WeCom named.
_FIGURES: Final = """
WITH seen AS (
    SELECT link.material_id, identity.customer_id, visit.total_seconds,
           visit.completed_at IS NOT NULL AS is_completed
      FROM content_visit visit
      JOIN content_trackedlink link ON link.id = visit.link_id
      JOIN customers_identity identity ON identity.id = visit.identity_id
     WHERE link.material_id = ANY(%(ids)s) AND visit.opened_at >= %(since)s
       AND (%(staff)s::bigint[] IS NULL OR identity.customer_id IN (
            SELECT other.customer_id FROM customers_follow follow
              JOIN customers_identity other ON other.id = follow.identity_id
             WHERE follow.staff_id = ANY(%(staff)s)))
), readers AS (
    SELECT material_id, customer_id, bool_or(is_completed) AS is_completed
      FROM seen GROUP BY material_id, customer_id
)
SELECT seen.material_id, count(*),
       percentile_cont(0.5) WITHIN GROUP (ORDER BY seen.total_seconds),
       (SELECT count(*) FROM readers WHERE readers.material_id = seen.material_id),
       (SELECT count(*) FROM readers
         WHERE readers.material_id = seen.material_id AND readers.is_completed)
  FROM seen GROUP BY seen.material_id
"""


@dataclass(frozen=True, slots=True)
class MaterialFigures:
    """How a material was read in a period (素材数据)."""

    open_count: int = 0
    median_seconds: float | None = None
    reader_count: int = 0
    completed_count: int = 0

    @property
    def completed_ratio(self) -> float | None:
        """Readers who read to the end, of all readers."""
        return self.completed_count / self.reader_count if self.reader_count else None


def figures_of_materials(
    materials: Sequence[Material], *, viewer: User, since: datetime
) -> dict[int, MaterialFigures]:
    """Return how these materials were read since a moment, by material; one query."""
    if not materials:
        return {}
    rows = sql.fetch_all(
        _FIGURES,
        {
            "ids": [material.pk for material in materials],
            "since": since,
            "staff": visible_staff_ids(viewer),
        },
    )
    found = {
        material_id: MaterialFigures(opens, median, readers, completed)
        for material_id, opens, median, readers, completed in rows
    }
    return {material.pk: found.get(material.pk, MaterialFigures()) for material in materials}


def materials_matching(words: str = "", *, purpose: str = "") -> QuerySet[Material]:
    """Return all materials, narrowed by a part of the title or summary and by purpose.

    What the company has to say is nobody's own: it has no data scope, only the right to see it.
    """
    materials = Material.objects.select_related("tag", "draft")
    if words:
        materials = materials.filter(Q(title__icontains=words) | Q(summary__icontains=words))
    if purpose in Material.Purpose.values:
        materials = materials.filter(purpose=purpose)
    return materials


def access_material(material_id: int) -> Material:
    """Return one material for a request.

    Raises:
        UnknownMaterial: there is none.
    """
    material = Material.objects.select_related("tag").filter(pk=material_id).first()
    if material is None:
        raise UnknownMaterial(str(material_id))
    return material
