"""How fresh the facts are (数据截至)."""

from datetime import datetime

from django.db.models import Count, Min

from analytics.models import FoldPoint


def folded_until() -> datetime | None:
    """Return as of when everything is in the facts; None before they were folded once."""
    found = FoldPoint.objects.aggregate(at=Min("folded_at"), n=Count("folded_at"))
    return found["at"] if found["n"] == len(FoldPoint.Source) else None
