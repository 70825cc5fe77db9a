"""Passwords cannot be tried for ever."""

import pytest
from django.test import Client

from org.models import AuditRow
from scrm.console.sign_in.views import TRIES
from tests.makers import make_user

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse"


@pytest.fixture(autouse=True)
def forgotten():
    TRIES.forget()


def attempt(password: str, *, name: str = "lin", address: str = "192.0.2.1"):
    browser = Client(REMOTE_ADDR=address)
    return browser.post("/login/", {"username": name, "password": password})


def test_after_five_wrong_passwords_the_right_one_waits_too():
    make_user("lin")
    for _ in range(4):
        assert attempt("wrong").status_code == 200
    assert attempt("wrong").status_code == 429

    refused = attempt(PASSWORD)

    assert refused.status_code == 429
    assert refused["Retry-After"] == "900"
    assert "暂停 15 分钟" in refused.content.decode()


def test_elsewhere_the_account_still_opens():
    """Nobody locks somebody else out from afar."""
    make_user("lin")
    for _ in range(6):
        attempt("wrong")

    assert attempt(PASSWORD, address="192.0.2.2")["Location"] == "/"


def test_a_right_password_forgives_the_wrong_ones():
    make_user("lin")
    for _ in range(3):
        for _ in range(4):
            attempt("wrong")
        assert attempt(PASSWORD)["Location"] == "/"


def test_one_address_cannot_try_a_hundred_names():
    make_user("lin")
    for number in range(100):
        attempt("wrong", name=f"user{number}")

    assert attempt(PASSWORD).status_code == 429


def test_tries_and_lockouts_are_written_down_without_the_password():
    for _ in range(6):
        attempt("hunter2hunter2")

    rows = list(AuditRow.objects.order_by("id").values_list("action", "subject", "address"))
    assert rows[:4] == [("sign_in_failed", "lin", "192.0.2.1")] * 4
    assert rows[-1] == ("sign_in_locked", "lin", "192.0.2.1")
    assert "hunter2" not in "".join(str(row.detail) for row in AuditRow.objects.all())
