"""Scripts in the console: written, ordered, searched as staff search."""

import pytest
from django.test import Client

from content.models import Script
from org.models import User
from tests.content.test_scripts import make_script
from tests.makers import make_staff, make_user

pytestmark = pytest.mark.django_db
WORDS = {"category": "换粮", "title": "软便", "text": "退回上一档", "is_enabled": "on"}


@pytest.fixture
def operator() -> Client:
    client = Client()
    client.force_login(make_user("operator", User.Role.OPERATOR))
    return client


def test_without_a_script_the_page_leads_on(operator: Client):
    shown = operator.get("/content/scripts/").content.decode()
    assert "还没有话术" in shown
    assert "/content/scripts/new/" in shown


def test_a_script_is_written_in_the_drawer(operator: Client):
    assert operator.get("/content/scripts/new/").status_code == 200
    answer = operator.post("/content/scripts/new/", WORDS, headers={"HX-Request": "true"})
    assert answer["HX-Redirect"] == "/content/scripts/"
    script = Script.objects.get()
    assert (script.title, script.is_enabled) == ("软便", True)

    operator.post(f"/content/scripts/{script.pk}/", WORDS | {"text": "治愈软便", "is_enabled": ""})
    script.refresh_from_db()
    assert (script.text, script.is_enabled) == ("治愈软便", False)
    shown = operator.get("/content/scripts/").content.decode()
    assert "治愈(医疗或功效断言)" in shown
    assert "不显示" in shown


def test_what_is_missing_is_told(operator: Client):
    answer = operator.post("/content/scripts/new/", WORDS | {"text": ""})
    assert answer.status_code == 422
    assert not Script.objects.exists()


def test_scripts_are_moved_and_deleted(operator: Client):
    make_script("一")
    second = make_script("二")
    answer = operator.post(
        f"/content/scripts/{second.pk}/move/", {"to": "up"}, headers={"HX-Request": "true"}
    )
    shown = answer.content.decode()
    assert shown.index("<b>二</b>") < shown.index("<b>一</b>")
    assert operator.post(f"/content/scripts/{second.pk}/move/", {"to": "down"}).status_code == 302
    operator.post(f"/content/scripts/{second.pk}/delete/")
    assert [script.title for script in Script.objects.all()] == ["一"]


def test_a_search_shows_the_best_first(operator: Client, django_assert_num_queries):
    make_script("查物流", category="订单")
    make_script("换粮软便")
    # session, user; the scripts.
    with django_assert_num_queries(3):
        shown = operator.get("/content/scripts/?q=软便怎么办").content.decode()
    assert "换粮软便" in shown
    assert "查物流" not in shown
    assert "没有找到" in operator.get("/content/scripts/?q=发票").content.decode()


def test_who_may_only_look_changes_nothing():
    script = make_script("一")
    lead = Client()
    lead.force_login(make_user("lead", User.Role.MANAGER, make_staff()))
    assert "写话术" not in lead.get("/content/scripts/").content.decode()
    for path in ("new/", f"{script.pk}/", f"{script.pk}/move/", f"{script.pk}/delete/"):
        assert lead.post(f"/content/scripts/{path}", WORDS).status_code == 403
    assert Script.objects.get().title == "一"
