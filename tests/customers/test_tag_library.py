"""The tag library is changed at WeCom first; local tags are ours alone."""

import pytest

from customers.errors import BadTag
from customers.models import RefreshRequest, Tag, TagAssignment, TagGroup
from customers.selectors import tags as tag_selectors
from customers.selectors.tags import count_tags, live_tags
from customers.services.reading import read_tags_into
from customers.services.tag_library import create_tags, delete, rename
from org.models import AuditRow, User
from sandbox.client import SimClient
from tests.api.people import follow, identity_of, make_named, tag
from tests.makers import NOW, make_corp, make_department, make_staff, make_user
from wecom.client import corp_client
from wecom.models import Corp

pytestmark = pytest.mark.django_db


@pytest.fixture
def user() -> User:
    return make_user()


def create(user: User, *names: str, group: TagGroup | None = None, **over) -> None:
    words = {"group_name": "意向", "is_local": False, "corp": make_corp()} | over
    create_tags(group=group, names=names, user=user, now=NOW, **words)


def at_wecom(sim: SimClient, corp: Corp) -> set[str]:
    read_tags_into(corp_client(corp.pk), corp=corp)
    return set(live_tags().filter(wecom_id__isnull=False).values_list("name", flat=True))


def test_new_tags_are_made_at_wecom_and_here(sim: SimClient, corp: Corp, user: User) -> None:
    create(user, "高意向", "高意向", " 低 ")
    made = Tag.objects.filter(group__name="意向", is_deleted=False)
    assert sorted(made.values_list("name", flat=True)) == ["低", "高意向"]
    assert all(one.wecom_id for one in made)
    assert {"低", "高意向"} <= at_wecom(sim, corp)
    assert AuditRow.objects.get().detail == {"created": "高意向, 低"}


def test_a_group_grows(sim: SimClient, corp: Corp, user: User) -> None:
    create(user, "高")
    create(user, "中", group=TagGroup.objects.get(name="意向"))
    assert Tag.objects.filter(group__name="意向").count() == 2


def test_renaming_and_deleting_what_is_ours(sim: SimClient, corp: Corp, user: User) -> None:
    create(user, "高", "低")
    rename(entry=Tag.objects.get(name="高"), name="很高", user=user, now=NOW)
    rename(entry=TagGroup.objects.get(name="意向"), name="购买意向", user=user, now=NOW)
    delete(entry=Tag.objects.get(name="低"), user=user, now=NOW)
    live = Tag.objects.filter(group__name="购买意向", is_deleted=False)
    assert list(live.values_list("name", flat=True)) == ["很高"]
    delete(entry=TagGroup.objects.get(name="购买意向"), user=user, now=NOW)
    assert "很高" not in at_wecom(sim, corp)
    assert TagGroup.objects.get(name="购买意向").is_deleted
    actions = set(AuditRow.objects.values_list("action", flat=True))
    assert (actions, AuditRow.objects.count()) == ({"tags_changed"}, 5)


def test_what_wecom_made_can_only_be_changed_there(sim: SimClient, corp: Corp, user: User) -> None:
    sim.act("tag_create", group_name="后台建的", names=["外来"])
    read_tags_into(corp_client(corp.pk), corp=corp)
    foreign = Tag.objects.get(name="外来")
    with pytest.raises(BadTag, match="不是由本应用创建"):
        rename(entry=foreign, name="改名", user=user, now=NOW)
    foreign.refresh_from_db()
    assert foreign.name != "改名"
    assert AuditRow.objects.count() == 0


def test_no_answer_asks_for_the_library(sim: SimClient, corp: Corp, user: User) -> None:
    sim.set_faults({"match": "externalcontact/add_corp_tag", "mode": "minus_one"})
    with pytest.raises(BadTag, match="正在核对"):
        create(user, "高")
    assert list(RefreshRequest.objects.values_list("kind", "key")) == [("tags", "")]
    assert not Tag.objects.filter(name="高").exists()


@pytest.mark.parametrize("names", [(), ("", " "), ("长" * 31,)])
def test_names_are_checked_before_anything_is_asked(user: User, names: tuple[str, ...]) -> None:
    with pytest.raises(BadTag):
        create(user, *names)
    assert TagGroup.objects.count() == 0


def test_local_tags_are_ours_alone(user: User) -> None:
    create(user, "老客", "会员", is_local=True)
    group = TagGroup.objects.get()
    with pytest.raises(BadTag):
        create(user, "老客", group=group)
    old = Tag.objects.get(name="老客")
    with pytest.raises(BadTag):
        rename(entry=old, name="会员", user=user, now=NOW)
    rename(entry=old, name="两年老客", user=user, now=NOW)
    TagAssignment.objects.create(
        identity=identity_of(make_named("小林")), tag=old, source="x", assigned_at=NOW
    )
    delete(entry=old, user=user, now=NOW)
    assert list(live_tags().values_list("name", flat=True)) == ["会员"]
    assert TagAssignment.objects.count() == 0
    delete(entry=group, user=user, now=NOW)
    assert not live_tags().exists()


def test_customers_are_counted_once_and_in_scope() -> None:
    first, second = make_named("甲"), make_named("乙")
    carried = tag(first, "敏感肠胃")
    tag(second, "敏感肠胃")
    mine = make_staff("mine", department=make_department())
    TagAssignment.objects.create(
        identity=identity_of(first),
        follow=follow(mine, first),
        tag=carried,
        source="x",
        assigned_at=NOW,
    )
    whole = count_tags(make_user(), [carried.pk])
    assert (whole.by_tag, whole.is_exact) == ({carried.pk: 2}, True)
    manager = make_user("manager", User.Role.MANAGER, mine)
    assert count_tags(manager, [carried.pk]).by_tag == {carried.pk: 1}


def test_a_large_company_is_estimated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tag_selectors, "COUNTED_ROWS", -2)
    assert count_tags(make_user(), [1]).is_exact is False
