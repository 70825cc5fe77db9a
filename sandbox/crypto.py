"""Callback encryption of WeCom (消息加解密): AES-256-CBC with 32-byte padding, SHA-1 signature."""

from __future__ import annotations

import base64
import functools
import hashlib
import os
import struct

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

_BLOCK = 32


class CryptoError(Exception):
    """A ciphertext that was not made with this key for this receiver."""


@functools.lru_cache(maxsize=256)
def aes_key(encoding_aes_key: str) -> bytes:
    """Return the 32 key bytes of a 43-character EncodingAESKey."""
    return base64.b64decode(encoding_aes_key + "=")


def encrypt(encoding_aes_key: str, message: str, receive_id: str, salt: bytes = b"") -> str:
    """Return the `Encrypt` value of a message; `salt` (16 bytes) is random unless given."""
    key = aes_key(encoding_aes_key)
    body = message.encode()
    plain = (salt or os.urandom(16)) + struct.pack(">I", len(body)) + body + receive_id.encode()
    pad = _BLOCK - len(plain) % _BLOCK
    encryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
    data = encryptor.update(plain + bytes([pad]) * pad) + encryptor.finalize()
    return base64.b64encode(data).decode()


def decrypt(encoding_aes_key: str, encrypted: str, receive_id: str) -> str:
    """Return the message inside an `Encrypt` value.

    Raises:
        CryptoError: padding, length or receiver is wrong.
    """
    key = aes_key(encoding_aes_key)
    try:
        decryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).decryptor()
        plain = decryptor.update(base64.b64decode(encrypted)) + decryptor.finalize()
    except ValueError as error:
        raise CryptoError("not a ciphertext") from error
    if len(plain) < _BLOCK or not 1 <= plain[-1] <= _BLOCK:
        raise CryptoError("bad padding")
    plain = plain[: -plain[-1]]
    end = 20 + int(struct.unpack(">I", plain[16:20])[0])
    if end > len(plain) or plain[end:] != receive_id.encode():
        raise CryptoError("made for another receiver")
    return plain[20:end].decode()


def signature(token: str, timestamp: str, nonce: str, encrypted: str) -> str:
    """Return `msg_signature`."""
    text = "".join(sorted((token, timestamp, nonce, encrypted)))
    return hashlib.sha1(text.encode()).hexdigest()  # noqa: S324  # WeCom prescribes SHA-1


def js_signature(ticket: str, nonce: str, timestamp: str, url: str) -> str:
    """Return the JS-SDK signature of a page address."""
    page = url.split("#", maxsplit=1)[0]
    text = f"jsapi_ticket={ticket}&noncestr={nonce}&timestamp={timestamp}&url={page}"
    return hashlib.sha1(text.encode()).hexdigest()  # noqa: S324  # WeCom prescribes SHA-1
