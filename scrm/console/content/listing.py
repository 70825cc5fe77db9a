"""The list of materials: what a row shows, and what the address narrows."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.core.paginator import Page, Paginator
from django.http import HttpRequest
from django.utils.translation import gettext as _

from content.models import Material
from content.selectors.catalog import (
    MaterialFigures,
    figures_of_materials,
    materials_matching,
)
from customers.selectors.periods import start_of
from org.models import User
from touches.selectors.material_sends import sends_of

PAGE_ROWS: Final = 25
PERIODS: Final = (7, 30, 90)
USUAL_PERIOD: Final = 30
STATES: Final = ("published", "draft", "off")


@dataclass(frozen=True, slots=True)
class Row:
    """One material of the list."""

    material: Material
    figures: MaterialFigures
    send_count: int

    @property
    def state(self) -> tuple[str, str]:
        """Its state in words and the tone of the badge."""
        return state_words(self.material)


def state_words(material: Material) -> tuple[str, str]:
    """Say where a material stands, and in which tone."""
    has_draft = hasattr(material, "draft")
    if material.is_published:
        return (_("有未发布的修改"), "warn") if has_draft else (_("已发布"), "ok")
    if material.version:
        return _("已下架"), ""
    return _("草稿"), "warn"


def period_of(request: HttpRequest) -> int:
    """Return how many days are looked at; nonsense is the usual period."""
    text = request.GET.get("days", "")
    return int(text) if text.isdecimal() and int(text[:4]) in PERIODS else USUAL_PERIOD


def period_choices() -> list[tuple[int, str]]:
    """Return the periods with their labels."""
    return [(days, _("近 {days} 天").format(days=days)) for days in PERIODS]


def list_materials(request: HttpRequest, viewer: User, *, now: datetime) -> Page[Row]:
    """Return one page of the materials that fit the address: `q`, `purpose`, `state`, `days`."""
    words = request.GET.get("q", "").replace("\x00", "").strip()[:64]
    materials = materials_matching(words, purpose=request.GET.get("purpose", ""))
    state = request.GET.get("state", "")
    if state == "published":
        materials = materials.filter(is_published=True)
    elif state == "draft":
        materials = materials.filter(draft__isnull=False)
    elif state == "off":
        materials = materials.filter(is_published=False, version__gt=0)
    page = Paginator(materials.order_by("-updated_at", "-id"), PAGE_ROWS).get_page(
        request.GET.get("page")
    )
    shown = list(page.object_list)
    since = start_of(period_of(request), now=now)
    figures = figures_of_materials(shown, viewer=viewer, since=since)
    sends = sends_of([one.pk for one in shown], viewer=viewer, since=since)
    rows = [Row(one, figures[one.pk], sends.get(one.pk, 0)) for one in shown]
    return Page(rows, page.number, page.paginator)  # type: ignore[arg-type] # rows of its materials
