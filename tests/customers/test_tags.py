"""The tag library and the marks on customers, in step with WeCom."""

from datetime import timedelta

import pytest

from customers.models import Follow, RefreshRequest, Tag, TagAssignment, TagGroup
from customers.services.tags import TagFact, replace_enterprise_tags, save_tag_library
from tests.makers import NOW, make_corp, make_person, make_staff
from tests.wire import Wire

LIN = "wmTESTexternal000000000000000001"
VIP = "etTESTtag00000000000000000000001"
PLAIN = "etTESTtag00000000000000000000002"
BEFORE_US = {("lisi", "wmTESTexternal000000000000000003")}


def library(*names: str, group: str = "g1") -> list[TagFact]:
    return [TagFact(group, f"组{group}", 1, f"{group}-{name}", name, 1) for name in names]


def save(facts: list[TagFact]) -> None:
    save_tag_library(corp_pk=make_corp().pk, tags=facts)


def make_follow() -> Follow:
    return Follow.objects.create(
        staff=make_staff(), identity_id=make_person().identity_id, status="friend", is_listed=True
    )


def mark(follow: Follow, *wecom_ids: str) -> int:
    found = replace_enterprise_tags(
        corp_pk=make_corp().pk,
        wanted={follow.pk: (follow.identity_id, wecom_ids)},
        source="sync",
        now=NOW,
    )
    return len(found)


def marks() -> list[str]:
    names = TagAssignment.objects.filter(tag__wecom_id__isnull=False).order_by("tag__name")
    return list(names.values_list("tag__name", flat=True))


@pytest.mark.django_db
def test_the_library_is_taken_over_whole() -> None:
    save(library("高", "低") + library("新", group="g2"))
    save(library("高", "中"))
    live = Tag.objects.filter(is_deleted=False).order_by("wecom_id")
    assert sorted(live.values_list("name", flat=True)) == ["中", "高"]
    assert TagGroup.objects.get(wecom_id="g2").is_deleted
    save(library("低"))
    assert not Tag.objects.get(wecom_id="g1-低").is_deleted


@pytest.mark.django_db
def test_a_rename_keeps_the_marks() -> None:
    save(library("高"))
    follow = make_follow()
    mark(follow, "g1-高")
    save([TagFact("g1", "组", 1, "g1-高", "很高", 1)])
    assert marks() == ["很高"]


@pytest.mark.django_db
def test_a_tag_that_is_gone_takes_its_marks_along() -> None:
    save(library("高", "低"))
    follow = make_follow()
    mark(follow, "g1-高", "g1-低")
    save(library("低"))
    assert marks() == ["低"]


@pytest.mark.django_db
def test_marks_become_exactly_what_wecom_tells() -> None:
    save(library("高", "中", "低"))
    follow, other = make_follow(), make_person()
    assert mark(follow, "g1-高", "g1-中") == 1
    assert mark(follow, "g1-中", "g1-低") == 1
    assert mark(follow, "g1-中", "g1-低") == 0
    assert marks() == ["中", "低"]
    assert not TagAssignment.objects.filter(identity_id=other.identity_id).exists()


@pytest.mark.django_db
def test_local_marks_are_left_alone() -> None:
    save(library("高"))
    follow = make_follow()
    group = TagGroup.objects.create(corp=make_corp(), name="本地")
    local = Tag.objects.create(corp=make_corp(), group=group, name="老客")
    TagAssignment.objects.create(
        identity_id=follow.identity_id, tag=local, source="rule", assigned_at=NOW
    )
    mark(follow, "g1-高")
    mark(follow)
    save(library("低"))
    assert list(TagAssignment.objects.values_list("tag__name", flat=True)) == ["老客"]


@pytest.mark.django_db
def test_a_mark_with_an_unknown_tag_asks_for_the_library() -> None:
    save(library("高"))
    follow = make_follow()
    mark(follow, "g1-高", "g9-未知")
    assert marks() == ["高"]
    asked = RefreshRequest.objects.order_by("due_at").values_list("kind", "key", "due_at")
    assert list(asked) == [
        ("tags", "", NOW),
        ("customer", follow.identity.value, NOW + timedelta(seconds=3)),
    ]


def test_a_tag_made_and_given_at_once_is_on_the_customer(wire: Wire) -> None:
    wire.sync()
    made = wire.act("tag_create", group_name="意向", names=["高"])["tag_ids"]
    wire.act("tag_by_member", customer="c-0001", member="lisi", add=made)
    wire.deliver(reversed(wire.sent()))
    assert wire.differences(BEFORE_US) == []


def test_a_tag_that_nobody_told_of_is_on_the_customer_after_the_sweep(wire: Wire) -> None:
    wire.sync()
    made = wire.act("tag_create", group_name="意向", names=["高"])["tag_ids"]
    wire.sent()
    wire.act("tag_by_member", customer="c-0001", member="lisi", add=made)
    wire.deliver()
    wire.work()
    assert Tag.objects.filter(wecom_id=made[0]).exists()
    wire.sweep()
    assert wire.differences(BEFORE_US) == []


def test_marks_made_and_taken_by_the_member_follow(wire: Wire) -> None:
    wire.sync()
    wire.act("tag_by_member", customer="c-0001", member="zhangsan", add=[PLAIN], remove=[VIP])
    wire.deliver()
    follow = Follow.objects.get(staff__userid="zhangsan", identity__value=LIN)
    held = follow.tag_assignments.values_list("tag__wecom_id", "source")
    assert list(held) == [(PLAIN, "refresh")]
    assert wire.differences(BEFORE_US) == []
