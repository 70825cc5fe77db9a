"""Who read what (谁看了): by material and by customer."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.postgres.aggregates import BoolOr
from django.db.models import Count, F, Max, Min, Q, QuerySet, Sum

from content.models import Material, Visit
from customers.models import Customer
from customers.selectors.customers import customers_visible_to
from org.models import User


@dataclass(frozen=True, slots=True)
class Reader:
    """What one customer did with one material (阅读情况), over all its links.

    `depth` is the deepest point in percent; `first_at` and `last_at` are openings.
    """

    customer_uid: UUID
    customer_name: str
    open_count: int
    seconds: int
    depth: int
    is_completed: bool
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True)
class MaterialReading:
    """What a customer did with one material, as their page shows it (内容偏好)."""

    material_id: int
    title: str
    open_count: int
    seconds: int
    depth: int
    is_completed: bool
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True)
class MaterialReach:
    """How many read a material, in the viewer's scope (打开人数)."""

    customer_count: int
    open_count: int
    completed_count: int
    stranger_open_count: int


def readers_of(*, material: Material, viewer: User, limit: int = 100) -> list[Reader]:
    """Return the customers in the viewer's scope who opened a material, latest first."""
    rows = _summed(
        _visits_in_scope(material, viewer),
        customer_uid=F("identity__customer__uid"),
        customer_name=F("identity__customer__name"),
    )
    return [Reader(**row) for row in rows[:limit]]


def readings_of(customer: Customer, *, limit: int = 20) -> list[MaterialReading]:
    """Return what a customer read, latest first.

    Args:
        customer: Already accessed through `access_customer`.
        limit: At most so many materials.
    """
    rows = _summed(
        Visit.objects.filter(identity__customer=customer),
        title=F("link__material__title"),
        material_id=F("link__material_id"),
    )
    return [MaterialReading(**row) for row in rows[:limit]]


def reach_of(*, material: Material, viewer: User) -> MaterialReach:
    """Return how many customers in the viewer's scope opened a material, and strangers' openings.

    Machines (crawlers, link previews) and members of the company are not counted.
    """
    counted = _visits_in_scope(material, viewer).aggregate(
        customer_count=Count("identity__customer_id", distinct=True),
        open_count=Count("id"),
        completed_count=Count(
            "identity__customer_id", distinct=True, filter=Q(completed_at__isnull=False)
        ),
    )
    strangers = Visit.objects.filter(
        link__material=material,
        is_suspect=False,
        reader__in=[Visit.Reader.STRANGER, Visit.Reader.UNKNOWN],
    )
    return MaterialReach(**counted, stranger_open_count=strangers.count())


def _visits_in_scope(material: Material, viewer: User) -> QuerySet[Visit]:
    return Visit.objects.filter(
        link__material=material, identity__customer__in=customers_visible_to(viewer)
    )


def _summed(visits: QuerySet[Visit], **grouped_by: F) -> QuerySet[Visit, dict[str, Any]]:
    """Sum visits up, latest first; no name may hide a column of the visit."""
    names = ("open_count", "seconds", "depth", "is_completed", "first_at", "last_at")
    groups = visits.values(**grouped_by).annotate(
        open_count=Count("id"),
        seconds=Sum("total_seconds"),
        depth=Max("max_depth_percent"),
        is_completed=BoolOr(Q(completed_at__isnull=False)),
        first_at=Min("opened_at"),
        last_at=Max("opened_at"),
    )
    rows: QuerySet[Visit, dict[str, Any]] = groups.order_by("-last_at").values(*grouped_by, *names)
    return rows


def openings_of(*, staff_id: int, since: datetime) -> int:
    """Return how often customers opened what a staff member sent (素材被打开), since a moment."""
    openings = Visit.objects.filter(
        link__staff_id=staff_id, opened_at__gte=since, reader=Visit.Reader.CUSTOMER
    )
    return openings.count()
