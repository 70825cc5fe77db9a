"""The settings of a deployment: benchmarks measure the product as it runs there."""

import base64
from collections.abc import Mapping
from typing import Final

_KEY: Final = base64.b64encode(b"bench".ljust(32, b".")).decode()

# With DEBUG on, Django keeps a copy of every statement.
PRODUCTION: Final[Mapping[str, str]] = {
    "DJANGO_SETTINGS_MODULE": "scrm.settings",
    "DEBUG": "no",
    "SECRET_KEY": "bench" * 12,
    "FIELD_KEYS": f"bench:{_KEY}",
    "LOOKUP_HASH_KEY": _KEY,
    "ALLOWED_HOSTS": "127.0.0.1,testserver",
    "SECURE_SSL_REDIRECT": "no",
    # Static files were not collected for it.
    "HASHED_STATIC": "no",
    "LOG_FORMAT": "json",
}
