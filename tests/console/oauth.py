"""WeCom's OAuth as the tests of signing in meet it."""

from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

from django.test import Client

from wecom.api.oauth import Visitor
from wecom.errors import WeComError


@dataclass
class FakeOAuth:
    """What `auth/getuserinfo` answers, and which codes of which corp it was asked about."""

    answer: Visitor = field(default_factory=lambda: Visitor(userid="zhangsan"))
    error: WeComError | None = None
    asked: list[tuple[str, str]] = field(default_factory=list)

    def get_user_info(self, client, *, code: str) -> Visitor:
        self.asked.append((client.corp_id, code))
        if self.error:
            raise self.error
        return self.answer


def query_of(response) -> dict[str, str]:
    """The query of a redirect."""
    return {
        name: values[0] for name, values in parse_qs(urlsplit(response["Location"]).query).items()
    }


def come_back(browser: Client, out, **over: str):
    """Return from WeCom with a code and the state that went out."""
    return browser.get(
        "/login/wecom/back", {"code": "CODE1", "state": query_of(out)["state"]} | over
    )
