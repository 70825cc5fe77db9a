"""WeCom's side of a callback, for tests: envelopes with real signatures."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.test import Client

from wecom.crypto import CallbackKeys, decode_aes_key, signature_of
from wecom.models import App, Corp

CORP_ID = "ww1234567890abcdef"
TOKEN = "scrmTestToken01"
AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"


def make_app(*, corp_id: str = CORP_ID, slug: str = "scrm", token: str = TOKEN) -> App:
    """Connect an app of a corp that receives callbacks."""
    corp, _ = Corp.objects.get_or_create(corp_id=corp_id, defaults={"name": "团绒宠物"})
    return App.objects.create(
        corp=corp,
        slug=slug,
        agent_id=1000002,
        secret="sandbox-secret-scrm",
        callback_token=token,
        aes_key=AES_KEY,
    )


@dataclass
class Sender:
    """One app of WeCom that sends callbacks to us."""

    corp_id: str = CORP_ID
    token: str = TOKEN
    receive_id: str = CORP_ID
    url: str = f"/wecom/callback/{CORP_ID}/scrm"

    def seal(self, message: str) -> str:
        """Encrypt a message as WeCom does."""
        keys = CallbackKeys(self.token, decode_aes_key(AES_KEY), self.receive_id)
        return keys.encrypt(message.encode())

    def query(self, encrypt: str) -> dict[str, str]:
        """Sign a ciphertext."""
        parts = {"timestamp": "1780000000", "nonce": "n0nce1"}
        signature = signature_of(token=self.token, encrypt=encrypt, **parts)
        return {"msg_signature": signature, **parts}

    def envelope(self, encrypt: str) -> str:
        """Write the outer XML."""
        return (
            f"<xml><ToUserName><![CDATA[{self.corp_id}]]></ToUserName>"
            f"<Encrypt><![CDATA[{encrypt}]]></Encrypt><AgentID>1000002</AgentID></xml>"
        )

    def post(self, client: Client, message: str) -> Any:
        """Deliver one message."""
        encrypt = self.seal(message)
        url = f"{self.url}?{urlencode(self.query(encrypt))}"
        return post_raw(client, url, self.envelope(encrypt))


def post_raw(client: Client, url: str, body: str | bytes, **extra: Any) -> Any:
    """Deliver any body."""
    return client.post(url, data=body, content_type="text/xml", **extra)


def friend_added(*, at: int = 1_780_000_000, external_userid: str = "wmTEST1") -> str:
    """The XML of an add event."""
    return (
        f"<xml><ToUserName>{CORP_ID}</ToUserName><FromUserName>sys</FromUserName>"
        f"<CreateTime>{at}</CreateTime><MsgType>event</MsgType>"
        "<Event>change_external_contact</Event><ChangeType>add_external_contact</ChangeType>"
        f"<UserID>zhangsan</UserID><ExternalUserID>{external_userid}</ExternalUserID></xml>"
    )
