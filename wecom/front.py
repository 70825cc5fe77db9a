"""The strict front (回调前门): nothing else looks at a callback's body before it.

Order of the checks, cheapest and safest first: size, query shape, envelope (defusedxml: no DTD, no
entities; exactly `<xml>` with flat children), signature in constant time, decryption, receive id.
Only what passes all of them is handed on. Each failure is `CallbackRefused`.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException

from common import xml as safe_xml
from wecom.crypto import CallbackKeys
from wecom.errors import CallbackRefused

MAX_BODY_BYTES: Final = 64 * 1024
# A genuine envelope has 11 tags and CDATA marks and no attribute: more is hostile, and counting is
# cheaper than parsing it.
MAX_MARKS: Final = 40
MAX_QUOTES: Final = 8
_SIGNATURE: Final = re.compile(r"[0-9a-f]{40}", re.ASCII)
_TIMESTAMP: Final = re.compile(r"[0-9]{1,20}", re.ASCII)
_NONCE: Final = re.compile(r"[0-9A-Za-z_\-]{1,128}", re.ASCII)
_ENVELOPE_FIELDS: Final = frozenset({"ToUserName", "AgentID", "Encrypt"})


@dataclass(frozen=True, slots=True)
class CallbackQuery:
    """The signed part of a callback's query string."""

    signature: str
    timestamp: str
    nonce: str

    @classmethod
    def read(cls, query: Mapping[str, str]) -> "CallbackQuery":
        """Read and check the three parameters.

        Raises:
            CallbackRefused: one is missing or not of its shape.
        """
        return cls(
            signature=_matching(query, "msg_signature", _SIGNATURE),
            timestamp=_matching(query, "timestamp", _TIMESTAMP),
            nonce=_matching(query, "nonce", _NONCE),
        )


@dataclass(frozen=True, slots=True)
class OpenedCallback:
    """A genuine callback: its decrypted XML and the digest that makes repeated deliveries one."""

    xml: bytes
    digest: bytes


def open_callback(*, keys: CallbackKeys, query: Mapping[str, str], body: bytes) -> OpenedCallback:
    """Check and decrypt one POSTed callback.

    Args:
        keys: Token, AES key and receive id of the app in the URL.
        query: The request's query parameters, url-decoded.
        body: The request's body, as it came.

    Raises:
        CallbackRefused: anything is not as it must be.

    Source: wecom-api §25.3, §25.4.
    """
    if len(body) > MAX_BODY_BYTES:
        raise CallbackRefused("oversize")
    signed = CallbackQuery.read(query)
    encrypt = read_envelope(body, corp_id=keys.receive_id)
    keys.verify(
        signature=signed.signature,
        timestamp=signed.timestamp,
        nonce=signed.nonce,
        encrypt=encrypt,
    )
    xml = keys.decrypt(encrypt)
    return OpenedCallback(xml=xml, digest=hashlib.sha256(xml).digest())


def open_echo(*, keys: CallbackKeys, query: Mapping[str, str]) -> str:
    """Check WeCom's URL verification and return the text to answer.

    Raises:
        CallbackRefused: anything is not as it must be.

    Source: wecom-api §25.2.
    """
    signed = CallbackQuery.read(query)
    echo = query.get("echostr", "")
    if not echo or len(echo) > MAX_BODY_BYTES:
        raise CallbackRefused("echostr")
    keys.verify(
        signature=signed.signature,
        timestamp=signed.timestamp,
        nonce=signed.nonce,
        encrypt=echo,
    )
    try:
        return keys.decrypt(echo).decode()
    except UnicodeDecodeError as error:
        raise CallbackRefused("echostr encoding") from error


def read_envelope(body: bytes, *, corp_id: str) -> str:
    """Return the `<Encrypt>` text of the outer XML.

    Raises:
        CallbackRefused: not exactly the envelope of WeCom, or addressed to another corp.
    """
    fields = _flat_fields(body)
    if not fields.get("Encrypt"):
        raise CallbackRefused("no Encrypt")
    if not fields.keys() <= _ENVELOPE_FIELDS:
        raise CallbackRefused("envelope field")
    if fields.get("ToUserName", corp_id) != corp_id:
        raise CallbackRefused("another corp")
    return fields["Encrypt"]


def _flat_fields(body: bytes) -> dict[str, str]:
    """Parse `<xml>` with children that have neither children nor attributes, each name once."""
    if body.count(b"<") > MAX_MARKS or body.count(b'"') + body.count(b"'") > MAX_QUOTES:
        raise CallbackRefused("envelope markup")
    if b"\x00" in body:
        raise CallbackRefused("null bytes")  # expat would take it for UTF-16
    try:
        # Decoding first makes UTF-8 the only encoding, whatever the declaration says.
        root = safe_xml.parse(body.decode())
    except (ParseError, DefusedXmlException, UnicodeDecodeError) as error:
        raise CallbackRefused("envelope") from error
    if root.tag != "xml" or root.attrib:
        raise CallbackRefused("envelope root")
    fields: dict[str, str] = {}
    for child in root:
        if len(child) or child.attrib or child.tag in fields:
            raise CallbackRefused("envelope field")
        fields[child.tag] = (child.text or "").strip()
    return fields


def _matching(query: Mapping[str, str], name: str, shape: re.Pattern[str]) -> str:
    value = query.get(name, "")
    if not shape.fullmatch(value):
        raise CallbackRefused(f"query {name}")
    return value
