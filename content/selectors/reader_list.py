"""Who read a material, page by page (谁看了), and through which links."""

from datetime import datetime
from typing import Any, cast

from django.contrib.postgres.aggregates import ArrayAgg, BoolOr
from django.db.models import Count, F, Max, Min, Q, QuerySet, Sum

from content.models import Material, TrackedLink, Visit
from customers.selectors.customers import customers_visible_to
from org.models import User
from org.selectors.scope import visible_staff_ids


def reader_rows(
    material: Material, *, viewer: User, since: datetime, only: str = ""
) -> QuerySet[Visit, dict[str, Any]]:
    """Return a row for each customer in scope who opened a material, latest first.

    A row has customer_id, uid, name, open_count, seconds, depth, is_completed, first_at, last_at
    and `via`, the names of the staff whose links they opened.

    Args:
        only: "completed" or "returned" (opened more than once), else everybody.
    """
    visits = Visit.objects.filter(
        link__material=material,
        opened_at__gte=since,
        identity__customer__in=customers_visible_to(viewer),
    )
    rows = visits.values(
        customer_id=F("identity__customer_id"),
        uid=F("identity__customer__uid"),
        name=F("identity__customer__name"),
    ).annotate(
        open_count=Count("id"),
        seconds=Sum("total_seconds"),
        depth=Max("max_depth_percent"),
        is_completed=BoolOr(Q(completed_at__isnull=False)),
        first_at=Min("opened_at"),
        last_at=Max("opened_at"),
        via=ArrayAgg(
            "link__staff__name", distinct=True, filter=Q(link__staff__isnull=False), default=[]
        ),
    )
    if only == "completed":
        rows = rows.filter(is_completed=True)
    if only == "returned":
        rows = rows.filter(open_count__gt=1)
    return cast("QuerySet[Visit, dict[str, Any]]", rows.order_by("-last_at", "customer_id"))


def stranger_opens(material: Material, *, since: datetime) -> int:
    """Return how often people opened it whom WeCom did not name as our customers."""
    return Visit.objects.filter(
        link__material=material,
        opened_at__gte=since,
        is_suspect=False,
        reader__in=[Visit.Reader.STRANGER, Visit.Reader.UNKNOWN],
    ).count()


def shared_links(material: Material, *, viewer: User, batch: str) -> QuerySet[TrackedLink]:
    """Return the links of one batch to a material, of staff in scope, with their openings."""
    links = TrackedLink.objects.filter(material=material, batch=batch, identity=None)
    visible = visible_staff_ids(viewer)
    if visible is not None:
        links = links.filter(staff_id__in=visible)
    return (
        links.select_related("staff")
        .annotate(open_count=Count("visits", filter=Q(visits__is_suspect=False)))
        .order_by("-created_at", "-id")
    )
