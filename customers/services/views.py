"""Keeping views of the customers list (名单视图) and somebody's columns (列设置)."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from customers.errors import BadView
from customers.models import ListColumns, SavedView
from org.models import User

NAME_CHARACTERS: Final = 32
MOST_VIEWS: Final = 30


def save_view(
    *,
    owner: User,
    name: str,
    query: Mapping[str, Sequence[str]],
    is_shared: bool,
    now: datetime,
) -> SavedView:
    """Save a filter under a name (保存视图); it becomes the last tab.

    Raises:
        BadView: no name, a name that the owner's views have already, no condition, too many views.
    """
    name = name.replace("\x00", "").strip()[:NAME_CHARACTERS]
    if not name:
        raise BadView(_("请给视图起一个名称。"))
    if not query:
        raise BadView(_("没有筛选条件，不需要保存。"))
    mine = SavedView.objects.filter(owner=owner)
    if mine.count() >= MOST_VIEWS:
        raise BadView(_("一个人最多保存 {most} 个视图，请先删除不用的。").format(most=MOST_VIEWS))
    last = SavedView.objects.aggregate(last=Max("position"))["last"] or 0
    try:
        with transaction.atomic():
            return SavedView.objects.create(
                owner=owner,
                name=name,
                query={key: list(values) for key, values in query.items()},
                is_shared=is_shared,
                position=last + 1,
                created_at=now,
            )
    except IntegrityError as error:
        if "view_name_is_unique" in str(error):
            raise BadView(_("已经有一个叫“{name}”的视图。").format(name=name)) from error
        raise


def delete_view(view: SavedView, *, user: User, may_delete_companys: bool) -> None:
    """Delete a view (删除视图): one's own, or the company's for who may change what all see.

    Raises:
        BadView: it is somebody else's.
    """
    is_companys = view.owner_id is None
    if view.owner_id != user.pk and not (is_companys and may_delete_companys):
        raise BadView(_("只能删除自己保存的视图。"))
    view.delete()


def choose_columns(*, user: User, shown: Sequence[str], known: Collection[str]) -> None:
    """Remember which columns somebody wants to see (列设置); unknown ones are left out."""
    kept = [name for name in dict.fromkeys(shown) if name in known]
    ListColumns.objects.update_or_create(user=user, defaults={"shown": kept})
