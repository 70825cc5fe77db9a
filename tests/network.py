"""No test talks to another machine: sockets reach the loopback and Unix sockets only."""

import ipaddress
import socket
from typing import Any

_LOCAL_NAMES = {"", "localhost"}


class NetworkBlockedError(RuntimeError):
    """A test tried to leave this machine."""


def is_local(host: object) -> bool:
    """True for the loopback by name or number."""
    name = host.decode() if isinstance(host, bytes) else str(host)
    if name in _LOCAL_NAMES:
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def block_network() -> None:
    """Replace connecting and name resolution by versions that stay at home."""
    connect, resolve = socket.socket.connect, socket.getaddrinfo

    def guarded_connect(self: socket.socket, address: Any) -> None:
        if self.family != socket.AF_UNIX and not is_local(address[0]):
            raise NetworkBlockedError(f"a test tried to connect to {address!r}")
        connect(self, address)

    def guarded_resolve(host: Any, *args: Any, **kwargs: Any) -> Any:
        if host is not None and not is_local(host):
            raise NetworkBlockedError(f"a test tried to look up {host!r}")
        return resolve(host, *args, **kwargs)

    socket.socket.connect = guarded_connect  # type: ignore[method-assign, assignment] # the point of it
    socket.socket.connect_ex = guarded_connect  # type: ignore[assignment] # raises, never returns
    socket.getaddrinfo = guarded_resolve
