"""How materials were read, by whom and through whom, in the viewer's scope."""

from datetime import timedelta

import pytest

from content.selectors.catalog import (
    MaterialFigures,
    figures_of_materials,
    materials_matching,
)
from content.selectors.reader_list import reader_rows, shared_links, stranger_opens
from content.services.readers import UNKNOWN
from content.services.visits import open_visit
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
from tests.makers import make_app, make_user
from touches.models import Dispatch, Touch
from touches.selectors.material_sends import sends_of

pytestmark = pytest.mark.django_db
SINCE = NOON - timedelta(days=1)


def read(link, identity, *, seconds: int, at=NOON, is_completed: bool = False) -> None:
    visit = opened(link, identity, at=at)
    visit.total_seconds, visit.max_depth_percent = seconds, 80
    visit.completed_at = at if is_completed else None
    visit.save()


def test_readers_openings_median_and_completion(django_assert_num_queries):
    article, unread = make_article(), make_article(title="没人看")
    link = make_link(article)
    first, second = make_customer("wm1", "甲"), make_customer("wm2", "乙")
    read(link, first, seconds=10)
    read(link, first, seconds=40, is_completed=True)
    read(link, second, seconds=100)
    read(link, second, seconds=999, at=NOON - timedelta(days=9))
    open_visit(link=link, reader=UNKNOWN, user_agent=WECHAT, now=NOON)
    open_visit(link=link, reader=UNKNOWN, user_agent="Googlebot/2.1", now=NOON)

    viewer = make_user()
    with django_assert_num_queries(1):
        figures = figures_of_materials([article, unread], viewer=viewer, since=SINCE)

    assert figures == {
        article.pk: MaterialFigures(3, 40.0, 2, 1),
        unread.pk: MaterialFigures(),
    }
    assert (figures[article.pk].completed_ratio, figures[unread.pk].completed_ratio) == (0.5, None)
    assert stranger_opens(article, since=SINCE) == 1


def test_each_reader_has_a_row_with_through_whom(django_assert_num_queries):
    article = make_article()
    zhang, li = make_staff("zhangsan"), make_staff("lisi", name="李四")
    first, second = make_customer("wm1", "甲"), make_customer("wm2", "乙")
    read(make_link(article, staff_id=zhang.pk), first, seconds=10)
    read(make_link(article, staff_id=li.pk), first, seconds=30, at=after(60), is_completed=True)
    read(make_link(article), second, seconds=5, at=after(120))
    viewer = make_user()

    with django_assert_num_queries(1):
        rows = list(reader_rows(article, viewer=viewer, since=SINCE))

    assert [(row["name"], row["open_count"], row["seconds"]) for row in rows] == [
        ("乙", 1, 5),
        ("甲", 2, 40),
    ]
    assert (rows[0]["via"], sorted(rows[1]["via"])) == ([], ["张珊", "李四"])
    assert (rows[1]["is_completed"], rows[1]["last_at"]) == (True, after(60))
    completed = reader_rows(article, viewer=viewer, since=SINCE, only="completed")
    returned = reader_rows(article, viewer=viewer, since=SINCE, only="returned")
    assert [row["name"] for row in completed] == [row["name"] for row in returned] == ["甲"]


def test_staff_see_their_own_readers():
    article = make_article()
    zhang = make_staff("zhangsan")
    mine, foreign = make_customer("wm1", "我的"), make_customer("wm2", "别人的")
    befriend(zhang, mine)
    link = make_link(article)
    read(link, mine, seconds=10)
    read(link, foreign, seconds=90)
    viewer = make_user("zhangsan", User.Role.STAFF, zhang)

    figures = figures_of_materials([article], viewer=viewer, since=SINCE)

    assert figures[article.pk] == MaterialFigures(1, 10.0, 1, 0)
    names = [row["name"] for row in reader_rows(article, viewer=viewer, since=SINCE)]
    assert names == ["我的"]


def test_materials_are_found_by_title_and_purpose():
    make_article(title="换粮表", purpose="knowledge")
    make_article(title="会员日", summary="换季囤粮", purpose="activity")

    def titles(*args: str, **over: str) -> set[str]:
        return {material.title for material in materials_matching(*args, **over)}

    assert titles() == {"换粮表", "会员日"}
    assert titles("粮") == {"换粮表", "会员日"}
    assert titles("粮", purpose="activity") == {"会员日"}
    assert titles("%") == set()
    assert titles(purpose="nonsense") == {"换粮表", "会员日"}


def test_copied_links_are_listed_with_their_openings():
    article = make_article()
    zhang, li = make_staff("zhangsan"), make_staff("lisi", name="李四")
    link = make_link(article, staff_id=zhang.pk, batch="shared")
    make_link(article, staff_id=li.pk, batch="shared")
    make_link(article, staff_id=zhang.pk, batch="task:1")
    read(link, make_customer(), seconds=3)

    seen = shared_links(article, viewer=make_user(), batch="shared")
    own = shared_links(article, viewer=make_user("z", User.Role.STAFF, zhang), batch="shared")

    assert {one.staff.name: one.open_count for one in seen} == {"张珊": 1, "李四": 0}
    assert [one.staff.name for one in own] == ["张珊"]


def test_sendings_are_personal_links_and_the_reached_of_mass_messages():
    article, other = make_article(), make_article(title="另一篇")
    zhang = make_staff("zhangsan")
    people = [make_customer(f"wm{number}") for number in range(3)]
    make_link(article, staff_id=zhang.pk, batch="task:1", identity_id=people[0].pk)
    make_link(article, staff_id=zhang.pk, batch="mass:1")
    make_link(article, batch="shared")
    dispatch = Dispatch.objects.create(
        key="mass:1",
        kind=Dispatch.Kind.MASS_MESSAGE,
        corp=zhang.corp,
        app=make_app(zhang.corp),
        available_at=NOON,
        created_at=NOON,
    )
    for number, (person, state) in enumerate(
        zip(people, ("delivered", "delivered", "refused"), strict=True)
    ):
        Touch.objects.create(
            key=f"t{number}",
            identity=person,
            customer_id=person.customer_id,
            staff=zhang,
            lane="M",
            purpose="knowledge",
            title="x",
            due_at=NOON,
            valid_until=after(60),
            state=state,
            dispatch=dispatch,
            origin_kind="test",
            created_at=NOON,
        )

    ids, viewer = [article.pk, other.pk], make_user()
    assert sends_of(ids, viewer=viewer, since=SINCE) == {article.pk: 3}
    assert sends_of(ids, viewer=viewer, since=after(60)) == {}
