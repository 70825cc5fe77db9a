"""What goes into a chat: links that name their reader, ready texts, and a record of the sending."""

import pytest

from content.models import Material, Script, TrackedLink
from content.services.materials import ArticleText, publish_article
from content.services.scripts import ScriptText, save_script
from customers.models import Event, GroupChat, Membership
from tests.makers import NOW, make_corp, make_person
from tests.sidebar.desk import Desk, later, token

pytestmark = pytest.mark.django_db


@pytest.fixture
def article() -> Material:
    text = ArticleText(
        title="7 天换粮表", summary="每天新旧粮各放多少。", body="正文", cover="public/icon.svg"
    )
    return publish_article(text, now=NOW)


def test_a_material_becomes_a_link_of_this_member_for_this_customer(desk: Desk, article: Material):
    first = desk.post(f"{desk.base}/message", material_id=article.pk).json()
    again = desk.post(f"{desk.base}/message", material_id=article.pk).json()

    link = TrackedLink.objects.get()
    assert (link.staff, link.identity, link.material) == (
        desk.staff,
        desk.relation.identity,
        article,
    )
    assert (
        first
        == again
        == {
            "msgtype": "news",
            "news": {
                "link": f"https://scrm.example.com/l/{link.code}",
                "title": "7 天换粮表",
                "desc": "每天新旧粮各放多少。",
                "imgUrl": "https://scrm.example.com/static/public/icon.svg",
            },
        }
    )


@pytest.mark.parametrize("material_id", ["", "0", "x", "9" * 30, "999999"])
def test_a_material_that_is_none_makes_no_link(desk: Desk, material_id: str):
    assert desk.post(f"{desk.base}/message", material_id=material_id).status_code == 404
    assert not TrackedLink.objects.exists()


def test_a_draft_cannot_be_sent(desk: Desk, article: Material):
    Material.objects.update(is_published=False)

    assert desk.post(f"{desk.base}/message", material_id=article.pk).status_code == 404
    assert "还没有发布的素材" in desk.post(f"{desk.base}/materials").content.decode()


def test_materials_are_found_by_part_of_their_words(desk: Desk, article: Material):
    publish_article(ArticleText(title="会员日清单", body="正文"), now=NOW)

    shown = desk.post(f"{desk.base}/materials", q="换粮").content.decode()

    assert "7 天换粮表" in shown
    assert "会员日清单" not in shown
    assert "没有找到素材" in desk.post(f"{desk.base}/materials", q="没有的").content.decode()


def test_scripts_come_with_their_names_filled_in(desk: Desk):
    save_script(ScriptText("开场", "欢迎", "{客户}你好，我是{员工}。"), now=NOW)
    save_script(ScriptText("开场", "停用的", "x", is_enabled=False), now=NOW)

    shown = desk.post(f"{desk.base}/scripts").content.decode()

    assert 'data-text="guide的客户你好，我是guide。"' in shown
    assert "停用的" not in shown
    assert '<h2 class="category">开场</h2>' in shown


def test_a_sending_is_noted_once_and_never_its_text(desk: Desk, article: Material):
    fields = {
        "kind": "material",
        "title": "7 天换粮表",
        "material_id": article.pk,
        "token": token(),
    }
    for _ in range(2):
        answer = desk.client.post(f"{desk.base}/sent", fields | {"text": "秘密"})
        assert answer.json() == {"said": "已发送，并记入客户动态"}

    event = Event.objects.get()
    assert (event.type, event.staff_id, event.identity) == (
        "staff_sent",
        desk.staff.pk,
        desk.relation.identity,
    )
    assert event.payload == {"kind": "material", "title": "7 天换粮表", "material_id": article.pk}


def test_a_script_counts_its_use_once(desk: Desk):
    script = save_script(ScriptText("开场", "欢迎", "你好"), now=NOW)
    fields = {"kind": "script", "title": "欢迎", "script_id": script.pk, "token": token()}
    for _ in range(2):
        desk.client.post(f"{desk.base}/sent", fields)

    assert Script.objects.get().use_count == 1


@pytest.mark.parametrize("fields", [{"kind": "bribe"}, {"kind": "script", "token": "x"}, {}])
def test_what_is_no_sending_is_refused(desk: Desk, fields: dict[str, str]):
    sent = {"title": "x", "token": token()} | fields

    assert desk.client.post(f"{desk.base}/sent", sent).status_code == 422
    assert not Event.objects.exists()


def test_a_group_has_one_link_for_all(desk: Desk, article: Material):
    group = GroupChat.objects.create(corp=make_corp(), chat_id="wrG", owner=desk.staff)

    made = desk.post("/sidebar/g/wrG/message", material_id=article.pk).json()

    link = TrackedLink.objects.get()
    assert (link.identity, link.batch) == (None, f"group:{group.pk}")
    assert made["news"]["link"].endswith(link.code)


def test_a_group_shows_who_sits_in_it(desk: Desk, colleague: Desk):
    group = GroupChat.objects.create(
        corp=make_corp(), chat_id="wrG", name="宠友群", owner=desk.staff
    )
    people = [desk.relation.identity_id, colleague.relation.identity_id, make_person().identity_id]
    for number, identity_id in enumerate(people):
        Membership.objects.create(
            group=group,
            member_userid=f"wm{number}",
            identity_id=identity_id,
            joined_at=later(days=-30),
        )
    Membership.objects.create(
        group=group, member_userid="guide", staff=desk.staff, joined_at=later(days=-2)
    )
    Membership.objects.create(
        group=group, member_userid="gone", joined_at=later(days=-9), left_at=later(days=-1)
    )

    shown = desk.post("/sidebar/group", chat_id="wrG").content.decode()

    figures = [part.split("</dd>")[0] for part in shown.split("<dd>")[1:]]
    assert figures == ["4", "3", "1", "1"]
    assert "guide的客户" in shown
    assert "colleague的客户" not in shown
