"""A real Redis server on a Unix socket, without persistence: it carries bells, never truth."""

import os
import signal
import socket

import psutil

from embedded import process
from embedded.binaries import redis_server
from embedded.errors import EmbeddedError
from embedded.paths import Layout

START_SECONDS = 20.0


class Redis:
    """The Redis server of a cluster."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.socket = layout.redis_socket
        self.log = layout.state / "redis.log"
        self.pid_file = layout.state / "redis.pid"

    def start(self) -> None:
        """Start the server unless it runs, and wait until it answers."""
        if self.running() is not None and self.answers():
            return
        self.stop()
        self.layout.redis_data.mkdir(mode=0o700, exist_ok=True)
        os.chown(self.layout.redis_data, self.layout.service_uid, -1)
        self.socket.unlink(missing_ok=True)
        pid = process.spawn(self._argv(), uid=self.layout.service_uid, log=self.log)
        self.pid_file.write_text(f"{pid} {psutil.Process(pid).create_time()}\n")
        process.wait_until(lambda: self.answers() or not process.alive(pid), START_SECONDS)
        if not self.answers():
            raise EmbeddedError(
                f"Redis did not start; {self.log} ends with:\n{process.last_lines(self.log)}"
            )

    def stop(self) -> None:
        """End the server; there is nothing to save."""
        server = self.running()
        if server and not process.end(server, ((signal.SIGTERM, 5.0), (signal.SIGKILL, 5.0))):
            raise EmbeddedError(f"Redis (pid {server.pid}) does not end.")
        self.pid_file.unlink(missing_ok=True)

    def running(self) -> psutil.Process | None:
        """The server's process; the time of its birth tells it from a stranger."""
        try:
            pid, born = self.pid_file.read_text().split()
        except (FileNotFoundError, ValueError):
            return None
        server = process.alive(int(pid))
        return server if server and server.create_time() == float(born) else None

    def answers(self) -> bool:
        """True when the server says PONG."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(2.0)
            try:
                connection.connect(str(self.socket))
                connection.sendall(b"PING\r\n")
                return connection.recv(16).startswith(b"+PONG")
            except OSError:
                return False

    def _argv(self) -> list[str]:
        options = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "dir": str(self.layout.redis_data),
            "save": "",
            "appendonly": "no",
            "databases": "64",
            "maxmemory": "512mb",
            "maxmemory-policy": "noeviction",
            "daemonize": "no",
        }
        flags = [part for key, value in options.items() for part in (f"--{key}", value)]
        return [str(redis_server(self.layout)), *flags]
