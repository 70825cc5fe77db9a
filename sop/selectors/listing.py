"""Journeys in lists (旅程列表), and codes that are free."""

from typing import Final

from django.db.models import Case, Count, IntegerField, Q, QuerySet, When

from sop.models import Journey

# What runs comes first.
_ORDER: Final = ("live", "paused", "draft", "archived")


def journeys_listed(
    *, state: str = "", query: str = ""
) -> tuple[QuerySet[Journey], dict[str, int]]:
    """Return journeys for a list, those that run first, and how many there are by state.

    Args:
        state: Only those in it; "" = all but archived ones.
        query: Part of the name or the code.
    """
    named = Journey.objects.all()
    if query:
        named = named.filter(Q(name__icontains=query) | Q(code__icontains=query))
    counted = named.order_by().values("state").annotate(n=Count("id")).values_list("state", "n")
    is_known = state in Journey.State.values
    found = named.filter(state=state) if is_known else named.exclude(state=Journey.State.ARCHIVED)
    rank = Case(
        *(When(state=name, then=position) for position, name in enumerate(_ORDER)),
        output_field=IntegerField(),
    )
    related = found.select_related("current__published_by", "owner")
    return related.order_by(rank, "-changed_at", "-id"), dict(counted)


def free_code() -> str:
    """Return a code that no journey has: J and the next number."""
    taken = set(Journey.objects.values_list("code", flat=True))
    number = len(taken) + 1
    while f"J{number:02d}" in taken:
        number += 1
    return f"J{number:02d}"
