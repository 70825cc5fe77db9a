"""Members sign in with WeCom: its word says who came, once, to the browser that left."""

from datetime import timedelta

import pytest
from django.test import Client

from org.models import AuditRow, Staff, User
from tests.console.oauth import FakeOAuth, come_back, query_of
from tests.makers import NOW, make_app, make_corp, make_department, make_staff, make_user
from wecom.api.oauth import Visitor
from wecom.errors import LoginRejected, NotSent
from wecom.models import OAuthRound

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def oauth(monkeypatch) -> FakeOAuth:
    fake = FakeOAuth()
    monkeypatch.setattr("scrm.console.sign_in.wecom.get_user_info", fake.get_user_info)
    monkeypatch.setattr("common.clock.now", lambda: NOW)
    return fake


@pytest.fixture
def browser() -> Client:
    make_app()
    return Client()


def leave(browser: Client, **query: str):
    return browser.get("/login/wecom/", query)


def signed_in_as(browser: Client) -> str:
    key = browser.session.get("_auth_user_id")
    return User.objects.get(pk=key).username if key else ""


def test_inside_wecom_the_way_is_oauth_and_on_a_desktop_a_scan(browser: Client, settings):
    settings.DEBUG = False
    inside = browser.get("/login/wecom/", headers={"User-Agent": "Mozilla/5.0 wxwork/4.1"})
    desktop = leave(browser)

    assert "/connect/oauth2/authorize?" in inside["Location"]
    assert "/wwlogin/sso/login?login_type=CorpApp" in desktop["Location"]
    assert query_of(desktop)["redirect_uri"] == settings.PUBLIC_URL + "/login/wecom/back"
    assert len(query_of(desktop)["state"]) == 32


def test_a_member_gets_an_account_at_the_first_sign_in(browser: Client):
    staff = make_staff("ZhangSan")

    back = come_back(browser, leave(browser, next="/m/?a=1"))

    user = User.objects.get()
    assert back["Location"] == "/m/?a=1"
    assert (user.username, user.staff, user.role) == ("ZhangSan", staff, "staff")
    assert not user.has_usable_password()
    assert signed_in_as(browser) == "ZhangSan"
    acts = list(AuditRow.objects.order_by("id").values_list("action", "actor_name"))
    assert acts == [("account_created", ""), ("sign_in", "ZhangSan")]


def test_who_leads_a_department_becomes_a_manager(browser: Client):
    make_staff("zhangsan", department=make_department(), is_leader=True)

    come_back(browser, leave(browser))

    assert User.objects.get().role == "manager"


def test_a_known_member_keeps_account_and_role(browser: Client):
    make_user("lin", User.Role.OPERATOR, make_staff("zhangsan"))

    come_back(browser, leave(browser))

    assert signed_in_as(browser) == "lin"
    assert User.objects.count() == 1


def test_a_member_called_as_an_account_does_not_get_it(browser: Client):
    make_user("zhangsan", User.Role.ADMIN)
    staff = make_staff("zhangsan")

    come_back(browser, leave(browser))

    assert signed_in_as(browser) == f"zhangsan#{staff.pk}"
    assert User.objects.get(staff=staff).role == "staff"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"left_at": NOW}, "你已不在这家企业"),
        ({"status": Staff.Status.DISABLED}, "已被禁用"),
        (None, "通讯录里还没有你"),
    ],
)
def test_leavers_and_unknown_members_are_refused(browser: Client, change, sentence: str):
    if change is not None:
        staff = make_staff("zhangsan")
        Staff.objects.filter(pk=staff.pk).update(**change)

    back = come_back(browser, leave(browser))

    assert back.status_code == 403
    assert sentence in back.content.decode()
    assert signed_in_as(browser) == ""
    assert not User.objects.exists()
    assert AuditRow.objects.get().action == "sign_in_failed"


