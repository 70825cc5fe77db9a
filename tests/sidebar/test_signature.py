"""Only our own pages are signed, with the ticket of the right identity."""

from datetime import timedelta

import pytest

from org.models import Staff
from scrm.sidebar import entry
from scrm.sidebar.entry import is_signed
from tests.makers import NOW
from tests.sidebar.desk import Desk
from wecom.api.jssdk import js_signature
from wecom.errors import Misconfigured, NotSent, WeComError
from wecom.models import App
from wecom.tokens import Token

pytestmark = pytest.mark.django_db
PAGE = "https://scrm.example.com/sidebar/?corp=1&tab=profile"


@pytest.fixture(autouse=True)
def tickets(monkeypatch: pytest.MonkeyPatch) -> None:
    def ticket(value: str):
        return lambda _client: Token(value, 1, NOW + timedelta(hours=2))

    monkeypatch.setattr(entry, "_TICKETS", {"corp": ticket("CORP"), "agent": ticket("AGENT")})


@pytest.mark.parametrize(("kind", "ticket"), [("corp", "CORP"), ("agent", "AGENT")])
def test_a_page_of_ours_is_signed(desk: Desk, kind: str, ticket: str):
    answer = desk.get("/sidebar/signature", url=PAGE, kind=kind)

    signed = answer.json()
    assert answer.status_code == 200
    assert signed["timestamp"] == int(NOW.timestamp())
    assert signed["signature"] == js_signature(
        ticket=ticket, nonce=signed["nonceStr"], timestamp=signed["timestamp"], url=PAGE
    )


@pytest.mark.parametrize(
    "url",
    [
        "",
        "https://evil.example.com/sidebar/",
        "http://scrm.example.com/sidebar/",
        "https://scrm.example.com:8443/sidebar/",
        "https://scrm.example.com.evil.com/sidebar/",
        "https://user@scrm.example.com/sidebar/",
        "https://scrm.example.com/customers/",
        "https://scrm.example.com/l/abc",
        "https://scrm.example.com/sidebar",
        "javascript://scrm.example.com/sidebar/",
        "https://scrm.example.com/sidebar/?" + "x" * 2_000,
    ],
)
def test_no_other_address_is_signed(desk: Desk, url: str):
    assert not is_signed(url)

    answer = desk.get("/sidebar/signature", url=url, kind="agent")

    assert answer.status_code == 403
    assert "请从 https://scrm.example.com 打开" in answer.json()["reason"]


def test_the_workbench_is_signed_too_and_no_other_kind():
    assert is_signed("https://scrm.example.com/m/")
    assert is_signed("https://scrm.example.com/m/customers/?q=1#top")


def test_an_unknown_kind_is_refused(desk: Desk):
    assert desk.get("/sidebar/signature", url=PAGE, kind="suite").status_code == 403


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (NotSent("refused"), "暂时没有响应"),
        (Misconfigured("not allowed", errcode=48002), "没有配置好"),
    ],
)
def test_a_failure_of_wecom_is_told_in_words(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, error: WeComError, words: str
):
    def fail(_client: object) -> Token:
        raise error

    monkeypatch.setattr(entry, "_TICKETS", {"agent": fail})

    answer = desk.get("/sidebar/signature", url=PAGE, kind="agent")

    assert answer.status_code == 503
    assert words in answer.json()["reason"]


def test_a_corp_without_an_app_is_told_in_words(desk: Desk, guide: Staff):
    App.objects.update(is_enabled=False)

    answer = desk.get("/sidebar/signature", url=PAGE, kind="agent")

    assert answer.status_code == 503
    assert "没有配置好" in answer.json()["reason"]
    assert desk.get("/sidebar/").status_code == 200


def test_the_stand_in_for_the_client_exists_in_development_only(desk: Desk, settings):
    settings.DEBUG = True
    assert "sidebar/client.js" in desk.text("/sidebar/")
    assert desk.get("/sidebar/client.js").status_code == 200

    settings.DEBUG = False
    assert "sidebar/client.js" not in desk.text("/sidebar/")
    assert desk.get("/sidebar/client.js").status_code == 404
    assert desk.client.post("/sidebar/client", "{}", "application/json").status_code == 404


def test_inside_wecom_no_stand_in_is_brought_along(desk: Desk, settings):
    settings.DEBUG = True

    page = desk.client.get("/sidebar/", headers={"User-Agent": "Mozilla wxwork/4.1.36"})

    assert "sidebar/client.js" not in page.content.decode()
