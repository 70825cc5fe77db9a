"""Who reads a material to its end gets its tag, once, through the staff member it came from."""

import json
from datetime import timedelta

import pytest

from campaigns.services.reading_tags import tag_readers
from content.models import Material
from customers.models import Follow, Tag, TagGroup
from customers.services.ledger import LedgerEvent
from tests.content.makers import NOON, make_article, make_corp, make_customer, make_staff
from tests.makers import make_app
from touches.models import Dispatch

pytestmark = pytest.mark.django_db


@pytest.fixture
def article() -> Material:
    corp = make_app(make_corp()).corp
    group = TagGroup.objects.create(corp=corp, wecom_id="G", name="兴趣")
    tag = Tag.objects.create(corp=corp, group=group, wecom_id="etTAG", name="换粮")
    made = make_article()
    made.tag = tag
    made.save()
    return made


def completed(article: Material, identity, staff=None, *, key: str = "c1", at=NOON) -> LedgerEvent:
    return LedgerEvent(
        id=1,
        type="link_completed",
        key=key,
        occurred_at=at,
        recorded_at=at,
        identity_id=identity.pk,
        customer_id=identity.customer_id,
        staff_id=staff.pk if staff else None,
        source="link",
        depth=0,
        payload={"material_id": article.pk},
    )


def befriend(staff, identity, *, days_ago: int = 1, status: str = "friend") -> None:
    Follow.objects.create(
        staff=staff,
        identity=identity,
        status=status,
        added_at=NOON - timedelta(days=days_ago),
    )


def calls() -> list[dict[str, object]]:
    return [json.loads(row.payload) for row in Dispatch.objects.order_by("created_at", "id")]


def test_the_tag_is_given_through_whose_link_it_was(article):
    zhang, li = make_staff("zhangsan"), make_staff("lisi")
    reader = make_customer("wm1")
    befriend(zhang, reader, days_ago=9)
    befriend(li, reader, days_ago=1)

    tag_readers([completed(article, reader, zhang)], now=NOON)

    assert calls() == [
        {
            "userid": "zhangsan",
            "external_userid": "wm1",
            "add_tag": ["etTAG"],
            "remove_tag": [],
        }
    ]


def test_without_that_friendship_the_newest_friend_gives_it(article):
    zhang, li = make_staff("zhangsan"), make_staff("lisi")
    reader = make_customer("wm1")
    befriend(zhang, reader, status="customer_deleted")
    befriend(li, reader)
    tag_readers([completed(article, reader, zhang)], now=NOON)
    assert [call["userid"] for call in calls()] == ["lisi"]


def test_it_is_given_once_however_often_it_is_read(article):
    zhang, reader = make_staff("zhangsan"), make_customer("wm1")
    befriend(zhang, reader)
    for key in ("c1", "c2"):
        tag_readers([completed(article, reader, zhang, key=key)] * 2, now=NOON)
    assert len(calls()) == 1


def test_nobody_is_tagged_for_the_past_or_without_a_friend_or_tag(article):
    zhang, reader, stranger = make_staff("zhangsan"), make_customer("wm1"), make_customer("wm2")
    befriend(zhang, reader)
    plain = make_article(title="没有标签")
    old = completed(article, reader, zhang, at=NOON - timedelta(days=2))
    tag_readers([old, completed(article, stranger), completed(plain, reader)], now=NOON)
    assert calls() == []
    article.tag.is_deleted = True
    article.tag.save()
    tag_readers([completed(article, reader, zhang)], now=NOON)
    assert calls() == []


def test_many_readers_cost_the_same(article, django_assert_num_queries):
    zhang = make_staff("zhangsan")
    readers = [make_customer(f"wm{number}") for number in range(6)]
    for reader in readers:
        befriend(zhang, reader)
    events = [
        completed(article, reader, zhang, key=f"c{number}") for number, reader in enumerate(readers)
    ]
    # Materials, friends, identities, senders; savepoint, calls, those that are ours, log, release.
    with django_assert_num_queries(9):
        tag_readers(events, now=NOON)
    assert len(calls()) == 6
