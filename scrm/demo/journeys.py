"""The demo company's journeys: four templates with the company's own articles, published."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from content.models import Material
from org.models import User
from scrm.demo import world
from sop.models import Journey
from sop.services.presets import adopt_preset
from sop.services.publishing import publish

LIVE_TEMPLATES: Final = ("J01", "J05", "J10", "J12")
# How the company's staff confirm mass messages when nobody plays them: most within the hour, one in
# nine never.
CONFIRM_AFTER_SECONDS: Final = 2_400
CONFIRM_RATIO: Final = 0.89


def publish_journeys(articles: Mapping[str, Material], *, now: datetime) -> int:
    """Adopt and publish the templates that are not there yet; returns how many were."""
    materials = {material.title: material.pk for material in articles.values()}
    operator = User.objects.filter(role=User.Role.OPERATOR).order_by("pk").first()
    count = 0
    for code in LIVE_TEMPLATES:
        journey = adopt_preset(code, materials=materials, now=now, by=operator)
        if journey.state == Journey.State.DRAFT:
            publish(journey.pk, now=now, by=operator)
            count += 1
    return count


def let_staff_confirm() -> None:
    """Let the sandbox's members confirm mass messages by themselves after a while."""
    world.change(
        "settings",
        mass_auto_confirm_seconds=CONFIRM_AFTER_SECONDS,
        mass_auto_confirm_ratio=CONFIRM_RATIO,
    )
