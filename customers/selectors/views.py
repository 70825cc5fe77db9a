"""Saved views of the customers list (名单视图), and somebody's columns (列设置)."""

from collections.abc import Sequence

from django.db.models import Q, QuerySet

from customers.errors import UnknownView
from customers.models import ListColumns, SavedView
from org.models import User


def views_visible_to(viewer: User) -> QuerySet[SavedView]:
    """Return the company's views, what others share, and one's own, in the order of the tabs."""
    return (
        SavedView.objects.filter(Q(owner=viewer) | Q(is_shared=True))
        .select_related("owner")
        .order_by("position", "id")
    )


def access_view(*, viewer: User, view_id: int) -> SavedView:
    """Return one view.

    Raises:
        UnknownView: there is none, or it is private to somebody else; the two look alike.
    """
    view = views_visible_to(viewer).filter(pk=view_id).first()
    if view is None:
        raise UnknownView(str(view_id))
    return view


def columns_of(viewer: User, *, default: Sequence[str]) -> list[str]:
    """Return the columns that somebody has chosen, else the usual ones."""
    chosen = ListColumns.objects.filter(user=viewer).values_list("shown", flat=True).first()
    return list(default) if chosen is None else list(chosen)
