"""Addresses, codes, tickets and page signatures of pages inside WeCom."""

from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.wecom.conftest import NOW
from tests.wecom.keys import VECTORS
from wecom import errors
from wecom.api import jssdk, oauth
from wecom.client import CallInTransaction

REDIRECT = "https://scrm.example.com/sidebar/?a=1&b=2"


def _query(url):
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


def test_the_authorize_url(client, settings):
    settings.WECOM_OAUTH_BASE_URL = "https://open.example"
    url = oauth.authorize_url(client, redirect_uri=REDIRECT, state="s1")
    assert url.startswith("https://open.example/connect/oauth2/authorize?appid=ww12")
    assert url.endswith("#wechat_redirect")
    assert _query(url) == {
        "appid": "ww1234567890abcdef",
        "redirect_uri": REDIRECT,
        "response_type": "code",
        "scope": "snsapi_base",
        "state": "s1",
        "agentid": "1000002",
    }


def test_the_web_login_url(client, settings):
    settings.WECOM_LOGIN_BASE_URL = "https://login.example"
    url = oauth.web_login_url(client, redirect_uri=REDIRECT, state="s1")
    assert url.startswith("https://login.example/wwlogin/sso/login?login_type=CorpApp&")
    assert _query(url)["redirect_uri"] == REDIRECT


def test_an_app_without_agent_signs_nobody_in(client):
    with pytest.raises(errors.Misconfigured):
        oauth.authorize_url(replace(client, agent_id=None), redirect_uri=REDIRECT, state="s")


@pytest.mark.parametrize(
    ("answer", "visitor"),
    [
        ({"userid": "zhangsan"}, oauth.Visitor(userid="zhangsan")),
        (
            {"openid": "o1", "external_userid": "wm1"},
            oauth.Visitor(openid="o1", external_userid="wm1"),
        ),
    ],
)
def test_a_code_tells_who_came(client, fake, answer, visitor):
    fake.answers["auth/getuserinfo"] = [answer]
    assert oauth.get_user_info(client, code="C") == visitor
    assert visitor.is_member is ("userid" in answer)
    assert fake.calls("auth/getuserinfo")[0].query["code"] == "C"


@pytest.mark.parametrize("errcode", [40029, 42003, 42022])
def test_a_used_code_begins_again(client, fake, errcode):
    fake.answers["auth/getuserinfo"] = [{"errcode": errcode}]
    with pytest.raises(errors.LoginRejected):
        oauth.get_user_info(client, code="C")


def test_the_official_signature_vector():
    signature = jssdk.js_signature(
        ticket="sM4AOVdWfPE4DxkXGEs8VMCPGGVi4C3VM0P37wVUCFvkVAy_90u5h9nbSlYy3-Sl-HhTdfl2fzFy1AOcHKP7qg",
        nonce="Wm3WZYTPz0wzccnW",
        timestamp=1414587457,
        url="http://mp.weixin.qq.com?params=value",
    )
    assert signature == VECTORS["jssdk"]["official_example_signature"]


@pytest.mark.parametrize("fragment", ["", "#", "#/tab?x=1#2"])
def test_the_fragment_is_not_signed(fragment):
    signature = jssdk.js_signature(
        ticket="TICKET-agent-0001",
        nonce="n0nce0001",
        timestamp=1767225600,
        url="https://scrm.example.com/h5/sidebar?corp=1&tab=profile" + fragment,
    )
    assert signature == VECTORS["jssdk"]["own"]["signature"]


def test_tickets_are_leased_apart_and_kept(client, fake):
    fake.answers["get_jsapi_ticket"] = [{"ticket": "CORP", "expires_in": 7200}]
    fake.answers["ticket/get"] = [{"ticket": "AGENT", "expires_in": 7200}]
    for _ in range(3):
        assert jssdk.corp_ticket(client).value == "CORP"
        assert jssdk.agent_ticket(client).value == "AGENT"
    assert len(fake.calls("get_jsapi_ticket")) == 1
    (asked,) = fake.calls("ticket/get")
    assert asked.query == {"access_token": "TOKEN-1", "type": "agent_config"}


def test_a_page_is_signed_with_a_fresh_nonce(client, fake):
    fake.answers["ticket/get"] = [{"ticket": "AGENT", "expires_in": 7200}]
    ticket = jssdk.agent_ticket(client)
    first, second = (jssdk.sign_page(ticket=ticket, url=REDIRECT, now=NOW) for _ in range(2))
    assert first.nonce != second.nonce
    assert first.timestamp == 1767225601
    assert first.signature == jssdk.js_signature(
        ticket="AGENT", nonce=first.nonce, timestamp=1767225601, url=REDIRECT
    )


def test_tickets_are_not_fetched_inside_a_transaction(client, fake, settings):
    settings.WECOM_ALLOW_IN_TRANSACTION = False
    with pytest.raises(CallInTransaction):
        jssdk.agent_ticket(client)
    assert fake.asked == []
