"""Tokens are issued within one's rights, shown once, and revoked."""

import re
from datetime import timedelta

import pytest
from django.test import Client

from org.errors import TokenRefused
from org.models import ApiToken, AuditRow, User
from org.services.roles import edit_role
from org.services.tokens import check_token, issue_token
from tests.makers import NOW, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock_stands(monkeypatch):
    monkeypatch.setattr("common.clock.now", lambda: NOW)


@pytest.fixture
def boss() -> User:
    return make_user("boss", User.Role.ADMIN)


@pytest.fixture
def console(boss: User) -> Client:
    browser = Client()
    browser.force_login(boss)
    return browser


def form_for(user: User, **over: object) -> dict[str, object]:
    return {"name": "商城", "user": user.pk, "scopes": ["events:write"], "days": "30"} | over


def test_a_token_is_shown_once(console: Client, boss: User):
    shown = console.post("/tokens/new/", form_for(boss)).content.decode()

    secret = re.findall(r'value="(wy_[\w-]+)"', shown)[0]
    token = check_token(secret=secret, now=NOW)
    assert (token.name, token.user, token.scopes) == ("商城", boss, ["events:write"])
    assert token.expires_at - token.created_at == timedelta(days=30)
    later = console.get("/tokens/").content.decode()
    assert secret not in later
    assert token.prefix in later
    row = AuditRow.objects.get()
    assert (row.action, row.subject) == ("token_issued", f"token:{token.prefix}")
    assert secret not in str(row.detail)


def test_a_revoked_token_is_refused(console: Client, boss: User):
    issued = issue_token(user=boss, name="t", now=NOW, expires_at=NOW + timedelta(days=900))

    console.post(f"/tokens/{issued.token.pk}/revoke/")
    console.post(f"/tokens/{issued.token.pk}/revoke/")

    with pytest.raises(TokenRefused):
        check_token(secret=issued.secret, now=NOW)
    assert AuditRow.objects.filter(action="token_revoked").count() == 1


@pytest.mark.parametrize(
    "over", [{"scopes": []}, {"scopes": ["everything"]}, {"days": "9999"}, {"name": ""}]
)
def test_what_cannot_be_is_not_issued(console: Client, boss: User, over):
    assert console.post("/tokens/new/", form_for(boss, **over)).status_code == 422
    assert not ApiToken.objects.exists()


def test_nobody_issues_a_token_above_themselves(boss: User):
    edit_role(role="operator", permissions=["tokens.manage"], actor=boss, now=NOW, address="")
    browser = Client()
    browser.force_login(make_user("lin", User.Role.OPERATOR))

    answer = browser.post("/tokens/new/", form_for(boss))

    assert answer.status_code == 422
    assert not ApiToken.objects.exists()


def test_a_leavers_token_is_refused(boss: User):
    issued = issue_token(user=boss, name="t", now=NOW, expires_at=NOW + timedelta(days=900))
    User.objects.filter(pk=boss.pk).update(is_active=False)

    with pytest.raises(TokenRefused):
        check_token(secret=issued.secret, now=NOW)


@pytest.mark.parametrize("count", [1, 9])
def test_the_list_costs_the_same_queries(console, boss, count: int, django_assert_num_queries):
    for _ in range(count):
        issue_token(user=boss, name="t", now=NOW, expires_at=NOW)
    # session; account with rights; how many, tokens.
    with django_assert_num_queries(4):
        assert console.get("/tokens/").status_code == 200
