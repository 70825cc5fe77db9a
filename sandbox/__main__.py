"""Run the simulator: `python -m sandbox --port 9000`."""

from __future__ import annotations

import argparse
import logging
from collections.abc import Sequence
from pathlib import Path

from sandbox.config import LATENCIES, WORLDS, SandboxConfig
from sandbox.server import SandboxServer


def read_options(arguments: Sequence[str] | None = None) -> SandboxConfig:
    """Return the configuration that the command line asks for."""
    parser = argparse.ArgumentParser(prog="sandbox", description="A local WeCom (企业微信)")
    parser.add_argument("--port", type=int, default=9000, help="0 takes a free one")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--world", choices=WORLDS, default="fixture")
    parser.add_argument("--customers", type=int, default=12_000, help="size of the demo world")
    parser.add_argument("--callback-base", default="", help="e.g. http://127.0.0.1:8000")
    parser.add_argument("--ready-file", type=Path, help="written as JSON once the server listens")
    parser.add_argument("--latency", choices=LATENCIES, default="none")
    parser.add_argument("--clock-hook", action="append", default=[], metavar="URL")
    parser.add_argument("--clock-token", default="")
    parser.add_argument("--sidebar-url", default="", help="the app's page in the chat tool bar")
    parser.add_argument("--home-url", default="", help="the app's home page in the workbench")
    parser.add_argument("--no-rate-limits", action="store_true")
    words = parser.parse_args(arguments)
    return SandboxConfig(
        host=words.host,
        port=words.port,
        seed=words.seed,
        world=words.world,
        customers=words.customers,
        callback_base=words.callback_base,
        ready_file=words.ready_file,
        latency=words.latency,
        clock_hooks=tuple(words.clock_hook),
        clock_token=words.clock_token,
        sidebar_url=words.sidebar_url,
        home_url=words.home_url,
        rate_limits=not words.no_rate_limits,
    )


def main() -> None:
    """Serve until interrupted."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s %(message)s")
    SandboxServer(read_options()).run()


if __name__ == "__main__":
    main()
