"""The fixture corp's callback keys and a small WeCom that seals callbacks with them."""

import json
from pathlib import Path

from wecom.crypto import CallbackKeys, decode_aes_key, signature_of

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "wecom-crypto.json").read_text())
CONFIG = VECTORS["config"]
CORP_ID = CONFIG["corp_id"]
KEYS = CallbackKeys(
    token=CONFIG["token"],
    aes_key=decode_aes_key(CONFIG["encoding_aes_key"]),
    receive_id=CORP_ID,
)
OTHER_CORP_KEYS = CallbackKeys(
    token=CONFIG["token"], aes_key=KEYS.aes_key, receive_id="ww9999999999999999"
)
NONCE = "1372623149"
TIMESTAMP = "1767225600"


def event_xml(inner: str, *, created: int = 1767225600, sender: str = "sys") -> bytes:
    """The plain XML of an event with our own corp."""
    return (
        f"<xml><ToUserName><![CDATA[{CORP_ID}]]></ToUserName>"
        f"<FromUserName><![CDATA[{sender}]]></FromUserName><CreateTime>{created}</CreateTime>"
        f"<MsgType><![CDATA[event]]></MsgType>{inner}</xml>"
    ).encode()


def add_event_xml(
    *,
    customer: str = "wmTESTexternal000000000000000001",
    created: int = 1767225600,
    welcome_code: str = "WELCOMECODE0001",
) -> bytes:
    """The plain XML of an add event."""
    code = f"<WelcomeCode><![CDATA[{welcome_code}]]></WelcomeCode>" if welcome_code else ""
    return event_xml(
        "<Event><![CDATA[change_external_contact]]></Event>"
        "<ChangeType><![CDATA[add_external_contact]]></ChangeType>"
        f"<UserID><![CDATA[zhangsan]]></UserID><ExternalUserID><![CDATA[{customer}]]>"
        f"</ExternalUserID><State><![CDATA[A01]]></State>{code}",
        created=created,
    )


def envelope(encrypt: str, *, corp_id: str = CORP_ID) -> bytes:
    """The outer XML around a ciphertext."""
    return (
        f"<xml><ToUserName><![CDATA[{corp_id}]]></ToUserName><AgentID><![CDATA[1000002]]></AgentID>"
        f"<Encrypt><![CDATA[{encrypt}]]></Encrypt></xml>"
    ).encode()


def sign(encrypt: str, *, keys: CallbackKeys = KEYS, nonce: str = NONCE) -> dict[str, str]:
    """The query string that goes with a ciphertext."""
    return {
        "msg_signature": signature_of(
            token=keys.token, timestamp=TIMESTAMP, nonce=nonce, encrypt=encrypt
        ),
        "timestamp": TIMESTAMP,
        "nonce": nonce,
    }


def sealed(
    xml: bytes, *, keys: CallbackKeys = KEYS, corp_id: str = CORP_ID, nonce: str = NONCE
) -> tuple[dict[str, str], bytes]:
    """Query and body of one delivery."""
    encrypt = keys.encrypt(xml)
    return sign(encrypt, keys=keys, nonce=nonce), envelope(encrypt, corp_id=corp_id)
