"""People look after their own sign-ins."""

from datetime import UTC, datetime

import pyotp
import pytest
from django.test import Client

from org.models import SignInSession, TotpDevice, User
from org.services.totp import begin_totp, confirm_totp
from scrm.console.security.views import browser_words
from tests.makers import make_user

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse"
AT = datetime(2026, 11, 26, 8, 0, 10, tzinfo=UTC)


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    monkeypatch.setattr("common.clock.wall", lambda: AT)


@pytest.fixture
def guide() -> User:
    return make_user("guide", User.Role.STAFF)


def browser_of(user: User) -> Client:
    browser = Client()
    browser.post("/login/", {"username": user.username, "password": PASSWORD})
    return browser


def new_password(old: str, new: str) -> dict[str, str]:
    return {"old_password": old, "new_password1": new, "new_password2": new}


def test_a_new_password_keeps_this_browser_and_ends_the_others(guide: User):
    browser, phone = browser_of(guide), browser_of(guide)

    browser.post("/security/password/", new_password(PASSWORD, "battery staple"))

    assert browser.get("/security/").status_code == 200
    assert phone.get("/security/").status_code == 302
    guide.refresh_from_db()
    assert guide.check_password("battery staple")


@pytest.mark.parametrize("old", ["", "wrong horse"])
def test_an_open_browser_alone_changes_no_password(guide: User, old: str):
    answer = browser_of(guide).post("/security/password/", new_password(old, "battery staple"))

    assert answer.status_code == 422
    guide.refresh_from_db()
    assert guide.check_password(PASSWORD)


def test_members_without_a_password_may_set_one(guide: User):
    guide.set_unusable_password()
    guide.save()
    browser = Client()
    browser.force_login(guide)

    browser.post("/security/password/", new_password("", "battery staple"))

    guide.refresh_from_db()
    assert guide.check_password("battery staple")


def test_an_authenticator_is_set_up_and_asked_for_from_then_on(guide: User):
    browser = browser_of(guide)
    browser.get("/security/authenticator/")
    secret = TotpDevice.objects.get().secret

    shown = browser.post("/security/authenticator/", {"code": pyotp.TOTP(secret).at(AT)})

    assert shown.content.decode().count("<li><code>") == 10
    stranger = Client()
    out = stranger.post("/login/", {"username": "guide", "password": PASSWORD})
    assert out["Location"] == "/login/code/"


def with_totp(user: User) -> str:
    offer = begin_totp(user=user, now=AT)
    maker = pyotp.TOTP(offer.secret)
    confirm_totp(user=user, code=maker.at(AT, counter_offset=-1), now=AT, address="")
    return maker.at(AT)


def test_taking_it_away_needs_a_code(guide: User):
    browser = browser_of(guide)
    code = with_totp(guide)

    assert browser.post("/security/authenticator/change/", {"code": "000000"}).status_code == 422
    assert TotpDevice.objects.filter(confirmed_at__isnull=False).exists()
    browser.post("/security/authenticator/change/", {"code": code, "do": "remove"})
    assert not TotpDevice.objects.exists()


def test_recovery_codes_are_renewed(guide: User):
    browser = browser_of(guide)
    code = with_totp(guide)
    before = TotpDevice.objects.get().recovery_digests

    browser.post("/security/authenticator/change/", {"code": code, "do": "renew"})

    after = TotpDevice.objects.get().recovery_digests
    assert len(after) == 10
    assert not set(before) & set(after)


def test_one_other_browser_or_all_are_ended(guide: User):
    browser, phone, tablet = browser_of(guide), browser_of(guide), browser_of(guide)
    shown = browser.get("/security/").content.decode()
    assert shown.count('name="session"') == 2
    assert phone.session.session_key not in shown

    name = shown.split('name="session" value="')[1].split('"')[0]
    browser.post("/security/sessions/", {"session": name})
    assert SignInSession.objects.filter(user=guide).count() == 2

    browser.post("/security/sessions/")
    assert browser.get("/security/").status_code == 200
    assert phone.get("/security/").status_code == 302
    assert tablet.get("/security/").status_code == 302


def test_nobody_ends_somebody_elses_session(guide: User):
    bystander = browser_of(make_user("lin"))
    mine = bystander.get("/security/")
    assert mine.status_code == 200

    browser_of(guide).post("/security/sessions/", {"session": "0" * 32})

    assert bystander.get("/security/").status_code == 200


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/131 Safari/537 Edg/131", "Edge · Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17) wxwork/4.1 MicroMessenger/7", "企业微信 · iPhone"),
        ("curl/8", "未知浏览器"),
    ],
)
def test_browsers_are_told_in_words(agent: str, words: str):
    assert browser_words(agent) == words