def test_an_account_that_is_off_is_refused(browser: Client):
    user = make_user("lin", User.Role.STAFF, make_staff("zhangsan"))
    User.objects.filter(pk=user.pk).update(is_active=False)

    assert come_back(browser, leave(browser)).status_code == 403
    assert signed_in_as(browser) == ""


def test_customers_are_not_let_in(browser: Client, oauth: FakeOAuth):
    oauth.answer = Visitor(external_userid="wm1", openid="o1")

    back = come_back(browser, leave(browser))

    assert "只有企业成员可以登录" in back.content.decode()
    assert signed_in_as(browser) == ""


def test_a_used_or_foreign_code_is_refused(browser: Client, oauth: FakeOAuth):
    make_staff("zhangsan")
    oauth.error = LoginRejected("code been used", errcode=42022)

    assert come_back(browser, leave(browser)).status_code == 403
    assert signed_in_as(browser) == ""


def test_wecom_away_is_said_and_signs_nobody_in(browser: Client, oauth: FakeOAuth):
    make_staff("zhangsan")
    oauth.error = NotSent("no connection")

    back = come_back(browser, leave(browser))

    assert back.status_code == 503
    assert signed_in_as(browser) == ""


def test_a_state_is_good_once(browser: Client, oauth: FakeOAuth):
    make_staff("zhangsan")
    out = leave(browser)
    come_back(browser, out)
    browser.post("/logout/")

    assert come_back(browser, out).status_code == 403
    assert signed_in_as(browser) == ""
    assert len(oauth.asked) == 1


def test_a_state_of_another_browser_is_refused(browser: Client, oauth: FakeOAuth):
    """Login CSRF: an attacker's link would sign the victim in as the attacker."""
    make_staff("zhangsan")
    out, victim = leave(browser), Client()
    leave(victim)

    assert come_back(victim, out).status_code == 403
    assert come_back(Client(), out).status_code == 403
    assert oauth.asked == []


def test_a_state_lives_ten_minutes(browser: Client, oauth: FakeOAuth, monkeypatch):
    out = leave(browser)
    monkeypatch.setattr("common.clock.now", lambda: NOW + timedelta(minutes=10))

    assert come_back(browser, out).status_code == 403
    assert oauth.asked == []


def test_a_readers_state_signs_nobody_in(browser: Client, oauth: FakeOAuth):
    make_staff("zhangsan")
    out = leave(browser)
    OAuthRound.objects.update(purpose="reader")

    assert come_back(browser, out).status_code == 403
    assert oauth.asked == []


def test_the_corp_is_the_one_that_was_left_for_whatever_the_query_says(
    browser: Client, oauth: FakeOAuth
):
    other = make_corp("ww0000000000000000", "别家")
    make_app(other, agent_id=7)
    make_staff("zhangsan", other)

    back = come_back(browser, leave(browser, corp="ww1234567890abcdef"), corp=other.corp_id)

    assert oauth.asked == [("ww1234567890abcdef", "CODE1")]
    assert back.status_code == 403
    assert not User.objects.exists()


def test_with_several_corps_the_wanted_address_may_name_one(browser: Client):
    make_app(make_corp("ww0000000000000000", "别家"), agent_id=7)

    assert leave(browser, next="/m/")["Location"] == "/login/?next=%2Fm%2F"
    named = leave(browser, next="/sidebar/?corp=ww0000000000000000")
    assert query_of(named)["appid"] == "ww0000000000000000"


@pytest.mark.parametrize(
    "to", ["https://evil.example", "//evil.example", "/\\evil.example", "evil"]
)
def test_the_way_back_leads_to_no_other_site(browser: Client, to: str):
    make_staff("zhangsan")

    assert come_back(browser, leave(browser, next=to), next=to)["Location"] == "/"


@pytest.mark.parametrize("code", ["", "x" * 513])
def test_a_code_that_is_none_is_not_sent_to_wecom(browser: Client, oauth: FakeOAuth, code: str):
    assert come_back(browser, leave(browser), code=code).status_code == 403
    assert oauth.asked == []
