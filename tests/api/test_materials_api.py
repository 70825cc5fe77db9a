"""Materials by the API: listed without their texts, shown with how many read them."""

import pytest

from org.models import User
from tests.api.people import ISSUING
from tests.content.makers import befriend, make_article, make_customer, make_link, opened
from tests.makers import make_staff, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator() -> User:
    return make_user()


def test_materials_are_listed_without_their_texts(call, operator, django_assert_num_queries):
    first, second = make_article(title="换粮表"), make_article(title="驱虫表")

    with django_assert_num_queries(ISSUING + 2):
        shown = call(operator, "/materials/").json()["results"]

    assert [one["id"] for one in shown] == [second.pk, first.pk]
    assert set(shown[0]) == {
        "id",
        "kind",
        "title",
        "summary",
        "purpose",
        "is_high_intent",
        "is_published",
        "version",
        "created_at",
        "updated_at",
    }


@pytest.mark.parametrize(
    ("query", "found"), [({"purpose": "promotion"}, 1), ({"is_published": "false"}, 0)]
)
def test_the_list_is_narrowed(call, operator, query, found):
    make_article()
    make_article(purpose="promotion")

    assert len(call(operator, "/materials/", **query).json()["results"]) == found


def test_a_material_is_shown_with_its_readers_in_scope(call, operator):
    article, reader = make_article(), make_customer()
    opened(make_link(article), reader)
    mine = make_staff("mine")
    manager = make_user("boss", User.Role.MANAGER, mine)
    nobody = {"customers": 0, "opens": 0, "completed": 0, "opens_of_strangers": 0}

    shown = call(operator, f"/materials/{article.pk}/").json()
    assert shown["reach"] == nobody | {"customers": 1, "opens": 1}
    assert call(manager, f"/materials/{article.pk}/").json()["reach"] == nobody
    befriend(mine, reader)
    assert call(manager, f"/materials/{article.pk}/").json()["reach"] == shown["reach"]


def test_what_is_not_there_and_who_may_not(call, operator):
    assert call(operator, "/materials/1/").status_code == 404
    guide = make_user("guide", User.Role.STAFF, make_staff("guide"))
    assert call(guide, "/materials/").status_code == 403
