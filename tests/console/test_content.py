"""Materials in the console: how they were read, by whom, and links to copy."""

import io

import pytest
from django.test import Client
from python_calamine import CalamineWorkbook

from content.models import Material, MaterialDraft, TrackedLink
from content.services.drafts import start_material
from org.models import User
from tests.content.makers import (
    NOON,
    befriend,
    make_article,
    make_corp,
    make_customer,
    make_link,
    make_staff,
    opened,
)
from tests.makers import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def here(monkeypatch):
    monkeypatch.setattr("common.clock.now", lambda: NOON)


def sign_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def operator() -> Client:
    return sign_in(make_user("operator", User.Role.OPERATOR))


def page(client: Client, path: str, status: int = 200, **extra) -> str:
    response = client.get(path, **extra)
    assert response.status_code == status
    return response.content.decode()


def test_without_a_material_the_page_leads_on(operator: Client):
    shown = page(operator, "/content/")
    assert "写第一篇" in shown
    assert 'action="/content/new/"' in shown


def test_a_row_tells_how_it_was_read_and_leads_to_the_readers(operator: Client):
    article = make_article()
    opened(make_link(article), make_customer())

    shown = page(operator, "/content/")

    assert f'<a href="/content/{article.pk}/?days=30">1</a>' in shown
    assert "文章 · 干货" in shown
    assert "已发布" in shown


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("", {"换粮表", "会员日", "写了一半"}),
        ("q=粮", {"换粮表"}),
        ("purpose=activity", {"会员日"}),
        ("state=published", {"换粮表", "会员日"}),
        ("state=draft", {"写了一半"}),
        ("state=off", set()),
        ("q=%00'%25&page=x&days=x&purpose=x&state=x", set()),
    ],
)
def test_the_list_is_narrowed_by_its_address(operator: Client, query: str, titles: set[str]):
    make_article(title="换粮表")
    make_article(title="会员日", purpose="activity")
    start_material(now=NOON, title="写了一半")

    shown = page(operator, f"/content/?{query}", headers={"HX-Request": "true"})

    assert {title for title in ("换粮表", "会员日", "写了一半") if title in shown} == titles


@pytest.mark.parametrize("count", [1, 8])
def test_the_list_costs_the_same_queries_however_long(
    operator: Client, count: int, django_assert_num_queries
):
    for number in range(count):
        make_article(title=f"第 {number} 篇")
    # session, user; is there one, how many, the page, figures, sendings.
    with django_assert_num_queries(7):
        page(operator, "/content/")


def test_the_readers_page_costs_the_same_queries(operator: Client, django_assert_num_queries):
    link = make_link()
    for number in range(4):
        opened(link, make_customer(f"wm{number}"))
    # session, user; material, draft, figures, sendings, strangers, links, staff of the form,
    # how many readers, the page.
    with django_assert_num_queries(11):
        page(operator, f"/content/{link.material_id}/")


def test_readers_are_told_with_through_whom(operator: Client):
    zhang = make_staff()
    link = make_link(staff_id=zhang.pk)
    opened(link, make_customer(name="小林"))
    opened(link, make_customer("wm2", "<b>阿珍</b>"))

    shown = page(operator, f"/content/{link.material_id}/")

    assert "小林" in shown
    assert "张珊" in shown
    assert "<b>阿珍" not in shown
    nobody = page(
        operator, f"/content/{link.material_id}/?only=completed", headers={"HX-Request": "1"}
    )
    assert "小林" not in nobody


def test_the_excel_file_of_readers(operator: Client):
    link = make_link()
    opened(link, make_customer(name="=小林"))
    answer = operator.get(f"/content/{link.material_id}/readers.xlsx")
    rows = CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_index(0)
    assert [row[0] for row in rows.to_python()] == ["客户", "=小林"]


def test_managers_see_their_own_readers_only():
    zhang, li = make_staff(), make_staff("lisi", name="李四")
    mine, foreign = make_customer("wm1", "我的客户"), make_customer("wm2", "别人的客户")
    befriend(zhang, mine)
    befriend(li, foreign)
    link = make_link()
    opened(link, mine)
    opened(link, foreign)

    shown = page(sign_in(make_user("z", User.Role.MANAGER, zhang)), f"/content/{link.material_id}/")

    assert "我的客户" in shown
    assert "别人的客户" not in shown


def test_a_link_is_made_once_for_each_member_and_can_be_copied(operator: Client):
    article, zhang = make_article(), make_staff()
    for _ in range(2):
        operator.post(f"/content/{article.pk}/links/", {"staff": zhang.pk})
    operator.post(f"/content/{article.pk}/links/", {"staff": ""})

    assert TrackedLink.objects.count() == 2
    link = TrackedLink.objects.get(staff=zhang)
    shown = page(operator, f"/content/{article.pk}/")
    assert f"/l/{link.code}" in shown
    assert shown.count("data-copy=") == 2


def test_no_link_for_a_draft_or_for_somebody_out_of_sight(operator: Client):
    draft = start_material(now=NOON)
    operator.post(f"/content/{draft.material_id}/links/", {"staff": ""})
    article, zhang = make_article(), make_staff()
    other = sign_in(make_user("li", User.Role.MANAGER, make_staff("lisi")))
    other.post(f"/content/{article.pk}/links/", {"staff": zhang.pk})
    assert not TrackedLink.objects.exists()


def test_without_wecom_there_is_no_link(operator: Client):
    article = make_article()
    answer = operator.post(f"/content/{article.pk}/links/", {"staff": ""}, follow=True)
    assert "先连接企业微信" in answer.content.decode()
    make_corp()
    operator.post(f"/content/{article.pk}/links/", {"staff": ""})
    assert TrackedLink.objects.count() == 1


def test_taken_back_published_again_thrown_away_deleted(operator: Client):
    article = make_article()
    operator.post(f"/content/{article.pk}/unpublish/")
    article.refresh_from_db()
    assert not article.is_published
    assert "已下架" in page(operator, f"/content/{article.pk}/")

    operator.post(f"/content/{article.pk}/edit/", {"began_with": "1-0", "title": "改一改"})
    assert MaterialDraft.objects.exists()
    operator.post(f"/content/{article.pk}/discard/")
    assert not MaterialDraft.objects.exists()
    refused = operator.post(f"/content/{article.pk}/delete/", follow=True)
    assert "不能删除" in refused.content.decode()

    operator.post("/content/new/")
    fresh = Material.objects.get(version=0)
    assert operator.post(f"/content/{fresh.pk}/delete/")["Location"] == "/content/"
    assert Material.objects.get() == article


def test_who_may_only_look_changes_nothing():
    article = make_article()
    lead = sign_in(make_user("lead", User.Role.MANAGER, make_staff()))
    assert "编辑" not in page(lead, "/content/").split('<main id="main"')[1]
    for path in ("edit/", "unpublish/", "discard/", "delete/"):
        assert lead.post(f"/content/{article.pk}/{path}").status_code == 403
    assert lead.post("/content/new/").status_code == 403
    guide = sign_in(make_user("guide", User.Role.STAFF, make_staff("g")))
    assert guide.get("/content/").status_code == 403
    assert Material.objects.get().is_published


def test_what_is_not_there_is_not_there(operator: Client):
    for path in ("", "edit/", "readers.xlsx"):
        assert operator.get(f"/content/999999/{path}").status_code == 404
