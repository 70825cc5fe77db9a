"""Channel codes are made, changed, copied and ended through the browser's forms."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from campaigns.models import ChannelCode, DefaultWelcome, WelcomeVariant
from customers.models import Tag, TagGroup
from org.models import Staff, User
from tests.campaigns.conftest import _no_settling, rung, sandbox_thread, sim
from tests.campaigns.friends import bring
from tests.campaigns.test_channel_codes import ways
from tests.campaigns.world import make_code
from tests.content.makers import make_article
from tests.content.pictures import picture_bytes
from tests.makers import make_app, make_department, make_staff, make_user

pytestmark = pytest.mark.django_db
__all__ = ["_no_settling", "rung", "sandbox_thread", "sim"]


@pytest.fixture
def operator() -> Client:
    client = Client()
    client.force_login(make_user("operator", User.Role.OPERATOR))
    return client


@pytest.fixture
def staff(sim) -> Staff:
    return make_staff("lisi", make_app().corp)


def form(first: Staff, **over: object) -> dict[str, object]:
    values: dict[str, object] = {
        "name": "西湖店收银台",
        "staff": [first.pk],
        "skip_verify": "on",
        "text": "{客户}你好",
        "remark_template": "西湖-{客户}",
    }
    return {name: value for name, value in (values | over).items() if value is not None}


def test_a_code_is_made_with_all_that_follows(operator: Client, staff: Staff, sim):
    group = TagGroup.objects.create(corp=staff.corp, name="来源")
    tag = Tag.objects.create(corp=staff.corp, group=group, name="到店", wecom_id="t1")
    article = make_article()

    answer = operator.post(
        "/codes/new/",
        form(
            staff,
            tags=[tag.pk],
            material=article.pk,
            task_title="问问品种",
            task_delay_minutes="5",
            link_title="商城",
            link_url="https://example.com/m",
            picture=SimpleUploadedFile("a.png", picture_bytes()),
        ),
    )

    code = ChannelCode.objects.get()
    assert answer["Location"] == f"/codes/{code.pk}/"
    assert (code.name, code.text, code.material, code.is_in_step) == (
        "西湖店收银台",
        "{客户}你好",
        article,
        True,
    )
    assert list(code.tags.all()) == [tag]
    assert (code.task_title, code.task_delay_minutes) == ("问问品种", 5)
    assert [one["msgtype"] for one in code.attachments] == ["link", "image"]
    assert code.created_by.username == "operator"
    assert len(ways(sim, code.state)) == 1


@pytest.mark.parametrize(
    ("over", "sentence"),
    [
        ({"staff": None}, "必填"),
        ({"name": ""}, "必填"),
        ({"task_title": "问候"}, "写上多少分钟后提醒"),
        ({"task_delay_minutes": "3"}, "写上任务的标题"),
        ({"link_title": "商城"}, "标题和地址要一起填"),
        ({"link_url": "javascript:alert(1)", "link_title": "x"}, "URL"),
        ({"picture": SimpleUploadedFile("a.svg", b"<svg/>")}, "不是能用的图片"),
    ],
)
def test_what_cannot_be_is_told_beside_its_field(operator: Client, staff: Staff, over, sentence):
    answer = operator.post("/codes/new/", form(staff, **over))
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert not ChannelCode.objects.exists()


def test_wecoms_refusal_is_told_in_words_and_can_be_tried_again(
    operator: Client, staff: Staff, sim
):
    sim.set_faults({"match": "externalcontact/add_contact_way", "mode": "busy_6000", "times": 1})
    answer = operator.post("/codes/new/", form(staff), follow=True)
    assert "同一份数据正在被修改" in answer.content.decode()
    code = ChannelCode.objects.get()
    assert not code.is_in_step

    operator.post(f"/codes/{code.pk}/push/")
    code.refresh_from_db()
    assert (code.is_in_step, code.last_error) == (True, "")


def test_people_change_and_the_picture_stays(operator: Client, staff: Staff, sim):
    other = make_staff("wangwu", staff.corp)
    operator.post("/codes/new/", form(staff, staff=[staff.pk, other.pk]))
    code = ChannelCode.objects.get()
    operator.post(f"/codes/{code.pk}/edit/", form(staff, name="新名字", staff=[staff.pk, other.pk]))

    changed = ChannelCode.objects.get()
    assert (changed.name, changed.state, changed.qr_code_url) == (
        "新名字",
        code.state,
        code.qr_code_url,
    )
    one = operator.post(f"/codes/{code.pk}/edit/", form(staff))
    assert "单人活码与多人活码不能互换" in one.content.decode()


def test_an_editor_of_one_department_leaves_the_others_in(operator: Client, staff: Staff, sim):
    hidden = make_staff("wangwu", staff.corp)
    operator.post("/codes/new/", form(staff, staff=[staff.pk, hidden.pk]))
    code = ChannelCode.objects.get()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("scrm.console.codes.forms.visible_staff_ids", lambda _viewer: [staff.pk])
        patch.setattr("scrm.console.codes.options.visible_staff_ids", lambda _viewer: [staff.pk])
        operator.post(f"/codes/{code.pk}/edit/", form(staff, name="只看见一个"))
    assert set(code.staff.all()) == {staff, hidden}
    assert ChannelCode.objects.get().name == "只看见一个"


def test_attachments_are_kept_and_dropped(operator: Client, staff: Staff, sim):
    operator.post("/codes/new/", form(staff, link_title="商城", link_url="https://example.com/m"))
    code = ChannelCode.objects.get()
    operator.post(f"/codes/{code.pk}/edit/", form(staff))
    code.refresh_from_db()
    assert len(code.attachments) == 1
    operator.post(f"/codes/{code.pk}/edit/", form(staff, drop=["0"]))
    code.refresh_from_db()
    assert code.attachments == []


def test_a_copy_begins_with_the_others_values(operator: Client, staff: Staff):
    code = make_code(text="原来的话")
    shown = operator.get(f"/codes/new/?copy={code.pk}").content.decode()
    assert "门店 A01 副本" in shown
    assert "原来的话" in shown
    assert operator.get("/codes/new/?copy=999999").status_code == 404


def test_departments_get_copies(operator: Client, staff: Staff):
    code = make_code()
    full, empty = make_department(code.corp, 2), make_department(code.corp, 3)
    make_staff("guide", code.corp, full)

    answer = operator.post(
        f"/codes/{code.pk}/copies/", {"departments": [full.pk, empty.pk]}, follow=True
    )

    assert ChannelCode.objects.count() == 2
    shown = answer.content.decode()
    assert "建好 1 个活码" in shown
    assert "1 个部门没有可接待的员工" in shown
    assert operator.post(f"/codes/{code.pk}/copies/", {}).status_code == 422


def test_off_on_and_gone(operator: Client, staff: Staff, sim):
    operator.post("/codes/new/", form(staff))
    code = ChannelCode.objects.get()
    operator.post(f"/codes/{code.pk}/disable/")
    assert ways(sim, code.state) == []
    operator.post(f"/codes/{code.pk}/enable/")
    assert len(ways(sim, code.state)) == 1
    refused = operator.post(f"/codes/{code.pk}/delete/", follow=True)
    assert "请先停用" in refused.content.decode()
    operator.post(f"/codes/{code.pk}/disable/")
    assert operator.post(f"/codes/{code.pk}/delete/")["Location"] == "/codes/"
    assert not ChannelCode.objects.exists()


def test_who_brought_somebody_is_not_deleted(operator: Client):
    code = make_code(is_enabled=False)
    bring(code)
    answer = operator.post(f"/codes/{code.pk}/delete/", follow=True)
    assert "停用即可" in answer.content.decode()
    assert ChannelCode.objects.exists()


def test_welcomes_of_a_code_and_of_the_company(operator: Client, staff: Staff):
    code = make_code()
    path = f"/codes/{code.pk}/welcomes/"
    words = {"text": "晚上好", "weekdays": ["6", "7"], "starts_at": "18:00", "ends_at": "09:00"}
    assert operator.get(path).status_code == 200
    assert operator.post(path, words)["Location"] == f"/codes/{code.pk}/"
    variant = WelcomeVariant.objects.get()
    assert variant.weekdays == [6, 7]
    assert "晚上好" in operator.get(f"/codes/{code.pk}/").content.decode()
    assert "晚上好" in operator.get(f"{path}{variant.pk}/").content.decode()
    assert operator.post(path, words | {"ends_at": ""}).status_code == 422
    operator.post(f"{path}{variant.pk}/delete/")
    assert not WelcomeVariant.objects.exists()
    assert operator.get(f"{path}{variant.pk}/").status_code == 404

    assert operator.get("/codes/default-welcome/").status_code == 200
    operator.post("/codes/default-welcome/", {"text": "欢迎", "is_enabled": "on"})
    assert DefaultWelcome.objects.get().text == "欢迎"
    assert operator.post("/codes/default-welcome/", {"is_enabled": "on"}).status_code == 422


def test_pictures_are_shown_and_saved(operator: Client, staff: Staff, sim, settings):
    settings.WECOM_PICTURE_BASE_URL = settings.WECOM_API_BASE_URL
    operator.post("/codes/new/", form(staff))
    code = ChannelCode.objects.get()
    base = f"/codes/{code.pk}"

    shown = operator.get(f"{base}/qr.png")
    saved = operator.get(f"{base}/qr.png?download=1")
    assert shown.content == saved.content
    assert shown.content.startswith(b"\x89PNG")
    assert "attachment" in saved["Content-Disposition"]
    page = operator.get(f"{base}/poster/").content.decode()
    assert f"{base}/poster.png?" in page
    query = {"title": "扫码领券", "note": "", "name": "西湖店", "style": "green"}
    assert operator.get(f"{base}/poster.png", query)["Content-Type"] == "image/png"
    assert operator.get(f"{base}/poster.pdf", query).content.startswith(b"%PDF")
    assert operator.get(f"{base}/poster.png", query | {"style": "x"}).status_code == 400


def test_without_wecom_the_pages_lead_to_the_connection(operator: Client):
    assert "先连接企业微信" in operator.get("/codes/new/").content.decode()
    assert operator.get("/codes/default-welcome/").status_code == 404
