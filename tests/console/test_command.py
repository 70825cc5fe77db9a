"""The command menu finds what one may open, in one's own data scope, and nothing else."""

import pytest
from django.test import Client

from org.models import User
from tests.api.people import follow, make_named
from tests.makers import make_staff, make_user

pytestmark = pytest.mark.django_db


def found(user: User, words: str) -> str:
    client = Client()
    client.force_login(user)
    response = client.get("/command/", {"q": words})
    assert response.status_code == 200
    return response.content.decode()


def test_strangers_are_sent_to_the_login(client: Client):
    assert client.get("/command/")["Location"].startswith("/login/")


def test_without_words_it_offers_the_pages_one_may_open():
    assert "运行状态" in found(make_user("operator"), "")
    assert "运行状态" not in found(make_user("guide", User.Role.STAFF, make_staff("guide")), "")


def test_two_characters_find_a_customer():
    customer = make_named("汪欣怡")

    shown = found(make_user("operator"), "欣怡")

    assert "汪欣怡" in shown
    assert f"/customers/{customer.uid}/" in shown


def test_customers_of_others_are_not_found():
    mine, foreign = make_named("汪欣怡"), make_named("汪欣然")
    staff = make_staff("guide")
    follow(staff, mine)

    shown = found(make_user("lead", User.Role.MANAGER, staff), "汪欣")

    assert "汪欣怡" in shown
    assert "汪欣然" not in shown
    assert foreign.name == "汪欣然"


def test_those_without_the_right_find_no_customers():
    staff = make_staff("guide")
    follow(staff, make_named("汪欣怡"))

    assert "汪欣怡</span>" not in found(make_user("guide", User.Role.STAFF, staff), "汪欣怡")


def test_nothing_found_is_said_and_the_words_are_escaped():
    shown = found(make_user("operator"), "<script>alert(1)</script>")

    assert "没有找到" in shown
    assert "<script>" not in shown
