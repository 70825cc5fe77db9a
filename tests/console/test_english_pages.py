"""In English no page says anything in Chinese, except names and what people wrote themselves."""

import re
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import translation

from org.models import User
from scrm.web.navigation import RAIL
from tests.makers import make_app, make_staff, make_user

pytestmark = pytest.mark.django_db

CHINESE = re.compile(r"[\u3400-\u9fff]+")
# The name of the product, of the language and of the corp, the places that stand in every language,
# and how customers without a name are addressed.
KEPT = re.compile(r"微域|简体中文|示例零售|\{(?:客户|员工|渠道|日期)\}|“朋友”")
PAGES = [reverse(place.url_name) for _, places in RAIL for place in places] + [
    reverse(name)
    for name in (
        "account-new",
        "alerts",
        "code-new",
        "default-welcome",
        "dispatches",
        "jobs",
        "roles",
        "scripts",
        "script-new",
        "security",
        "token-new",
    )
]


def visible(html: str) -> str:
    """Return what a page says: its text, labels, titles and placeholders."""
    html = re.sub(r"<(script|style)\b.*?</\1>", " ", html, flags=re.DOTALL)
    return KEPT.sub("", html)


@pytest.fixture
def english() -> Iterator[Client]:
    make_app()
    user = make_user("admin", User.Role.ADMIN, make_staff("admin"))
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(user)
    with translation.override(settings.LANGUAGE_CODE):  # what a page activates ends with its test
        yield client


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_english_throughout(english: Client, path: str):
    response = english.get(path)

    assert response.status_code == 200
    assert sorted(set(CHINESE.findall(visible(response.content.decode())))) == []


def test_without_a_wish_it_is_chinese(english: Client):
    client = Client()
    client.force_login(User.objects.get())

    assert "运行状态" in client.get("/system/").content.decode()
