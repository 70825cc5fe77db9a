"""Callback crypto (回调加解密), wecom-api §25.4: signature, AES-256-CBC, receive id.

wechatpy's cipher and signer do the arithmetic. Its own unwrapping is not used: it compares
signatures with `!=`, trusts the last byte as padding and believes the length inside the message.
"""

import base64
import binascii
import hmac
import os
import struct
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from wechatpy.crypto.cryptography import WeChatCipher
from wechatpy.utils import WeChatSigner

from wecom.errors import CallbackRefused

BLOCK_BYTES: Final = 32
CIPHER_BLOCK_BYTES: Final = 16
RANDOM_BYTES: Final = 16
LENGTH_BYTES: Final = 4
AES_KEY_CHARACTERS: Final = 43


def decode_aes_key(encoding_aes_key: str) -> bytes:
    """Decode an EncodingAESKey of 43 characters to 32 bytes.

    The last character may carry two stray bits that strict decoders refuse; they are dropped.

    Raises:
        ValueError: not 43 characters of the base64 alphabet.
    """
    if len(encoding_aes_key) != AES_KEY_CHARACTERS or not encoding_aes_key.isascii():
        raise ValueError("an EncodingAESKey has 43 characters")
    try:
        return base64.b64decode(encoding_aes_key + "=", validate=True)
    except binascii.Error as error:
        raise ValueError("an EncodingAESKey has letters and digits only") from error


def signature_of(*, token: str, timestamp: str, nonce: str, encrypt: str) -> str:
    """Return the SHA-1 signature over the sorted parts, as 40 hex digits."""
    signer = WeChatSigner()
    signer.add_data(token, timestamp, nonce, encrypt)
    return str(signer.signature)


@dataclass(frozen=True, slots=True)
class CallbackKeys:
    """What one app's callbacks are signed and encrypted with; never shown in a repr."""

    token: str
    aes_key: bytes
    receive_id: str

    def __repr__(self) -> str:
        return f"CallbackKeys(receive_id={self.receive_id!r})"

    def verify(self, *, signature: str, timestamp: str, nonce: str, encrypt: str) -> None:
        """Check the signature in constant time.

        Raises:
            CallbackRefused: it was not made with our token.
        """
        expected = signature_of(token=self.token, timestamp=timestamp, nonce=nonce, encrypt=encrypt)
        if not hmac.compare_digest(expected.encode(), signature.encode(errors="replace")):
            raise CallbackRefused("signature")

    def decrypt(self, encrypt: str) -> bytes:
        """Return the message inside; the receive id must be ours.

        Raises:
            CallbackRefused: bad base64, length, padding, inner length or receive id.
        """
        padded = _cipher(self.aes_key).decrypt(_ciphertext(encrypt))
        plain = _unpad(padded)
        head = RANDOM_BYTES + LENGTH_BYTES
        if len(plain) < head:
            raise CallbackRefused("plaintext too short")
        (length,) = struct.unpack(">I", plain[RANDOM_BYTES:head])
        if length > len(plain) - head:
            raise CallbackRefused("inner length")
        message, receive_id = plain[head : head + length], plain[head + length :]
        if not hmac.compare_digest(receive_id, self.receive_id.encode()):
            raise CallbackRefused("receive id")
        return bytes(message)

    def encrypt(self, message: bytes, *, random16: bytes | None = None) -> str:
        """Return the base64 ciphertext of a message to WeCom (passive replies, tests)."""
        random_part = os.urandom(RANDOM_BYTES) if random16 is None else random16
        plain = random_part + struct.pack(">I", len(message)) + message + self.receive_id.encode()
        pad = BLOCK_BYTES - len(plain) % BLOCK_BYTES
        sealed = _cipher(self.aes_key).encrypt(plain + bytes([pad]) * pad)
        return base64.b64encode(sealed).decode()


@lru_cache(maxsize=64)
def _cipher(aes_key: bytes) -> Any:
    """Return wechatpy's cipher; it holds no state, each use makes a context of its own."""
    return WeChatCipher(aes_key)


def _ciphertext(encrypt: str) -> bytes:
    try:
        sealed = base64.b64decode(encrypt.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise CallbackRefused("base64") from error
    if not sealed or len(sealed) % CIPHER_BLOCK_BYTES:
        raise CallbackRefused("ciphertext length")
    return sealed


def _unpad(padded: bytes) -> bytes:
    """Take the padding off: 1..32 equal bytes (WeCom pads to blocks of 32)."""
    pad = padded[-1]
    if not 1 <= pad <= BLOCK_BYTES or padded[-pad:] != bytes([pad]) * pad:
        raise CallbackRefused("padding")
    return padded[:-pad]
