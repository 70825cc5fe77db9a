"""A draft changes nothing for readers until it is published, and two authors lose nothing."""

from datetime import timedelta

import pytest

from content.errors import DraftConflict, MaterialInUse, NotReady, UnknownLink
from content.models import Material, MaterialDraft
from content.selectors.links import open_link
from content.services.drafts import (
    DraftText,
    delete_material,
    discard_draft,
    draft_of,
    publish_draft,
    save_draft,
    start_material,
    unpublish_material,
)
from org.models import AuditRow
from tests.content.makers import BODY, NOON, make_article, make_link
from tests.makers import make_user

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(hours=1)


def text(**over: object) -> DraftText:
    values: dict[str, object] = {
        "title": "换粮新版",
        "summary": "十天更稳",
        "body": "## 十天\n\n慢慢来",
        "purpose": "service",
        "is_high_intent": True,
    }
    return DraftText(**(values | over))


def test_a_new_article_is_written_saved_and_published():
    author = make_user()
    draft = start_material(now=NOON, author=author)
    saved = save_draft(draft.material, text(), began_with=(0, 1), now=NOON, author=author)
    material = publish_draft(draft.material, now=LATER, actor=author, address="10.0.0.7")

    assert saved.revision == 2
    assert (material.title, material.body, material.purpose) == (
        "换粮新版",
        "## 十天\n\n慢慢来",
        "service",
    )
    assert (material.is_published, material.version, material.updated_at) == (True, 1, LATER)
    assert not MaterialDraft.objects.exists()
    row = AuditRow.objects.get()
    assert (row.action, row.detail["act"], row.detail["version"]) == (
        "content_changed",
        "published",
        1,
    )


def test_an_unsaved_article_is_listed_under_the_title_it_has_so_far():
    draft = start_material(now=NOON)
    assert draft.material.title == "未命名文章"
    save_draft(draft.material, text(), began_with=(0, 1), now=NOON)
    assert Material.objects.get().title == "换粮新版"


def test_readers_see_the_published_version_until_the_draft_is_published():
    link = make_link()
    draft = draft_of(link.material)
    assert (draft.title, draft.body) == ("7 天换粮表", BODY)

    save_draft(link.material, text(), began_with=(1, 0), now=NOON)
    shown = open_link(code=link.code, now=NOON).material
    assert (shown.title, shown.body, shown.version) == ("7 天换粮表", BODY, 1)

    publish_draft(link.material, now=LATER)
    shown = open_link(code=link.code, now=NOON).material
    assert (shown.title, shown.version) == ("换粮新版", 2)


def test_whoever_began_with_an_older_revision_overwrites_nothing():
    material = make_article()
    save_draft(material, text(title="甲写的"), began_with=(1, 0), now=NOON)
    with pytest.raises(DraftConflict):
        save_draft(material, text(title="乙写的"), began_with=(1, 0), now=NOON)
    assert MaterialDraft.objects.get().title == "甲写的"
    publish_draft(material, now=NOON)
    with pytest.raises(DraftConflict):
        save_draft(material, text(title="乙写的"), began_with=(1, 1), now=NOON)


@pytest.mark.parametrize(
    ("over", "sentence"), [({"title": " "}, "标题"), ({"body": "\n\n"}, "正文")]
)
def test_what_says_nothing_is_not_published(over, sentence: str):
    draft = start_material(now=NOON)
    save_draft(draft.material, text(**over), began_with=(0, 1), now=NOON)
    with pytest.raises(NotReady, match=sentence):
        publish_draft(draft.material, now=NOON)
    assert not Material.objects.get().is_published
    assert MaterialDraft.objects.exists()
    assert not AuditRow.objects.exists()


def test_taken_back_its_links_end_and_published_again_they_work():
    link = make_link()
    unpublish_material(link.material, now=NOON)
    with pytest.raises(UnknownLink):
        open_link(code=link.code, now=NOON)
    publish_draft(link.material, now=LATER)
    assert open_link(code=link.code, now=LATER).material.version == 1


def test_looking_at_an_article_begins_no_draft():
    draft_of(make_article())
    assert not MaterialDraft.objects.exists()


def test_thrown_away_the_draft_leaves_what_is_published():
    material = make_article()
    save_draft(material, text(), began_with=(1, 0), now=NOON)
    discard_draft(material)
    assert not MaterialDraft.objects.exists()
    assert Material.objects.get().is_published


def test_only_what_was_never_published_is_deleted():
    draft, published = start_material(now=NOON), make_article()
    delete_material(draft.material, now=NOON)
    with pytest.raises(MaterialInUse):
        delete_material(published, now=NOON)
    assert list(Material.objects.all()) == [published]
