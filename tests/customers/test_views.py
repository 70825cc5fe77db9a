"""Saved views are one's own or shared; columns are remembered for each account."""

import pytest

from customers.errors import BadView, UnknownView
from customers.models import ListColumns, SavedView
from customers.selectors.views import access_view, columns_of, views_visible_to
from customers.services.views import choose_columns, delete_view, save_view
from org.models import User
from tests.makers import NOW, make_user

pytestmark = pytest.mark.django_db
QUERY = {"stage": ["first", "repurchase"]}


def save(owner: User, name: str = "我的", *, is_shared: bool = False, query=QUERY) -> SavedView:
    return save_view(owner=owner, name=name, query=query, is_shared=is_shared, now=NOW)


def names(viewer: User) -> list[str]:
    return [view.name for view in views_visible_to(viewer).filter(owner__isnull=False)]


def test_the_product_brings_views_of_its_own() -> None:
    assert [view.name for view in views_visible_to(make_user())][:2] == ["新客未首购", "复购客户"]


def test_private_views_are_seen_by_their_owner_alone() -> None:
    owner, other = make_user("a"), make_user("b")
    private = save(owner)
    save(owner, "大家的", is_shared=True)
    assert names(owner) == ["我的", "大家的"]
    assert names(other) == ["大家的"]
    with pytest.raises(UnknownView):
        access_view(viewer=other, view_id=private.pk)


@pytest.mark.parametrize(
    ("name", "query"), [("", QUERY), ("  ", QUERY), ("空条件", {}), ("有了", QUERY)]
)
def test_what_cannot_be_saved_is_refused(name: str, query) -> None:
    owner = make_user()
    save(owner, "有了")
    with pytest.raises(BadView):
        save(owner, name, query=query)
    assert SavedView.objects.filter(owner=owner).count() == 1


def test_views_are_deleted_by_their_owner_the_companys_by_who_may() -> None:
    owner, other = make_user("a"), make_user("b")
    shared = save(owner, is_shared=True)
    with pytest.raises(BadView):
        delete_view(shared, user=other, may_delete_companys=True)
    preset = SavedView.objects.filter(owner=None).order_by("position")[0]
    with pytest.raises(BadView):
        delete_view(preset, user=owner, may_delete_companys=False)
    before = SavedView.objects.count()
    delete_view(shared, user=owner, may_delete_companys=False)
    delete_view(preset, user=owner, may_delete_companys=True)
    assert SavedView.objects.count() == before - 2


def test_columns_are_remembered_in_order_and_unknown_ones_left_out() -> None:
    user = make_user()
    assert columns_of(user, default=("name", "tags")) == ["name", "tags"]
    choose_columns(user=user, shown=["tags", "x", "spend", "tags"], known={"tags", "spend"})
    choose_columns(user=user, shown=["spend", "tags"], known={"tags", "spend"})
    assert columns_of(user, default=()) == ["spend", "tags"]
    assert ListColumns.objects.count() == 1
