"""The list and the statistics of channel codes, for whom they are meant."""

import io
from datetime import timedelta

import pytest
from django.test import Client
from python_calamine import CalamineWorkbook

from campaigns.models import ChannelCode
from common.clock import local_date
from org.models import User
from tests.campaigns.friends import bring, days_ago
from tests.campaigns.world import make_code
from tests.makers import NOW, make_app, make_staff, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def here(monkeypatch):
    monkeypatch.setattr("common.clock.now", lambda: NOW)


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


def test_without_a_code_the_page_leads_on(operator: Client):
    shown = page(operator, "/codes/")
    assert "还没有渠道活码" in shown
    assert "/codes/new/" in shown


def test_a_row_tells_what_a_code_brought_and_each_number_leads_to_people(operator: Client):
    code = make_code(created_at=days_ago(100))
    for _ in range(2):
        bring(code, added_at=days_ago(3))
    bring(code, added_at=days_ago(30))

    shown = page(operator, "/codes/")

    assert f'<a href="/codes/{code.pk}/people/">3</a>' in shown
    assert f'<a href="/codes/{code.pk}/people/?days=7">2</a>' in shown
    assert "启用中" in shown
    assert "7 天无新增" not in shown


def test_what_is_not_well_is_told_and_can_be_looked_at_alone(operator: Client):
    make_code(name="安静的", created_at=days_ago(30))
    bring(make_code(state="B01", name="热闹的"))
    make_code(
        state="C01", name="坏掉的", is_in_step=False, last_error="add [41054] no", config_id=""
    )

    shown = page(operator, "/codes/?state=ill")

    assert "7 天无新增" in shown
    assert "同步失败" in shown
    assert "有成员还没有激活企业微信" in shown
    assert "热闹的" not in shown


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("state=off", ["停用码"]),
        ("state=all", ["停用码", "乙码", "甲码"]),
        ("state=on&q=甲", ["甲码"]),
        ("state=all&sort=added", ["停用码", "甲码", "乙码"]),
        ("state=all&sort=-added", ["乙码", "停用码", "甲码"]),
        ("state=nonsense&sort=nonsense&page=99", ["乙码", "甲码"]),
        ("state=on&q=%00'%25", []),
    ],
)
def test_the_list_is_narrowed_and_sorted_by_its_address(operator: Client, query: str, names):
    make_code(name="甲码")
    bring(make_code(state="B01", name="乙码"))
    make_code(state="C01", name="停用码", is_enabled=False)

    shown = page(operator, f"/codes/?{query}", headers={"HX-Request": "true"})

    found = sorted((shown.index(f"<b>{name}</b>"), name) for name in names)
    assert [name for _place, name in found] == names
    assert shown.count('class="code-name"') == len(names)
    assert "<html" not in shown


@pytest.mark.parametrize("count", [1, 9])
def test_the_list_costs_the_same_queries_however_long(
    operator: Client, count: int, django_assert_num_queries
):
    for number in range(count):
        bring(make_code(state=f"S{number}", name=f"码{number}"))
    # session, user; codes, figures, staff, tags.
    with django_assert_num_queries(6):
        page(operator, "/codes/")


def test_the_statistics_cost_the_same_queries(operator: Client, django_assert_num_queries):
    code = make_code()
    bring(code)
    # session, user; code, figures, days, stages, staff, tags, variants, split.
    with django_assert_num_queries(10):
        page(operator, f"/codes/{code.pk}/")


def test_the_statistics_tell_days_staff_and_stages(operator: Client):
    code = make_code()
    bring(code, added_at=NOW)
    bring(code, added_at=days_ago(1), stayed=timedelta(hours=2))
    today = local_date(NOW).isoformat()

    shown = page(operator, f"/codes/{code.pk}/?days=7")

    staff = code.staff.get()
    assert f"/codes/{code.pk}/people/?added_on={today}" in shown
    assert f"/codes/{code.pk}/people/?days=7&amp;staff={staff.pk}&amp;lost=1" in shown
    assert f"/codes/{code.pk}/people/?days=7&amp;stage=potential" in shown
    assert "新增 2 · 流失 1" in shown


def test_the_people_behind_a_number(operator: Client):
    code = make_code()
    bring(code, name="小林")
    bring(code, added_at=days_ago(2), stayed=timedelta(hours=1), name="走了的")

    everybody = page(operator, f"/codes/{code.pk}/people/")
    lost = page(operator, f"/codes/{code.pk}/people/?lost=1&stage=nonsense&staff=x&added_on=x")

    assert "小林" in everybody
    assert "走了的" in everybody
    assert "小林" not in lost
    assert "客户删除员工" in lost


def test_people_cost_the_same_queries(operator: Client, django_assert_num_queries):
    code = make_code()
    for _ in range(5):
        bring(code)
    # session, user; code, how many, the page.
    with django_assert_num_queries(5):
        page(operator, f"/codes/{code.pk}/people/")


def test_hostile_names_are_written_out(operator: Client):
    code = make_code(name="<script>alert(1)</script>", text="<img src=x onerror=alert(1)>")
    bring(code, name="<script>alert(2)</script>")
    for path in ("/codes/", f"/codes/{code.pk}/", f"/codes/{code.pk}/people/"):
        shown = page(operator, path)
        assert "<script>alert" not in shown
        assert "<img src=x" not in shown


def test_the_excel_file_holds_what_the_list_shows(operator: Client):
    bring(make_code(name="=1+1"))
    make_code(state="B01", name="停用码", is_enabled=False)

    answer = operator.get("/codes/export/?state=on")

    rows = CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_index(0)
    head, *body = rows.to_python()
    assert head[:3] == ["名称", "渠道参数", "员工"]
    assert [row[0] for row in body] == ["=1+1"]
    assert body[0][5] == 1


def test_other_departments_codes_look_as_if_they_were_not_there():
    code = make_code()
    lead = sign_in(make_user("lead", User.Role.MANAGER, make_staff("lead", code.corp)))
    assert "门店 A01" not in page(lead, "/codes/")
    for path in ("", "people/", "qr.png", "poster/", "poster.png?title=x&style=blue"):
        assert lead.get(f"/codes/{code.pk}/{path}").status_code == 404


def test_staff_without_the_right_and_strangers_see_nothing():
    code = make_code()
    guide = sign_in(make_user("guide", User.Role.STAFF, code.staff.get()))
    assert guide.get("/codes/").status_code == 403
    assert Client().get("/codes/")["Location"].startswith("/login/")


def test_managers_may_look_but_not_change():
    code = make_code()
    lead = sign_in(make_user("lead", User.Role.MANAGER, code.staff.get()))
    shown = page(lead, f"/codes/{code.pk}/")
    assert "停用并回收" not in shown
    for path in ("edit/", "copies/", "welcomes/"):
        assert lead.get(f"/codes/{code.pk}/{path}").status_code == 403
    for path in ("disable/", "enable/", "push/", "delete/"):
        assert lead.post(f"/codes/{code.pk}/{path}").status_code == 403
    code.refresh_from_db()
    assert code.is_enabled


def test_another_corps_app_makes_no_difference(operator: Client):
    make_app()
    assert ChannelCode.objects.count() == 0
    assert page(operator, "/codes/new/")
