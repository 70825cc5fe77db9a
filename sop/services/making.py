"""Making journeys (新建旅程): blank, from a template, as a copy; and what they are called."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from content.models import Material
from org.models import User
from sop.errors import UnknownJourney
from sop.models import Journey
from sop.program.starting import BLANK
from sop.services.presets import Preset, presets
from sop.services.publishing import create_journey

# Stands for a material that this company does not have: the check asks for another one.
MISSING: Final = 0


@dataclass(frozen=True, slots=True)
class NewJourney:
    """What a journey is called (旅程名称)."""

    code: str
    name: str


def make_blank(new: NewJourney, *, now: datetime, by: User | None = None) -> Journey:
    """Make a journey for new friends in which nothing happens yet (空白旅程).

    Raises:
        CodeTaken: another journey has this code.
    """
    return create_journey(code=new.code, name=new.name, program=BLANK, now=now, by=by)


def make_from_preset(
    preset: Preset, new: NewJourney, *, now: datetime, by: User | None = None
) -> Journey:
    """Make a journey of a template (从模板新建); materials that are missing are left to choose.

    Raises:
        CodeTaken: another journey has this code.
    """
    found, _missing = materials_named(preset)
    program = with_materials(preset.program, found)
    return create_journey(code=new.code, name=new.name, program=program, now=now, by=by)


def copy_journey(
    journey: Journey, new: NewJourney, *, now: datetime, by: User | None = None
) -> Journey:
    """Make a journey with the draft of another (复制旅程): its runs and versions stay behind.

    Raises:
        CodeTaken: another journey has this code.
    """
    return create_journey(
        code=new.code,
        name=new.name,
        program=journey.draft,
        subject_kind=journey.subject_kind,
        now=now,
        by=by,
    )


def rename_journey(journey_id: int, *, name: str, owner: User | None, now: datetime) -> None:
    """Say what a journey is called and who looks after it (名称与负责人).

    Raises:
        UnknownJourney: there is none.
    """
    changed = Journey.objects.filter(pk=journey_id).update(name=name, owner=owner, changed_at=now)
    if not changed:
        raise UnknownJourney(journey_id)


def known_preset(code: str) -> Preset:
    """Return a template.

    Raises:
        LookupError: there is none of this code.
    """
    return presets()[code]


def materials_named(preset: Preset) -> tuple[dict[str, int], list[str]]:
    """Return the materials that a template names and that are published, and titles of the rest."""
    titles = list(dict.fromkeys(_titles(preset.program)))
    published = Material.objects.filter(is_published=True, title__in=titles).order_by("id")
    found = dict(published.values_list("title", "id"))
    return found, [title for title in titles if title not in found]


def with_materials(value: Any, materials: Mapping[str, int]) -> Any:
    """Replace `material: title` by `material_id` wherever it stands; `MISSING` where it is not."""
    if isinstance(value, Mapping):
        found = {name: with_materials(inner, materials) for name, inner in value.items()}
        title = found.pop("material", None)
        if title is not None:
            found["material_id"] = materials.get(title, MISSING)
        return found
    if isinstance(value, list):
        return [with_materials(inner, materials) for inner in value]
    return value


def _titles(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        if "material" in value:
            yield value["material"]
        for inner in value.values():
            yield from _titles(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _titles(inner)
