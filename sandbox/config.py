"""How one simulator process is set up."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

WORLDS = ("empty", "fixture", "demo")
LATENCIES = ("none", "real")


@dataclass(frozen=True, slots=True)
class SandboxConfig:
    """Start options of the simulator.

    Attributes:
        world: `empty` (one corp without people), `fixture` (three members, some customers), `demo`.
        customers: Size of the demo world.
        callback_base: Where the receivers live; `/wecom/callback/<corp>/<app slug>` is appended.
            Empty switches callbacks off until an app gets a URL.
        latency: `none`, or `real` (p50 80 ms, p99 1.5 s) for API answers.
        clock_hooks: URLs that are told of each clock change.
        clock_token: Sent to them as `X-Clock-Token`.
        sidebar_url: The app's page in the chat tool bar (聊天工具栏); empty = none is set.
        home_url: The app's home page in the workbench (应用主页); empty = none is set.
        rate_limits: Whether per-minute and per-hour limits and the concurrency cap are applied.
    """

    host: str = "127.0.0.1"
    port: int = 9000
    seed: int = 1
    world: str = "fixture"
    customers: int = 12_000
    callback_base: str = ""
    ready_file: Path | None = None
    latency: str = "none"
    clock_hooks: tuple[str, ...] = field(default_factory=tuple)
    clock_token: str = ""
    sidebar_url: str = ""
    home_url: str = ""
    rate_limits: bool = True

    def __post_init__(self) -> None:
        """Refuse unknown names early."""
        if self.world not in WORLDS:
            raise ValueError(f"world must be one of {', '.join(WORLDS)}, not {self.world!r}")
        if self.latency not in LATENCIES:
            raise ValueError(f"latency must be one of {', '.join(LATENCIES)}, not {self.latency!r}")
