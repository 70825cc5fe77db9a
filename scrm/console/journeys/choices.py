"""What the editor's forms offer (选项): tags, materials, slots, people; a few small statements."""

from django.utils.translation import gettext as _

from content.models import Material
from customers.models import Tag
from org.models import User
from scrm.console.journeys.values import Choices
from touches.selectors.rules import sending_rules

MAX_MATERIALS = 200
EDITORS = (User.Role.ADMIN, User.Role.OPERATOR)


def editor_choices() -> Choices:
    """Return what steps and conditions may name."""
    tags: dict[str, list[str]] = {}
    rows = Tag.objects.filter(is_deleted=False, group__is_deleted=False)
    for group, name in rows.order_by("group__position", "group_id", "position", "id").values_list(
        "group__name", "name"
    ):
        names = tags.setdefault(group, [])
        if name not in names:
            names.append(name)
    materials = Material.objects.filter(is_published=True).order_by("-id")
    return Choices(
        tags=list(tags.items()),
        materials=list(materials.values_list("id", "title")[:MAX_MATERIALS]),
        slots=slot_labels(),
    )


def slot_labels() -> list[str]:
    """Return the day's slots as they are called: 第 1 时段 10:05."""
    times = sorted(sending_rules().slot_times)
    return [
        _("第 {number} 时段 {time}").format(number=number, time=f"{at:%H:%M}")
        for number, at in enumerate(times, start=1)
    ]


def owner_choices() -> list[tuple[int, str]]:
    """Return who may look after a journey."""
    users = User.objects.filter(is_active=True, role__in=EDITORS).order_by("display_name", "id")
    return [(user.pk, str(user)) for user in users]
