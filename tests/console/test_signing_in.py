"""Signing in with a password, and nowhere else from there."""

import pytest
from django.conf import settings as configured
from django.test import Client
from django.urls import reverse

from tests.makers import make_user

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse"


def sign_in(client: Client, password: str = PASSWORD, **extra: str):
    make_user("operator")
    return client.post("/login/", {"username": "operator", "password": password, **extra})


def test_a_good_password_opens_the_house(client: Client):
    assert sign_in(client)["Location"] == "/"
    assert client.get("/", follow=True).status_code == 200


def test_a_bad_password_says_so_without_saying_which_part(client: Client):
    response = sign_in(client, password="wrong horse")

    assert response.status_code == 200
    assert 'role="alert"' in response.content.decode()
    assert client.get("/").status_code == 302


@pytest.mark.parametrize("to", ["https://evil.example/", "//evil.example", "/\\evil.example"])
def test_signing_in_leads_to_no_other_site(client: Client, to: str):
    assert sign_in(client, next=to)["Location"] == "/"


def test_signing_out_needs_a_post(client: Client):
    sign_in(client)

    assert client.get("/logout/").status_code == 405
    assert client.post("/logout/")["Location"] == reverse("login")
    assert client.get("/").status_code == 302


def test_signing_in_from_another_site_is_refused():
    response = Client(enforce_csrf_checks=True).post(
        "/login/", {"username": "operator", "password": PASSWORD}
    )

    assert response.status_code == 403


@pytest.mark.parametrize("path", ["/login/", "/nowhere"])
def test_pages_carry_the_strict_policy_and_nothing_inline(client: Client, path: str):
    response = client.get(path)

    assert "default-src 'self'" in response["Content-Security-Policy"].split("; ")
    shown = response.content.decode()
    assert "style=" not in shown
    assert "<style" not in shown
    assert "<script>" not in shown


def test_a_page_that_is_not_there_is_friendly(client: Client):
    response = client.get("/nowhere")

    assert response.status_code == 404
    assert "没有这个页面" in response.content.decode()
    assert configured.LOGIN_URL == "/login/"


def test_the_form_may_name_its_origin(client: Client):
    """Under `no-referrer` a browser posts `Origin: null`, and the CSRF check refuses everybody."""
    assert client.get("/login/")["Referrer-Policy"] == "same-origin"

    browser = Client(enforce_csrf_checks=True)
    make_user("operator")
    token = browser.get("/login/").cookies["csrftoken"].value
    form = {"username": "operator", "password": PASSWORD, "csrfmiddlewaretoken": token}
    answer = browser.post("/login/", form, headers={"origin": "http://testserver"})
    assert answer["Location"] == "/"
