"""A connected company with one article, and WeCom's OAuth answering as the test says."""

from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from scrm.public.links import OPENINGS_BY_ADDRESS, OPENINGS_BY_READER
from tests.content.makers import CORP_ID, NOON, WECHAT, make_corp
from tests.web.fixtures import static_files_from_source
from wecom.api.oauth import Visitor
from wecom.errors import WeComError
from wecom.models import App

__all__ = ["static_files_from_source"]


@dataclass
class FakeOAuth:
    """What `auth/getuserinfo` will answer, and which codes it was asked about."""

    answer: Visitor = field(default_factory=lambda: Visitor(external_userid="wmTEST1"))
    error: WeComError | None = None
    codes: list[str] = field(default_factory=list)

    def get_user_info(self, client: object, *, code: str) -> Visitor:
        self.codes.append(code)
        if self.error:
            raise self.error
        return self.answer


@pytest.fixture(autouse=True)
def oauth(monkeypatch) -> FakeOAuth:
    fake = FakeOAuth()
    monkeypatch.setattr("scrm.public.oauth.get_user_info", fake.get_user_info)
    monkeypatch.setattr("common.clock.now", lambda: NOON)
    OPENINGS_BY_READER.forget()
    OPENINGS_BY_ADDRESS.forget()
    return fake


@pytest.fixture
def app(db) -> App:
    return App.objects.create(
        corp=make_corp(CORP_ID),
        slug="scrm",
        agent_id=1000002,
        secret="sandbox-secret-scrm",
        callback_token="",
        aes_key="",
    )


@pytest.fixture
def phone(app) -> Client:
    """A customer's WeChat."""
    return Client(headers={"User-Agent": WECHAT})


def state_of(response) -> str:
    """The state that went out with a redirect to WeCom."""
    return parse_qs(urlsplit(response["Location"]).query)["state"][0]


def come_back(phone: Client, response, **query: str):
    """Return from WeCom with a code."""
    return phone.get("/l/oauth/callback", {"code": "CODE1", "state": state_of(response)} | query)


def read(phone: Client, code: str):
    """Open a link, go through OAuth, and see the page."""
    back = come_back(phone, phone.get(f"/l/{code}"))
    return phone.get(back["Location"])
