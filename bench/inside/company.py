"""The part of a world that is small and partly encrypted, written through the product's own models.

Run as `python -m bench.inside.company <staff>`; DATABASE_URL names an empty or migrated database.
"""

import sys
from datetime import UTC, datetime

from django.core.management import call_command
from django.db import transaction

from content.models import Material, TrackedLink
from customers.models import Tag, TagGroup
from org.models import Department, Staff, StaffDepartment, User
from sandbox import fixture
from wecom.models import App, Corp

DEPARTMENTS = 6
TAG_GROUPS, TAGS_A_GROUP = 6, 10
MATERIALS = 40
LINKS_A_STAFF_MEMBER = 40
LONG_AGO = datetime(2024, 1, 1, tzinfo=UTC)


@transaction.atomic
def make_company(staff_count: int) -> None:
    """Make corp, apps, departments, staff, an operator, tags, materials and tracked links."""
    corp = Corp.objects.create(corp_id=fixture.CORP_ID, name="示例零售")
    _make_apps(corp)
    departments = Department.objects.bulk_create(
        Department(corp=corp, wecom_id=n, parent_wecom_id=int(n > 1), name=f"部门{n}")
        for n in range(1, DEPARTMENTS + 1)
    )
    staff = Staff.objects.bulk_create(
        Staff(
            corp=corp,
            userid=f"bench{n:04d}",
            userid_folded=f"bench{n:04d}",
            name=f"导购{n}",
            is_follow_user=True,
        )
        for n in range(1, staff_count + 1)
    )
    StaffDepartment.objects.bulk_create(
        StaffDepartment(staff=one, department=departments[n % DEPARTMENTS], is_leader=n < 5)
        for n, one in enumerate(staff)
    )
    User.objects.create(username="bench", role=User.Role.OPERATOR)
    _make_tags(corp)
    _make_links(corp, staff)


def _make_apps(corp: Corp) -> None:
    world = fixture.empty_world()
    for app in next(iter(world.corps.values())).apps.values():
        App.objects.create(
            corp=corp,
            slug=app.slug,
            agent_id=app.agent_id or None,
            secret=app.secret,
            callback_token=app.token,
            aes_key=app.aes_key,
            purpose="app" if app.agent_id else "contacts",
        )


def _make_tags(corp: Corp) -> None:
    groups = TagGroup.objects.bulk_create(
        TagGroup(corp=corp, wecom_id=f"etBENCHgroup{n}", name=f"标签组{n}")
        for n in range(TAG_GROUPS)
    )
    Tag.objects.bulk_create(
        Tag(corp=corp, group=group, wecom_id=f"etBENCHtag{group.pk}x{n}", name=f"标签{n}")
        for group in groups
        for n in range(TAGS_A_GROUP)
    )


def _make_links(corp: Corp, staff: list[Staff]) -> None:
    materials = Material.objects.bulk_create(
        Material(
            title="七天换粮表",
            body="正文",
            is_published=True,
            is_high_intent=n % 8 == 0,
            created_at=LONG_AGO,
            updated_at=LONG_AGO,
        )
        for n in range(MATERIALS)
    )
    number = 0
    links = []
    for one in staff:
        for n in range(LINKS_A_STAFF_MEMBER):
            number += 1
            material = materials[number % MATERIALS]
            links.append(
                TrackedLink(
                    code=f"bench{number}",
                    material=material,
                    corp=corp,
                    staff=one,
                    batch=f"b{n}",
                    created_at=LONG_AGO,
                )
            )
    TrackedLink.objects.bulk_create(links)


if __name__ == "__main__":
    call_command("migrate", verbosity=0, skip_checks=True)
    make_company(int(sys.argv[1]))
