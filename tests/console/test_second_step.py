"""After the password an authenticator's code is asked, of whoever set one up or must."""

from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from django.db import connection
from django.test import Client

from org.models import AuditRow, TotpDevice, User
from org.services.totp import begin_totp, confirm_totp
from tests.makers import make_user

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse"
AT = datetime(2026, 11, 26, 8, 0, 10, tzinfo=UTC)


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    monkeypatch.setattr("common.clock.wall", lambda: AT)


def code_at(user: User, moment: datetime = AT) -> str:
    return pyotp.TOTP(TotpDevice.objects.get(user=user).secret).at(moment)


def with_totp(name: str = "chen", role: str = User.Role.ADMIN) -> tuple[User, list[str]]:
    """An account whose authenticator was set up an hour ago."""
    user, before = make_user(name, role), AT - timedelta(hours=1)
    begin_totp(user=user, now=before)
    codes = confirm_totp(user=user, code=code_at(user, before), now=before, address="")
    return user, codes


def give_password(browser: Client, name: str = "chen", **extra: str):
    return browser.post("/login/", {"username": name, "password": PASSWORD, **extra})


def is_in(browser: Client) -> bool:
    return "_auth_user_id" in browser.session


def test_a_password_alone_does_not_open_the_house(client: Client):
    with_totp()

    out = give_password(client, next="/audit/")

    assert out["Location"] == "/login/code/"
    assert not is_in(client)
    assert client.get("/")["Location"].startswith("/login/")


def test_password_and_code_open_it(client: Client):
    user, _ = with_totp()
    give_password(client, next="/audit/")

    assert client.post("/login/code/", {"code": code_at(user)})["Location"] == "/audit/"
    assert is_in(client)


@pytest.mark.parametrize("drift", [-30, 30])
def test_a_clock_may_be_half_a_minute_off(client: Client, drift: int):
    user, _ = with_totp()
    give_password(client)
    code = code_at(user, AT + timedelta(seconds=drift))

    client.post("/login/code/", {"code": f"{code[:3]} {code[3:]}"})

    assert is_in(client)


def test_a_code_works_once(client: Client):
    user, _ = with_totp()
    give_password(client)
    client.post("/login/code/", {"code": code_at(user)})
    other = Client()
    give_password(other)

    shown = other.post("/login/code/", {"code": code_at(user)})

    assert "验证码不正确或已用过" in shown.content.decode()
    assert not is_in(other)


def test_a_recovery_code_works_once(client: Client):
    _, codes = with_totp()
    give_password(client)
    client.post("/login/code/", {"code": codes[0].lower()})
    assert is_in(client)
    other = Client()
    give_password(other)

    other.post("/login/code/", {"code": codes[0]})

    assert not is_in(other)
    assert len(TotpDevice.objects.get().recovery_digests) == 9


def test_five_wrong_codes_lock_it_for_a_quarter_of_an_hour(client: Client, monkeypatch):
    user, _ = with_totp()
    give_password(client)
    for _n in range(5):
        client.post("/login/code/", {"code": "000000"})

    refused = client.post("/login/code/", {"code": code_at(user)})
    assert "15 分钟" in refused.content.decode()
    assert not is_in(client)

    later = AT + timedelta(minutes=15)
    monkeypatch.setattr("common.clock.wall", lambda: later)
    give_password(client)
    client.post("/login/code/", {"code": code_at(user, later)})
    assert is_in(client)


def test_who_dawdles_begins_again(client: Client, monkeypatch):
    user, _ = with_totp()
    give_password(client)
    monkeypatch.setattr("common.clock.wall", lambda: AT + timedelta(minutes=11))

    assert client.post("/login/code/", {"code": code_at(user)})["Location"] == "/login/"
    assert not is_in(client)


@pytest.mark.parametrize("path", ["code", "authenticator", "password"])
def test_without_a_first_step_there_is_no_second(client: Client, path: str):
    assert client.get(f"/login/{path}/")["Location"] == "/login/"
    assert client.post(f"/login/{path}/", {"code": "1"})["Location"] == "/login/"
    assert client.post("/login/proceed/")["Location"] == "/login/"


def test_an_admin_must_set_one_up_where_it_is_required(client: Client, settings):
    settings.TOTP_REQUIRED_FOR_ADMINS = True
    user = make_user("chen", User.Role.ADMIN)

    assert give_password(client, next="/audit/")["Location"] == "/login/authenticator/"
    assert "data:image/svg+xml" in client.get("/login/authenticator/").content.decode()
    assert client.post("/login/proceed/")["Location"] == "/login/authenticator/"
    shown = client.post("/login/authenticator/", {"code": code_at(user)}).content.decode()

    assert shown.count("<li><code>") == 10
    assert not is_in(client)
    assert client.post("/login/proceed/")["Location"] == "/audit/"
    assert is_in(client)


def test_setting_up_needs_the_right_code(client: Client, settings):
    settings.TOTP_REQUIRED_FOR_ADMINS = True
    make_user("chen", User.Role.ADMIN)
    give_password(client)
    client.get("/login/authenticator/")

    client.post("/login/authenticator/", {"code": "000000"})

    assert TotpDevice.objects.get().confirmed_at is None
    assert not is_in(client)


def test_others_are_not_asked(client: Client, settings):
    settings.TOTP_REQUIRED_FOR_ADMINS = True
    make_user("lin", User.Role.OPERATOR)

    give_password(client, "lin")

    assert is_in(client)


def test_the_secret_lies_encrypted_and_codes_as_digests(client: Client):
    _, codes = with_totp()
    secret = TotpDevice.objects.get().secret
    with connection.cursor() as cursor:
        cursor.execute("SELECT secret, recovery_digests FROM org_totpdevice")
        kept, digests = cursor.fetchone()

    assert secret.encode() not in bytes(kept)
    assert codes[0] not in digests
    assert codes[0].replace("-", "") not in digests
    told = "".join(str(row.detail) for row in AuditRow.objects.all())
    assert secret not in told


def test_a_temporary_password_is_changed_on_the_way_in(client: Client):
    user = make_user("lin", User.Role.STAFF)
    User.objects.filter(pk=user.pk).update(password_is_temporary=True)

    assert give_password(client, "lin")["Location"] == "/login/password/"
    weak = {"new_password1": "12345678", "new_password2": "12345678"}
    client.post("/login/password/", weak)
    same = {"new_password1": PASSWORD, "new_password2": PASSWORD}
    client.post("/login/password/", same)
    assert not is_in(client)

    good = {"new_password1": "battery staple", "new_password2": "battery staple"}
    assert client.post("/login/password/", good)["Location"] == "/"
    assert is_in(client)
    user.refresh_from_db()
    assert user.check_password("battery staple")
    assert not user.password_is_temporary
