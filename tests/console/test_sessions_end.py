"""A session ends when its person may not be here any more; others go on."""

from datetime import timedelta

import pytest
from django.test import Client

from org.models import AuditRow, SignInSession, User
from org.services.accounts import (
    AccountSpec,
    change_account,
    change_own_password,
    reset_password,
    set_account_active,
)
from org.services.sign_ins import end_sessions, prune_sessions
from org.services.staff import mark_staff_left
from tests.makers import NOW, make_staff, make_user

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse"
BY = {"now": NOW, "address": "192.0.2.1"}


@pytest.fixture
def boss() -> User:
    return make_user("boss", User.Role.ADMIN)


@pytest.fixture
def guide() -> User:
    return make_user("guide", User.Role.STAFF, make_staff("zhangsan"))


def browser_of(user: User, **extra: str) -> Client:
    browser = Client(**extra)
    browser.post("/login/", {"username": user.username, "password": PASSWORD})
    assert is_in(browser)
    return browser


def is_in(browser: Client) -> bool:
    return not browser.get("/").headers.get("Location", "").startswith("/login/")


def test_who_left_the_corp_is_out_with_the_next_request(guide: User, boss: User):
    browser, other = browser_of(guide), browser_of(boss)

    mark_staff_left(corp_pk=guide.staff.corp_id, userid="ZHANGSAN", now=NOW)

    assert not is_in(browser)
    assert is_in(other)


def test_who_left_cannot_sign_in_again(guide: User):
    mark_staff_left(corp_pk=guide.staff.corp_id, userid="zhangsan", now=NOW)
    browser = Client()

    browser.post("/login/", {"username": "guide", "password": PASSWORD})

    assert not is_in(browser)


def test_an_account_switched_off_is_out(guide: User, boss: User):
    browser = browser_of(guide)

    set_account_active(user_pk=guide.pk, is_active=False, actor=boss, **BY)
    assert not is_in(browser)
    set_account_active(user_pk=guide.pk, is_active=True, actor=boss, **BY)
    assert not is_in(browser)


def test_a_new_role_begins_with_a_new_session(guide: User, boss: User):
    browser = browser_of(guide)
    spec = AccountSpec(display_name="小林", role="manager", staff=guide.staff)

    change_account(user_pk=guide.pk, spec=spec, actor=boss, **BY)

    assert not is_in(browser)


def test_a_new_name_ends_nothing(guide: User, boss: User):
    browser = browser_of(guide)
    spec = AccountSpec(display_name="小林", role="staff", staff=guide.staff)

    change_account(user_pk=guide.pk, spec=spec, actor=boss, **BY)

    assert is_in(browser)


def test_a_new_password_ends_every_session(guide: User, boss: User):
    browser, phone = browser_of(guide), browser_of(guide)
    change_own_password(user=guide, password="battery staple", **BY)
    assert not is_in(browser)
    assert not is_in(phone)


def test_a_reset_password_ends_every_session(guide: User, boss: User):
    browser = browser_of(guide)
    given = reset_password(user_pk=guide.pk, actor=boss, **BY)

    assert not is_in(browser)
    assert given.password not in repr(given)
    guide.refresh_from_db()
    assert guide.check_password(given.password)
    assert guide.password_is_temporary


def test_others_can_be_ended_and_ones_own_goes_on(guide: User, boss: User):
    browser, phone, bystander = browser_of(guide), browser_of(guide), browser_of(boss)

    ended = end_sessions(user=guide, keep=browser.session.session_key, **BY)

    assert ended == 1
    assert [is_in(each) for each in (browser, phone, bystander)] == [True, False, True]
    assert AuditRow.objects.filter(action="session_ended").get().detail == {"count": 1}


def test_a_session_says_whose_it_is_and_where_it_came_from(guide: User, monkeypatch):
    monkeypatch.setattr("common.clock.wall", lambda: NOW)
    browser_of(guide, headers={"User-Agent": "Mozilla/5.0 wxwork"}, REMOTE_ADDR="192.0.2.9")

    row = SignInSession.objects.get(user=guide)

    assert (row.means, row.address, row.agent) == ("password", "192.0.2.9", "Mozilla/5.0 wxwork")
    assert (row.signed_in_at, row.seen_at) == (NOW, NOW)


def test_when_a_session_was_seen_is_noted_every_few_minutes(guide: User, monkeypatch):
    monkeypatch.setattr("common.clock.wall", lambda: NOW)
    browser = browser_of(guide)
    for minutes, seen in ((4, 0), (6, 6), (10, 6), (12, 12)):
        moment = NOW + timedelta(minutes=minutes)
        monkeypatch.setattr("common.clock.wall", lambda moment=moment: moment)
        browser.get("/")
        assert SignInSession.objects.get().seen_at == NOW + timedelta(minutes=seen)


def test_sessions_that_are_over_are_cleared_away(guide: User, boss: User):
    browser_of(guide)
    SignInSession.objects.update(expire_date=NOW - timedelta(days=30))
    browser_of(boss)

    assert prune_sessions() == 1
    assert SignInSession.objects.get().user == boss
