"""How long a new friend waits for the welcome, in a burst, through the whole product.

1. The sandbox runs as a process with WeCom's latencies; web, both workers, beat and pump run as
   `manage.py up` starts them, on a copy of the world.
2. People add a channel code 50 times a second. Each add asks for a welcome, a tag, a remark, a task
   card and a reading of the customer.
3. A welcome's time is from the moment its callback was first due to the moment its
   `send_welcome_msg` reached the sandbox, both by the sandbox's clock. None may be missing or come
   twice.
4. Floor: a bare POST of the same request to the idle sandbox; `ratio` is its p99 over ours.
"""

import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from bench.databases import cursor_of
from bench.processes import free_port, inside, running
from bench.product import product
from bench.report import Result, WrongOutcome, percentiles
from bench.site import Options, Site
from sandbox import fixture
from sandbox.client import SimClient

PER_SECOND = 50.0
WARM_UP = 20
# A welcome code lives twenty seconds; nothing comes after that.
LAST_SECONDS = 25.0
# A second call for the same code may come a moment after the first.
LINGER_SECONDS = 1.0
BARE_POSTS = 300
ALREADY_WELCOMED = 41051
PATH = "externalcontact/send_welcome_msg"
_STAGES = """
SELECT dispatch.payload::jsonb->>'welcome_code', extract(epoch FROM receipt.received_at),
       extract(epoch FROM dispatch.created_at), extract(epoch FROM dispatch.first_sent_at)
  FROM touches_dispatch dispatch
  JOIN touches_touch touch ON touch.dispatch_id = dispatch.id
  JOIN customers_identity identity ON identity.id = touch.identity_id
  JOIN wecom_callbackreceipt receipt
    ON receipt.subject_id = identity.value AND receipt.welcome_deadline_at IS NOT NULL
 WHERE dispatch.kind = 'welcome'
"""
_CODE = re.compile(r"<WelcomeCode><!\[CDATA\[(.+?)\]\]></WelcomeCode>")


@dataclass(slots=True)
class Watch:
    """Reads the sandbox's journals: when each callback was due, when each welcome arrived."""

    sim: SimClient
    arrivals: dict[str, float] = field(default_factory=dict)
    refusals: Counter[int] = field(default_factory=Counter)
    _seen: int = 0

    def look(self) -> None:
        """Read the calls that came since the last look."""
        while entries := self.sim.requests(since=self._seen, limit=1_000):
            self._seen = entries[-1]["id"]
            for entry in entries:
                if entry["path"] == PATH and entry["errcode"] == 0:
                    self.arrivals.setdefault(entry["body"]["welcome_code"], entry["at"])
                elif entry["path"] == PATH:
                    self.refusals[entry["errcode"]] += 1

    def wait_for(self, count: int) -> None:
        """Wait until so many welcomes were accepted, or no more can come."""
        deadline = time.monotonic() + LAST_SECONDS
        while time.monotonic() < deadline:
            self.look()
            if len(self.arrivals) >= count:
                break
            time.sleep(0.2)
        time.sleep(LINGER_SECONDS)
        self.look()

    def due(self) -> dict[str, float]:
        """Return when the callback of each welcome code was first due."""
        deliveries = self.sim.callbacks(limit=20_000, plain="1")["deliveries"]
        times: dict[str, float] = {}
        for delivery in deliveries:
            found = _CODE.search(delivery["plain"])
            if found:
                times.setdefault(found[1], delivery["queued_at"])
        return times


