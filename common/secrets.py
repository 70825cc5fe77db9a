"""Secrets at rest: AES-256-GCM with key ids, and keyed hashes for look-ups."""

import base64
import hashlib
import hmac
import os
from functools import lru_cache
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

NONCE_BYTES: Final = 12


class SecretUnreadable(ValueError):
    """A stored secret does not decrypt: wrong key, wrong place or damaged bytes."""


@lru_cache(maxsize=16)
def _cipher(key_base64: str) -> AESGCM:
    return AESGCM(base64.b64decode(key_base64))


def encrypt(plain: bytes, *, place: str) -> bytes:
    """Encrypt with the newest key; the result only decrypts in the same place.

    Args:
        plain: Bytes of any length.
        place: Where the value is kept, as `app.Model.field`: bound as associated data.
    """
    key_id, key = next(iter(settings.FIELD_KEYS.items()))
    nonce = os.urandom(NONCE_BYTES)
    sealed = _cipher(key).encrypt(nonce, plain, place.encode())
    return bytes([len(key_id)]) + key_id.encode() + nonce + sealed


def decrypt(stored: bytes, *, place: str) -> bytes:
    """Decrypt what `encrypt` made for this place.

    Raises:
        SecretUnreadable: unknown key id, another place, or damaged bytes.
    """
    length = stored[0] if stored else 0
    key_id = stored[1 : 1 + length].decode(errors="replace")
    nonce, sealed = stored[1 + length : 13 + length], stored[13 + length :]
    key = settings.FIELD_KEYS.get(key_id)
    if key is None:
        raise SecretUnreadable(f"no key {key_id!r} in FIELD_KEYS")
    try:
        return _cipher(key).decrypt(nonce, sealed, place.encode())
    except (InvalidTag, ValueError) as error:
        raise SecretUnreadable(f"the value kept in {place} does not decrypt") from error


def keyed_hash(value: str, *, purpose: str) -> str:
    """Hash a value (a phone, say) so that it can be looked up but not guessed without the key."""
    key = base64.b64decode(settings.LOOKUP_HASH_KEY)
    return hmac.new(key, f"{purpose}:{value}".encode(), hashlib.sha256).hexdigest()
