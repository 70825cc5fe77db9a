"""Identifiers: time-ordered for rows, unguessable for links."""

import hashlib
import secrets
import time
import uuid
from datetime import datetime


def uuid7() -> uuid.UUID:
    """Return a UUIDv7: 48 bits of Unix milliseconds, then random bits; sorts by creation."""
    milliseconds = time.time_ns() // 1_000_000
    random_bits = secrets.randbits(74)
    value = (milliseconds & (2**48 - 1)) << 80
    value |= 0x7 << 76 | (random_bits >> 62) << 64
    value |= 0b10 << 62 | (random_bits & (2**62 - 1))
    return uuid.UUID(int=value)


def opaque_token() -> str:
    """Return 128 unguessable bits as 22 URL-safe characters."""
    return secrets.token_urlsafe(16)


def key_digest(key: str) -> uuid.UUID:
    """Fold a text key into 128 bits of SHA-256, kept as `uuid` for a narrow unique index."""
    return uuid.UUID(bytes=hashlib.sha256(key.encode()).digest()[:16])


def first_uuid7(moment: datetime) -> uuid.UUID:
    """Return the smallest UUIDv7 of a moment: bounds a list of such keys by time."""
    milliseconds = int(moment.timestamp() * 1_000)
    return uuid.UUID(int=(milliseconds << 80) | (7 << 76) | (2 << 62))
