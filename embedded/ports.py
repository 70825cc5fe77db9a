"""Explain a port in use before anything is started on it."""

import socket

import psutil

from embedded.errors import EmbeddedError

HOST = "127.0.0.1"


def require_free(port: int, *, purpose: str, variable: str) -> None:
    """Raise a sentence that names the port, who holds it and how to choose another one."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except PermissionError as error:
            raise EmbeddedError(
                f"Port {port} ({purpose}) needs root. Choose one above 1023: "
                f"{variable}={port + 8000} make run"
            ) from error
        except OSError as error:
            raise EmbeddedError(
                f"Port {port} ({purpose}) is already in use{_holder(port)}. "
                f"End that program, or choose another port: {variable}={port + 10} make run"
            ) from error


def _holder(port: int) -> str:
    try:
        for connection in psutil.net_connections(kind="tcp"):
            held = connection.laddr and connection.laddr.port == port
            if held and connection.status == psutil.CONN_LISTEN and connection.pid:
                command = " ".join(psutil.Process(connection.pid).cmdline())[:80]
                return f" by process {connection.pid} ({command})"
    except psutil.Error:
        pass  # another user's process: the port number alone must do
    return ""
