"""How fast callbacks are taken in: throughput against a bare view, and latency at 200 a second.

1. Both servers run: the product's web process, and the same server around a view that only
   verifies, decrypts and inserts one row.
2. Client processes send distinct encrypted callbacks over kept connections, each connection the
   next one when the last is answered; the two servers take turns. `ratio` is ours over theirs.
3. At a steady 200 a second the times give p50, p95, p99, measured from the timetable.
"""

import json
import statistics
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import count
from typing import Any

from bench.databases import cursor_of
from bench.processes import Program, free_port, running
from bench.product import two_web_servers
from bench.report import Result, WrongOutcome, percentiles
from bench.site import Options, Site
from sandbox import fixture

PATH = f"/wecom/callback/{fixture.CORP_ID}/scrm"
TURNS = 3
CLIENTS = 2
CONNECTIONS = 16
RATE = 200.0
# The open loop sends one callback for so many of the closed loop.
OPEN_PART = 5


@dataclass(slots=True)
class Sender:
    """Client processes against one server; every order sends callbacks nobody has seen."""

    clients: list[Program]
    seeds: Iterator[int]

    def send(self, callbacks: int, **order: Any) -> list[dict[str, Any]]:
        """Let the clients share this many callbacks; all must be answered `success`."""
        connections = max(1, CONNECTIONS // len(self.clients))
        for client in self.clients:
            share = {"count": callbacks // len(self.clients), "seed": next(self.seeds)}
            client.say(json.dumps({"connections": connections, **share, **order}))
        for client in self.clients:
            client.expect("prepared")
        for client in self.clients:
            client.say()
        answers = [client.answer() for client in self.clients]
        failed = sum(answer["failed"] for answer in answers)
        if failed:
            raise WrongOutcome(f"{failed} callbacks were not answered with success")
        return answers

    def rate(self, callbacks: int) -> float:
        """Callbacks a second at full speed."""
        answers = self.send(callbacks, mode="closed")
        slowest: float = max(it["seconds"] for it in answers)
        return sum(len(it["times"]) for it in answers) / slowest

    def times(self, callbacks: int) -> list[float]:
        """Seconds of each callback at a steady rate."""
        rate = RATE / len(self.clients)
        return [it for one in self.send(callbacks, mode="open", rate=rate) for it in one["times"]]


def run(site: Site, options: Options) -> Result:
    """Measure on a copy of the world."""
    turn_size = max(CLIENTS, options.size // TURNS)
    ports = free_port(), free_port()
    seeds = count(1)
    with site.world(options.customers, options.seed) as url:
        env = site.env(url)
        site.empty_redis()
        with (
            two_web_servers(env, url, ports=ports) as servers,
            _sender(ports[0], seeds) as ours,
            _sender(ports[1], seeds) as bare,
        ):
            for sender in (ours, bare):
                sender.rate(max(CLIENTS, turn_size // 10))
            rates, floors = [], []
            before = [server.cpu_seconds() for server in servers]
            for turn in range(TURNS):
                floors.append(bare.rate(turn_size))
                rates.append(ours.rate(turn_size))
                print(f"turn {turn + 1}: floor {floors[-1]:,.0f}/s, product {rates[-1]:,.0f}/s")
            prices = [
                (server.cpu_seconds() - begun) / (turn_size * TURNS)
                for server, begun in zip(servers, before, strict=True)
            ]
            print(
                f"a callback costs the web process {prices[0] * 1e6:,.0f} µs of processor time",
                end="",
            )
            print(f", the bare one {prices[1] * 1e6:,.0f} µs")
            times = ours.times(max(CLIENTS, options.size // OPEN_PART))
        _check_all_are_kept(url, options.size // TURNS)
    figure, floor = statistics.median(rates), statistics.median(floors)
    return Result(
        name="callbacks",
        figure=figure,
        unit="callbacks/s",
        floor=floor,
        ratio=figure / floor,
        size=options.size,
        seconds=turn_size * sum(1 / rate for rate in rates),
        more={**percentiles(times), "open_loop_rate": RATE, "connections": CONNECTIONS},
    )


@contextmanager
def _sender(port: int, seeds: Iterator[int]) -> Iterator[Sender]:
    argv = [sys.executable, "-m", "bench.client", str(port), PATH]
    with ExitStack() as stack:
        clients = [
            stack.enter_context(running(f"client-{number}", argv, {}, talks=True))
            for number in range(CLIENTS)
        ]
        yield Sender(clients, seeds)


def _check_all_are_kept(url: str, at_least: int) -> None:
    with cursor_of(url) as cursor:
        cursor.execute("SELECT count(*) FROM wecom_callbackreceipt WHERE state <> 'dead'")
        (kept,) = cursor.fetchone()
    if kept < at_least:
        raise WrongOutcome(f"only {kept} receipts were kept")
