"""How fast the pages over customers are: list, search and 360, by the product's own web process.

1. A program inside the product draws addresses of each kind, counts the statements of one page (the
   same for every page of a kind, or there is no figure) and times them alone: that is the floor.
2. The web process answers them over HTTP, one after the other, kinds in turn; the cold ones first
   once, uncounted.

The figure is the p95 of the slowest kind; `ratio` is its statements alone against the whole page.
"""

import time
from dataclasses import dataclass, field
from typing import Any

import requests

from bench.processes import free_port, inside, running
from bench.product import commands
from bench.report import Result, WrongOutcome, percentiles
from bench.site import Options, Site

ROUNDS = 4
WANTED_SECONDS = 0.1
# How many statements a whole page takes: one fewer where all of a list is counted with its page;
# one that finds nobody needs no rows.
STATEMENTS = {
    "list": (13, 14),
    "search": (9, 13, 14),
    "360": (20,),
    "360, orders": (5, 6),
}


@dataclass(slots=True)
class Kind:
    """One kind of page: its addresses and what was measured of it."""

    name: str
    addresses: list[str]
    statements: list[int]
    bare: list[float]
    times: list[float] = field(default_factory=list)

    @property
    def p95(self) -> float:
        """Ninety-five of a hundred were answered within."""
        return percentiles(self.times)["p95"]

    @property
    def floor(self) -> float:
        """The same share of its statements alone."""
        return percentiles(self.bare)["p95"]


def run(site: Site, options: Options) -> Result:
    """Measure on a copy of the world."""
    begun, port = time.perf_counter(), free_port()
    with site.world(options.customers, options.seed) as url:
        env = site.env(url)
        site.empty_redis()
        cookie, kinds = _kinds(env, options)
        web = commands(env, port=port)["web"]
        settings = {**env, **web["env"], "PORT": str(port)}
        with running("web", web["argv"], settings) as server:
            server.wait_for_http(f"http://127.0.0.1:{port}/healthz")
            _measure(kinds, f"http://127.0.0.1:{port}", cookie)
    for kind in kinds:
        print(_line(kind))
    slowest = max(kinds, key=lambda kind: kind.p95)
    times = [one for kind in kinds for one in kind.times]
    return Result(
        name="pages",
        figure=slowest.p95,
        unit="s, p95 of the slowest kind of page",
        floor=slowest.floor,
        ratio=slowest.floor / slowest.p95,
        size=options.size,
        seconds=time.perf_counter() - begun,
        more={
            **percentiles(times),
            "customers": options.customers,
            "slowest": slowest.name,
            "too_slow": [kind.name for kind in kinds if kind.p95 > WANTED_SECONDS],
            "statements": STATEMENTS,
        },
    )


def _kinds(env: Any, options: Options) -> tuple[str, list[Kind]]:
    arguments = (str(options.customers), str(max(ROUNDS, options.size)), str(options.seed))
    kinds: list[Kind] = []
    with inside("pages", *arguments, env=env) as program:
        cookie = str(program.ask()["cookie"])
        told = program.answer()
        while told["kind"]:
            kind = Kind(told["kind"], told["addresses"], told["statements"], told["bare"])
            kinds.append(kind)
            told = program.answer()
    wrong = [words for kind in kinds if (words := _wrong(kind))]
    if wrong:
        raise WrongOutcome("; ".join(wrong))
    return cookie, kinds


def _wrong(kind: Kind) -> str:
    wanted = STATEMENTS.get(kind.name) or STATEMENTS[kind.name.split(",")[0].split()[0]]
    if set(kind.statements) <= set(wanted):
        return ""
    return f"{kind.name} takes {kind.statements} statements, not {wanted}"


def _measure(kinds: list[Kind], base: str, cookie: str) -> None:
    with requests.Session() as browser:
        browser.headers["Cookie"] = cookie
        for kind in kinds:
            _get(browser, base + kind.addresses[0])
        for start in range(ROUNDS):
            for kind in kinds:
                kind.times += [
                    _get(browser, base + address) for address in kind.addresses[start::ROUNDS]
                ]


def _get(browser: requests.Session, address: str) -> float:
    begun = time.perf_counter()
    response = browser.get(address, allow_redirects=False, timeout=30)
    seconds = time.perf_counter() - begun
    if response.status_code != requests.codes.ok:
        raise WrongOutcome(f"{address} answered {response.status_code}")
    return seconds


def _line(kind: Kind) -> str:
    shown = {name: f"{value * 1e3:7.1f}" for name, value in percentiles(kind.times).items()}
    words = ", ".join(f"{name} {value} ms" for name, value in shown.items())
    flag = "" if kind.p95 <= WANTED_SECONDS else "  TOO SLOW"
    return f"{kind.name:26} {words}; statements alone {kind.floor * 1e3:6.1f} ms{flag}"
