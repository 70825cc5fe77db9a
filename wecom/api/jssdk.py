"""JS-SDK: tickets and signatures for pages inside WeCom (侧边栏签名), wecom-api §5."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from common import clock
from wecom import tokens
from wecom.answers import load
from wecom.client import Client, refuse_in_transaction
from wecom.models.token_lease import TokenKind
from wecom.tokens import Fetched, Token

NONCE_BYTES: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class _TicketAnswer:
    ticket: str
    expires_in: int


@dataclass(frozen=True, slots=True, kw_only=True)
class JsSignature:
    """What a page hands to the SDK."""

    timestamp: int
    nonce: str
    signature: str


def corp_ticket(client: Client) -> Token:
    """Return the ticket of the corp identity (`wx.config`); 400 fetches an hour for the corp.

    Source: wecom-api §5.1, get_jsapi_ticket.
    """
    return _ticket(client, TokenKind.JSAPI_CORP, "get_jsapi_ticket", {})


def agent_ticket(client: Client) -> Token:
    """Return the ticket of the app identity (`agentConfig`); never another app's (42012).

    Source: wecom-api §5.1, ticket/get.
    """
    return _ticket(client, TokenKind.JSAPI_AGENT, "ticket/get", {"type": "agent_config"})


def js_signature(*, ticket: str, nonce: str, timestamp: int, url: str) -> str:
    """Sign a page's URL (without its fragment) for the SDK; 40 hex digits.

    Source: wecom-api §5.2.
    """
    page = url.partition("#")[0]
    raw = f"jsapi_ticket={ticket}&noncestr={nonce}&timestamp={timestamp}&url={page}"
    return hashlib.sha1(raw.encode(), usedforsecurity=False).hexdigest()


def sign_page(*, ticket: Token, url: str, now: datetime) -> JsSignature:
    """Sign a page with a fresh nonce; the caller has checked that the page is ours."""
    nonce = secrets.token_hex(NONCE_BYTES)
    timestamp = int(now.timestamp())
    signature = js_signature(ticket=ticket.value, nonce=nonce, timestamp=timestamp, url=url)
    return JsSignature(timestamp=timestamp, nonce=nonce, signature=signature)


def _ticket(client: Client, kind: TokenKind, api: str, params: dict[str, str]) -> Token:
    def fetch() -> Fetched:
        given = load(_TicketAnswer, client.get(api, params), api=api)
        return Fetched(value=given.ticket, expires_in_seconds=given.expires_in)

    refuse_in_transaction()
    return tokens.obtain(app_pk=client.app_pk, kind=kind, now=clock.now(), fetch=fetch)