def run(site: Site, options: Options) -> Result:
    """Measure on a copy of the world."""
    web, wecom = free_port(), free_port()
    with (
        site.world(options.customers, options.seed) as url,
        tempfile.TemporaryDirectory() as spool,
        _sandbox(wecom, calls_back=web) as sim,
    ):
        env = site.env(
            url,
            SPOOL_DIR=spool,
            SANDBOX_PORT=str(wecom),
            PORT=str(web),
            WECOM_API_BASE_URL=sim.url,
            WECOM_OAUTH_BASE_URL=sim.url,
        )
        site.empty_redis()
        with inside("welcome_code", env=env) as program:
            made = program.ask()
        if not made["config_id"]:
            raise WrongOutcome(f"the channel code was not made: {made['error']}")
        with product(env, port=web) as programs:
            watch = Watch(sim)
            warmed = _add(watch, WARM_UP, state=made["state"])
            spent = {name: program.cpu_seconds() for name, program in programs.items()}
            begun = time.perf_counter()
            times = _add(watch, options.size, state=made["state"], known=warmed)
            seconds = time.perf_counter() - begun
            for name, program in programs.items():
                print(f"  {name:14} {program.cpu_seconds() - spent[name]:.1f} s of processor time")
            _print_stages(url, watch, times)
        floor = percentiles(_bare_posts(sim, next(iter(watch.arrivals))))
    ours = percentiles(list(times.values()))
    return Result(
        name="welcome",
        figure=ours["p99"],
        unit="s from callback to welcome (p99)",
        floor=floor["p99"],
        ratio=floor["p99"] / ours["p99"],
        size=options.size,
        seconds=seconds,
        more={**ours, "adds_per_second": PER_SECOND, "slowest": max(times.values())},
    )


def _add(
    watch: Watch, count: int, *, state: str, known: dict[str, float] | None = None
) -> dict[str, float]:
    """Let people add the code; return each welcome's time by its code.

    Raises:
        WrongOutcome: a welcome is missing or came twice.
    """
    before = known or {}
    watch.sim.bulk_add(count, per_second=PER_SECOND, state=state)
    watch.wait_for(len(before) + count)
    due = {code: at for code, at in watch.due().items() if code not in before}
    missing, doubled = len(due.keys() - watch.arrivals), watch.refusals[ALREADY_WELCOMED]
    if missing or doubled or len(due) != count:
        raise WrongOutcome(
            f"{count} adds, {len(due)} callbacks, {missing} welcomes missing, {doubled} sent twice"
        )
    return {code: watch.arrivals[code] - at for code, at in due.items()}


def _print_stages(url: str, watch: Watch, times: dict[str, float]) -> None:
    """Say where the time went: each step's seconds at the 50th and the 99th percentile."""
    with cursor_of(url) as cursor:
        cursor.execute(_STAGES)
        told = {code: marks for code, *marks in cursor.fetchall() if code in times}
    due = watch.due()
    marks = [
        [due[code], *(float(mark) for mark in told[code]), watch.arrivals[code]] for code in told
    ]
    for number, stage in enumerate(("callback kept", "planned", "claimed", "arrived"), 1):
        shares = percentiles([one[number] - one[number - 1] for one in marks])
        print(f"  {stage:14} p50 {shares['p50']:.3f} s  p99 {shares['p99']:.3f} s")


def _bare_posts(sim: SimClient, welcome_code: str) -> list[float]:
    """Seconds of a POST and its answer, without WeCom's latency and with nothing else running."""
    sim.change_settings(latency="none", rate_limits=False)
    app = next(iter(fixture.empty_world().corps.values())).apps["scrm"]
    token = sim.api("GET", "gettoken", corpid=fixture.CORP_ID, corpsecret=app.secret)
    body: dict[str, Any] = {"welcome_code": welcome_code, "text": {"content": "你好" * 20}}
    times = []
    for _post in range(BARE_POSTS):
        begun = time.perf_counter()
        sim.api("POST", PATH, body, access_token=token["access_token"])
        times.append(time.perf_counter() - begun)
    return times


@contextmanager
def _sandbox(port: int, *, calls_back: int) -> Iterator[SimClient]:
    argv = [sys.executable, "-m", "sandbox", "--port", str(port), "--latency", "real"]
    argv += ["--callback-base", f"http://127.0.0.1:{calls_back}"]
    url = f"http://127.0.0.1:{port}"
    with running("sandbox", argv, {}) as program:
        program.wait_for_http(f"{url}/_sim/health")
        sim = SimClient(url)
        try:
            yield sim
        finally:
            sim.close()
