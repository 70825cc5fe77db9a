"""WeCom's side of a callback, for tests: envelopes with real signatures."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.test import RequestFactory

from scrm.api.callbacks import CallbackLane
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

    def post(self, message: str) -> "Answered":
        """Deliver one message."""
        encrypt = self.seal(message)
        url = f"{self.url}?{urlencode(self.query(encrypt))}"
        return call(url, self.envelope(encrypt))


@dataclass
class Answered:
    """What the door answered."""

    status_code: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    content: bytes = b""


def call(url: str, body: str | bytes = b"", *, method: str = "POST", **extra: Any) -> Answered:
    """Ask the door as a web server does: with any method, address and body."""
    request = RequestFactory().generic(method, url, body, "text/xml", **extra)
    answered = Answered()

    def start_response(status: str, headers: Iterable[tuple[str, str]], *_: object) -> Any:
        answered.status_code, answered.headers = int(status.split()[0]), dict(headers)

    parts = CallbackLane(_elsewhere)(request.environ, start_response)
    answered.content = b"".join(parts)
    return answered


def _elsewhere(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Stand for Django, which knows no address below this door."""
    start_response("404 Not Found", [])
    return [environ["PATH_INFO"].encode()]


def friend_added(*, at: int = 1_780_000_000, external_userid: str = "wmTEST1") -> str:
    """The XML of an add event."""
    return (
        f"<xml><ToUserName>{CORP_ID}</ToUserName><FromUserName>sys</FromUserName>"
        f"<CreateTime>{at}</CreateTime><MsgType>event</MsgType>"
        "<Event>change_external_contact</Event><ChangeType>add_external_contact</ChangeType>"
        f"<UserID>zhangsan</UserID><ExternalUserID>{external_userid}</ExternalUserID></xml>"
    )
