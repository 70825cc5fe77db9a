"""Journey templates (旅程模板): data files with real texts, adopted as drafts that people edit."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import yaml
from django.utils.translation import gettext

from org.models import User
from sop.errors import BadProgram
from sop.models import Journey
from sop.services.publishing import create_journey

PRESETS: Final = Path(__file__).resolve().parent.parent / "presets"


@dataclass(frozen=True, slots=True)
class Preset:
    """One template: a program whose contents name materials by their titles."""

    code: str
    name: str
    notes: str
    program: Mapping[str, Any]


@lru_cache(maxsize=1)
def presets() -> Mapping[str, Preset]:
    """Return the templates (旅程模板) by code."""
    found = (yaml.safe_load(path.read_text("utf-8")) for path in sorted(PRESETS.glob("*.yaml")))
    return {raw["code"]: Preset(**raw) for raw in found}


def adopt_preset(
    code: str, *, materials: Mapping[str, int], now: datetime, by: User | None = None
) -> Journey:
    """Make a journey of a template (采用模板), as a draft; one that exists is returned as it is.

    Args:
        materials: Materials of this deployment by their titles.
        by: Whose journey it will be.

    Raises:
        BadProgram: it names a material that is not there.
        LookupError: there is no such template.
    """
    known = Journey.objects.filter(code=code).first()
    if known is not None:
        return known
    preset = presets()[code]
    problems: list[str] = []
    program = _resolved(preset.program, materials, problems)
    if problems:
        raise BadProgram(problems)
    return create_journey(code=code, name=preset.name, program=program, now=now, by=by)


def _resolved(value: Any, materials: Mapping[str, int], problems: list[str]) -> Any:
    """Replace `material: title` by `material_id`, wherever it stands."""
    if isinstance(value, Mapping):
        found = {name: _resolved(inner, materials, problems) for name, inner in value.items()}
        title = found.pop("material", None)
        if title is not None:
            if title not in materials:
                problems.append(gettext("没有叫《{title}》的素材").format(title=title))
            found["material_id"] = materials.get(title)
        return found
    if isinstance(value, list):
        return [_resolved(inner, materials, problems) for inner in value]
    return value
