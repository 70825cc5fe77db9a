"""A reader opens a link in WeChat: WeCom says who they are, and they see the article."""

from datetime import timedelta

import pytest
from django.test import Client

from content.models import Material, Visit
from customers.models import Event, Identity
from org.models import Department, StaffDepartment
from tests.content.makers import CORP_ID, NOON, WECHAT, make_article, make_link, make_staff
from tests.public.conftest import come_back, read
from wecom.api.oauth import Visitor
from wecom.errors import LoginRejected
from wecom.models import App

pytestmark = pytest.mark.django_db


def test_the_whole_way_ends_with_the_article_and_one_event(phone: Client, oauth):
    link = make_link()

    page = read(phone, link.code)

    assert page.status_code == 200
    assert "7 天换粮表" in page.content.decode()
    assert oauth.codes == ["CODE1"]
    event = Event.objects.get()
    identity = Identity.objects.get()
    assert (event.type, event.identity) == ("link_opened", identity)
    assert (identity.namespace, identity.value) == (f"wecom:{CORP_ID}", "wmTEST1")


def test_a_known_reader_is_not_asked_again(phone: Client, oauth):
    read(phone, make_link().code)

    again = phone.get(f"/l/{make_link(batch='another').code}")

    assert again.status_code == 200
    assert oauth.codes == ["CODE1"]
    assert Visit.objects.filter(reader="customer").count() == 2


@pytest.mark.parametrize(
    ("answer", "kind"),
    [(Visitor(openid="oTEST"), "stranger"), (Visitor(userid="zhangsan"), "member")],
)
def test_strangers_and_members_read_without_an_event(phone: Client, oauth, answer, kind):
    oauth.answer = answer

    assert read(phone, make_link().code).status_code == 200
    assert Visit.objects.get().reader == kind
    assert not Event.objects.exists()


def test_when_wecom_fails_the_article_is_shown_all_the_same(phone: Client, oauth):
    oauth.error = LoginRejected("code used", errcode=42022)

    assert read(phone, make_link().code).status_code == 200
    assert Visit.objects.get().reader == "unknown"


def test_without_a_code_the_article_is_shown_all_the_same(phone: Client, oauth):
    link = make_link()
    back = come_back(phone, phone.get(f"/l/{link.code}"), code="")

    assert phone.get(back["Location"]).status_code == 200
    assert oauth.codes == []


def test_without_an_app_nobody_is_asked(phone: Client):
    App.objects.all().delete()

    assert phone.get(f"/l/{make_link().code}").status_code == 200


def test_outside_wechat_the_page_is_anonymous(app):
    browser = Client(headers={"User-Agent": "Mozilla/5.0 Chrome/126.0 Safari/537.36"})

    assert browser.get(f"/l/{make_link().code}").status_code == 200
    assert Visit.objects.get().reader == "unknown"


def test_in_development_every_browser_is_asked(app, settings):
    settings.DEBUG = True
    browser = Client(headers={"User-Agent": "Mozilla/5.0 Chrome/126.0 Safari/537.36"})

    assert browser.get(f"/l/{make_link().code}").status_code == 302


def test_a_link_preview_sees_the_page_and_is_suspect(app):
    fetcher = Client(headers={"User-Agent": "facebookexternalhit/1.1"})

    page = fetcher.get(f"/l/{make_link().code}")

    assert b'property="og:title"' in page.content
    assert Visit.objects.get().is_suspect


def test_a_head_request_is_no_visit(phone: Client):
    assert phone.head(f"/l/{make_link().code}").status_code == 200
    assert not Visit.objects.exists()


@pytest.mark.parametrize("code", ["A" * 22, "short", "%00" * 22, "..%2f..%2fetc", "A" * 3000])
def test_an_unknown_code_gets_a_friendly_404(phone: Client, code: str):
    page = phone.get(f"/l/{code}")

    assert page.status_code == 404


def test_an_expired_link_and_a_withdrawn_article_get_the_friendly_404(phone: Client):
    expired = make_link(expires_at=NOON - timedelta(seconds=1))
    assert "内容不在这里了" in phone.get(f"/l/{expired.code}").content.decode()

    withdrawn = make_link()
    Material.objects.update(is_published=False)
    assert phone.get(f"/l/{withdrawn.code}").status_code == 404


def test_hostile_text_is_written_out_escaped(phone: Client):
    hostile = "<script>alert(1)</script> **<img src=x onerror=alert(1)>**"
    body = f"## {hostile}\n\n- {hostile}\n\n> {hostile}\n\n| {hostile} |\n\n{hostile}"
    link = make_link(make_article(title=hostile, summary=hostile, body=body))

    page = read(phone, link.code).content.decode()

    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert page.count("&lt;script&gt;alert(1)") >= 6


def test_the_page_says_who_sent_it(phone: Client):
    staff = make_staff(job_title="猫营养顾问")
    department = Department.objects.create(corp=staff.corp, wecom_id=3, name="线上养宠顾问组")
    StaffDepartment.objects.create(staff=staff, department=department)

    page = read(phone, make_link(staff_id=staff.pk).code).content.decode()

    assert "张珊" in page
    assert "猫营养顾问 · 线上养宠顾问组" in page


def test_a_page_stays_out_of_caches_engines_and_referrers(phone: Client):
    page = read(phone, make_link().code)

    assert page["Referrer-Policy"] == "no-referrer"
    assert page["X-Robots-Tag"] == "noindex, nofollow"
    assert page["Cache-Control"] == "private, no-store"
    assert "default-src 'self'" in page["Content-Security-Policy"].split("; ")
    assert "style=" not in page.content.decode()
    assert "<script>" not in page.content.decode()


def test_opening_costs_few_queries(phone: Client, django_assert_max_num_queries):
    read(phone, make_link().code)
    link = make_link(batch="another")

    with django_assert_max_num_queries(12):
        phone.get(f"/l/{link.code}")


def test_the_name_of_the_reader_is_in_no_address(phone: Client):
    out = phone.get(f"/l/{make_link().code}")
    back = come_back(phone, out)

    for address in (out["Location"], back["Location"]):
        assert "wmTEST1" not in address
        assert WECHAT not in address


def test_a_reader_who_opens_again_and_again_is_noted_no_more_and_still_reads(phone: Client):
    link = make_link()
    read(phone, link.code)

    pages = [phone.get(f"/l/{link.code}") for _ in range(25)]

    assert {page.status_code for page in pages} == {200}
    assert "7 天换粮表" in pages[-1].content.decode()
    assert Visit.objects.count() == Event.objects.count() == 20
    phone.get(f"/l/{make_link(batch='another').code}")
    assert Visit.objects.count() == 21


def test_an_address_that_floods_a_link_fills_no_table(app: App):
    link = make_link()
    robot = Client(headers={"User-Agent": "curl/8"})

    for _ in range(130):
        robot.get(f"/l/{link.code}")

    assert Visit.objects.count() == 120
    Client(headers={"User-Agent": "curl/8"}, REMOTE_ADDR="192.0.2.7").get(f"/l/{link.code}")
    assert Visit.objects.count() == 121
