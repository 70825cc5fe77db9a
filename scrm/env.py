"""Readers for environment variables; nonsense stops the start with a sentence."""

import os
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured


def text(name: str, default: str) -> str:
    """Read a text variable."""
    return os.environ.get(name, default)


def flag(name: str, *, default: bool) -> bool:
    """Read yes or no."""
    raw = os.environ.get(name)
    if raw is None or not raw.strip():
        return default
    if raw.strip().lower() in {"1", "true", "yes", "on"}:
        return True
    if raw.strip().lower() in {"0", "false", "no", "off"}:
        return False
    raise ImproperlyConfigured(f"{name} must be yes or no, not {raw!r}")


def number(name: str, default: int) -> int:
    """Read a whole number."""
    raw = os.environ.get(name)
    if raw is None or not raw.strip():
        return default
    try:
        return int(raw)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} must be a whole number, not {raw!r}") from error


def words(name: str, default: str) -> list[str]:
    """Read a comma-separated list."""
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def secret(name: str, *, development: str, debug: bool) -> str:
    """Read a secret; outside development a missing one stops the start."""
    value = os.environ.get(name)
    if value:
        return value
    if debug:
        return development
    raise ImproperlyConfigured(f"{name} must be set when DEBUG is off")


def key_ring(name: str, *, development: str, debug: bool) -> dict[str, str]:
    """Read encryption keys as `id:base64,id:base64`, newest first."""
    ring = {}
    for entry in secret(name, development=development, debug=debug).split(","):
        key_id, _, key = entry.strip().partition(":")
        if not key_id or not key:
            raise ImproperlyConfigured(f"{name} must be `id:base64[,id:base64]`, newest first")
        ring[key_id] = key
    return ring


def database(url: str) -> dict[str, object]:
    """Turn a `postgresql://` URL into Django's settings; `?host=` names a socket directory."""
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ImproperlyConfigured("DATABASE_URL must start with postgresql://")
    query = dict(pair.split("=", 1) for pair in parts.query.split("&") if "=" in pair)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or unquote(query.get("host", "")),
        "PORT": str(parts.port or query.get("port", "")),
    }


def broker(redis_url: str) -> str:
    """Return Celery's spelling of a Redis URL, which differs for sockets and database numbers."""
    if redis_url.startswith("unix://"):
        return redis_url.replace("unix://", "redis+socket://", 1).replace("db=", "virtual_host=", 1)
    return redis_url
