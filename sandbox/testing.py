"""The simulator inside a test process: a real server on a free port, in a thread."""

from __future__ import annotations

import socket
import threading
import time
from dataclasses import replace
from types import TracebackType
from typing import Self

from sandbox.client import SimClient
from sandbox.config import SandboxConfig
from sandbox.server import SandboxServer
from sandbox.simulator import Simulator

_START_SECONDS = 30.0


class SandboxThread:
    """Context manager: `with SandboxThread() as box: box.url, box.sim, box.simulator`."""

    def __init__(self, config: SandboxConfig | None = None) -> None:
        """Bind a free port; the server starts on entering."""
        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))
        port = self._socket.getsockname()[1]
        self.config = replace(config or SandboxConfig(), host="127.0.0.1", port=port)
        self.url = f"http://127.0.0.1:{port}"
        self.sim = SimClient(self.url)
        self._server = SandboxServer(self.config)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._socket]}, daemon=True
        )

    @property
    def simulator(self) -> Simulator:
        """The simulator itself, for looking only: it belongs to the server's thread."""
        simulator: Simulator = self._server.app.state.sim
        return simulator

    def __enter__(self) -> Self:
        """Start the server and wait until it listens."""
        self._thread.start()
        deadline = time.monotonic() + _START_SECONDS
        while not self._server.started:
            if time.monotonic() > deadline or not self._thread.is_alive():
                raise RuntimeError("the sandbox did not start")
            time.sleep(0.005)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop the server."""
        self.sim.close()
        self._server.should_exit = True
        self._thread.join(timeout=10)
        self._socket.close()
