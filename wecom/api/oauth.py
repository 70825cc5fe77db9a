"""Signing in: the addresses to send a browser to, and who came back (网页授权), wecom-api §4."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.conf import settings

from wecom.answers import load
from wecom.client import Client


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Who signed in: a member has a `userid`; an outsider an `openid`, a customer also his id."""

    userid: str = ""
    openid: str = ""
    external_userid: str = ""
    user_ticket: str = ""

    @property
    def is_member(self) -> bool:
        """True for a member of the corp."""
        return bool(self.userid)


def authorize_url(
    client: Client, *, redirect_uri: str, state: str, scope: str = "snsapi_base"
) -> str:
    """Return the address that signs a member in inside WeCom, silently with `snsapi_base`.

    Args:
        client: The app's client.
        redirect_uri: Ours; its host must be the app's trusted domain.
        state: Up to 128 bytes of letters and digits; single use.
        scope: `snsapi_privateinfo` asks the member for more.

    Source: wecom-api §4.1.
    """
    query = urlencode(
        {
            "appid": client.corp_id,
            "redirect_uri": redirect_uri,
            "response_type": "code",
            "scope": scope,
            "state": state,
            "agentid": client.require_agent_id(),
        }
    )
    return f"{settings.WECOM_OAUTH_BASE_URL}/connect/oauth2/authorize?{query}#wechat_redirect"


def web_login_url(client: Client, *, redirect_uri: str, state: str) -> str:
    """Return the address that signs a member in from an outside browser.

    Source: wecom-api §4.4.
    """
    query = urlencode(
        {
            "login_type": "CorpApp",
            "appid": client.corp_id,
            "agentid": client.require_agent_id(),
            "redirect_uri": redirect_uri,
            "state": state,
            "lang": "zh",
        }
    )
    return f"{settings.WECOM_LOGIN_BASE_URL}/wwlogin/sso/login?{query}"


def get_user_info(client: Client, *, code: str) -> Visitor:
    """Exchange a code (single use, 5 min) for who signed in.

    Raises:
        LoginRejected: the code is invalid, expired or used: begin again.

    Source: wecom-api §4.2, auth/getuserinfo.
    """
    api = "auth/getuserinfo"
    return load(Visitor, client.get(api, {"code": code}), api=api)
