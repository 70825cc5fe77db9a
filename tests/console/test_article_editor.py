"""Writing an article: each act saves the draft, with and without htmx."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from content.models import Material, MaterialDraft, Picture
from content.services.drafts import save_draft
from customers.models import Tag, TagGroup
from org.models import User
from tests.content.makers import NOON, make_article, make_corp
from tests.content.pictures import picture_bytes
from tests.content.test_drafts import text
from tests.makers import make_user

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def operator() -> Client:
    client = Client()
    client.force_login(make_user("operator", User.Role.OPERATOR))
    return client


@pytest.fixture
def path(operator: Client) -> str:
    return operator.post("/content/new/")["Location"]


def fields(revision: int = 1, *blocks: tuple[str, str] | tuple[str, str, str], **over: object):
    values: dict[str, object] = {
        "began_with": f"0-{revision}",
        "title": "换粮表",
        "summary": "一张表看懂",
        "purpose": "knowledge",
        "op": "save",
    }
    for place, (kind, words, *target) in enumerate(blocks):
        values |= {f"kind-{place}": kind, f"text-{place}": words}
        values |= {f"target-{place}": target[0]} if target else {}
    return values | over


def draft() -> MaterialDraft:
    return MaterialDraft.objects.get()


def test_what_is_written_is_saved_and_published(operator: Client, path: str):
    written = fields(1, ("heading", "第一步"), ("list", "先掺四分之一\n看便便"))
    operator.post(path, written, headers=HTMX)
    assert draft().body == "## 第一步\n\n- 先掺四分之一\n- 看便便"

    answer = operator.post(path, written | {"began_with": "0-2", "op": "publish"}, headers=HTMX)

    material = Material.objects.get()
    assert answer["HX-Redirect"] == f"/content/{material.pk}/"
    assert (material.is_published, material.version, material.title) == (True, 1, "换粮表")


def test_without_javascript_it_works_too(operator: Client, path: str):
    answer = operator.post(path, fields(1, ("paragraph", "慢慢来"), op="add:heading:0"))
    assert answer["Location"] == path
    operator.post(path, fields(2, ("heading", "先看这里"), ("paragraph", "慢慢来")))
    assert draft().body == "## 先看这里\n\n慢慢来"


@pytest.mark.parametrize(
    ("op", "kinds"),
    [
        ("add:quote:1", ["heading", "quote", "paragraph"]),
        ("up:1", ["paragraph", "heading"]),
        ("down:0", ["paragraph", "heading"]),
        ("remove:0", ["paragraph"]),
        ("kind:quote:0", ["quote", "paragraph"]),
        ("add:nonsense:0", ["heading", "paragraph"]),
        ("up:nonsense", ["heading", "paragraph"]),
        ("explode", ["heading", "paragraph"]),
    ],
)
def test_blocks_are_moved_about(operator: Client, path: str, op: str, kinds: list[str]):
    answer = operator.post(
        path, fields(1, ("heading", "甲"), ("paragraph", "乙"), op=op), headers=HTMX
    )
    shown = answer.content.decode()
    found = [part.split('"')[0] for part in shown.split('data-kind="')[1:]]
    assert found == kinds
    assert 'name="began_with" value="0-2"' in shown


def test_an_autosave_answers_with_the_state_and_the_phone_only(operator: Client, path: str):
    answer = operator.post(
        path, fields(1, ("paragraph", "全网最好的粮"), op="autosave"), headers=HTMX
    )
    shown = answer.content.decode()
    assert "草稿已保存" in shown
    assert 'hx-swap-oob="true"' in shown
    assert "绝对化用语" in shown
    assert "<textarea" not in shown


def test_two_authors_overwrite_nothing(operator: Client, path: str):
    operator.post(path, fields(1, ("paragraph", "甲写的")), headers=HTMX)
    answer = operator.post(path, fields(1, ("paragraph", "乙写的")), headers=HTMX)
    assert answer.status_code == 422
    shown = answer.content.decode()
    assert "刚刚被别人改过" in shown
    assert "乙写的" in shown
    assert draft().body == "甲写的"


def test_an_empty_article_is_not_published(operator: Client, path: str):
    answer = operator.post(path, fields(1, title="", op="publish"), headers=HTMX)
    assert answer.status_code == 422
    assert "还没有标题" in answer.content.decode()
    assert not Material.objects.get().is_published


def test_pictures_are_uploaded_into_blocks_and_as_the_cover(operator: Client, path: str):
    files = {
        "file-0": SimpleUploadedFile("a.png", picture_bytes()),
        "cover": SimpleUploadedFile("b.png", picture_bytes(size=(80, 40))),
    }
    operator.post(path, fields(1, ("picture", "换粮前后", "")) | files, headers=HTMX)

    saved = draft()
    assert Picture.objects.count() == 2
    assert saved.body == f"![换粮前后](picture:{Picture.objects.get(width=40).code})"
    assert saved.picture_code == Picture.objects.get(width=80).code
    operator.post(
        path, fields(2, ("paragraph", "x"), picture_code=saved.picture_code, op="uncover")
    )
    assert draft().picture_code == ""


def test_what_is_no_picture_is_told(operator: Client, path: str):
    files = {"file-0": SimpleUploadedFile("a.svg", b"<svg/>")}
    answer = operator.post(path, fields(1, ("picture", "", "")) | files, headers=HTMX)
    assert "不是能用的图片" in answer.content.decode()
    assert not Picture.objects.exists()


def test_settings_are_saved_and_nonsense_is_not(operator: Client, path: str):
    corp = make_corp()
    group = TagGroup.objects.create(corp=corp, name="兴趣")
    tag = Tag.objects.create(corp=corp, group=group, name="换粮", wecom_id="t1")
    operator.post(path, fields(1, purpose="service", is_high_intent="on", tag=tag.pk))
    saved = draft()
    assert (saved.purpose, saved.is_high_intent, saved.tag) == ("service", True, tag)
    operator.post(path, fields(2, purpose="x", tag="999", **{"kind-0": "x", "text-0": "\x00好"}))
    saved = draft()
    assert (saved.purpose, saved.is_high_intent, saved.tag) == ("knowledge", False, None)
    assert saved.body == "好"


def test_links_that_are_none_are_left_out(operator: Client, path: str):
    blocks = [("link", "商城", "https://example.com/"), ("link", "坏", "javascript:alert(1)")]
    operator.post(path, fields(1, *blocks))
    assert draft().body == "[商城](https://example.com/)"


def test_editing_what_is_published_begins_with_it(operator: Client):
    article = make_article()
    shown = operator.get(f"/content/{article.pk}/edit/").content.decode()
    assert "先掺 **四分之一**" in shown
    assert "发布新版本" in shown
    save_draft(article, text(), began_with=(1, 0), now=NOON)
    assert "十天更稳" in operator.get(f"/content/{article.pk}/edit/").content.decode()


def test_hostile_words_are_written_out(operator: Client, path: str):
    hostile = "<script>alert(1)</script>"
    operator.post(path, fields(1, ("paragraph", hostile), title=hostile, summary=hostile))
    assert "<script>alert" not in operator.get(path).content.decode()
