"""Who read what: summed by customer and by material, in the viewer's scope."""

import pytest

from content.selectors.readings import (
    MaterialReach,
    MaterialReading,
    Reader,
    reach_of,
    readers_of,
    readings_of,
)
from content.services.readers import MEMBER, UNKNOWN
from content.services.visits import Beacon, apply_beacon, beacon_token, open_visit
from org.models import User
from tests.content.makers import (
    NOON,
    WECHAT,
    after,
    befriend,
    make_article,
    make_customer,
    make_link,
    make_staff,
    opened,
)
from tests.makers import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def article():
    return make_article()


@pytest.fixture
def operator():
    return make_user("operator", User.Role.OPERATOR)


def read(visit, seconds: int, depth: int) -> None:
    apply_beacon(
        code=visit.link.code,
        token=beacon_token(visit),
        beacon=Beacon(seq=1, active_seconds=seconds, depth_percent=depth),
        now=after(3_600),
    )


def test_a_customers_visits_by_several_links_are_one_reader(article, operator):
    customer = make_customer()
    read(opened(make_link(article, batch="1"), customer), 40, 100)
    read(opened(make_link(article, batch="2"), customer, at=after(60)), 20, 30)
    opened(make_link(batch="another article"), customer)

    assert readers_of(material=article, viewer=operator) == [
        Reader(
            customer_uid=customer.customer.uid,
            customer_name="小林",
            open_count=2,
            seconds=60,
            depth=100,
            is_completed=True,
            first_at=NOON,
            last_at=after(60),
        )
    ]


def test_what_a_customer_read_comes_latest_first(article):
    customer = make_customer()
    opened(make_link(article), customer)
    other = make_article(title="驱虫")
    read(opened(make_link(other), customer, at=after(60)), 15, 50)

    assert readings_of(customer.customer) == [
        MaterialReading(other.pk, "驱虫", 1, 15, 50, False, after(60), after(60)),
        MaterialReading(article.pk, "7 天换粮表", 1, 0, 0, False, NOON, NOON),
    ]


def test_staff_see_only_their_customers_among_the_readers(article):
    mine = make_staff("mine")
    own, foreign = make_customer("wmMINE", "我的"), make_customer("wmOTHER", "别人的")
    befriend(mine, own)
    link = make_link(article)
    opened(link, own)
    opened(link, foreign)
    viewer = make_user("guide", User.Role.STAFF, mine)

    assert [reader.customer_name for reader in readers_of(material=article, viewer=viewer)] == [
        "我的"
    ]
    assert reach_of(material=article, viewer=viewer).customer_count == 1


def test_machines_and_members_are_nobodys_reach(article, operator):
    link = make_link(article)
    customer = make_customer()
    read(opened(link, customer), 30, 95)
    opened(link, customer, at=after(60))
    for reader, agent in [(UNKNOWN, WECHAT), (UNKNOWN, "curl/8"), (MEMBER, WECHAT)]:
        open_visit(link=link, reader=reader, user_agent=agent, now=NOON)

    assert reach_of(material=article, viewer=operator) == MaterialReach(
        customer_count=1, open_count=2, completed_count=1, stranger_open_count=1
    )
