"""Who does something, for the effect log (执行者)."""

import os
import socket
from functools import lru_cache


@lru_cache(maxsize=8)
def _name_of(pid: int) -> str:
    return f"{socket.gethostname()[:60]}:{pid}"


def worker_name() -> str:
    """Return host and process number; a forked child has its own."""
    return _name_of(os.getpid())
