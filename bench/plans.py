"""The plans of the hot paths at full size; reading much of a big table for little is flagged.

That is a sequential scan of one, or any way of reading it that throws nearly everything away. The
figure is the share of paths without such a statement.
"""

import time
from collections.abc import Iterator
from typing import Any

from bench.databases import cursor_of
from bench.processes import inside
from bench.report import Result
from bench.site import Options, Site

# Tables with fewer rows may be read whole.
BIG_ROWS = 10_000
# A sequential scan is flagged when it looked at so many rows, any other when it threw so many away.
MANY_ROWS, MANY_WASTED = 5_000, 50_000
SHOWN_STATEMENTS = 4


def run(site: Site, options: Options) -> Result:
    """Print what PostgreSQL did in each path."""
    begun, good, bad = time.perf_counter(), 0, 0
    with site.world(options.customers, options.seed) as url:
        env = site.env(url, PROCESS_KIND="command")
        site.empty_redis()
        with inside("plans", str(options.customers), str(options.size), env=env) as program:
            told = program.ask()
            big = _big_tables(url)
            while told["path"]:
                flagged = _show(told, big, with_all=options.with_profile)
                good, bad = good + (not flagged), bad + flagged
                told = program.answer()
    return Result(
        name="plans",
        figure=good / (good + bad),
        unit="share of paths that waste nothing",
        size=options.size,
        seconds=time.perf_counter() - begun,
        more={"customers": options.customers, "paths": good + bad},
    )


def _show(told: dict[str, Any], big: set[str], *, with_all: bool) -> bool:
    """Print one path's statements, the slowest first; true when one scans a big table."""
    plans = sorted(told["plans"], key=lambda plan: -float(plan["ms"]))
    total = sum(plan["ms"] for plan in plans)
    print(f"\n== {told['path']}: {len(plans)} statements, {total:.1f} ms {told.get('refusal', '')}")
    is_flagged = False
    for place, plan in enumerate(plans):
        scans = [node for node in _nodes(plan["Plan"]) if _is_wasteful(node, big)]
        is_flagged |= bool(scans)
        if scans or with_all or place < SHOWN_STATEMENTS:
            text = " ".join(plan["Query Text"].split())
            print(f"  {plan['ms']:9.2f} ms  {_buffers(plan['Plan'])}  {text[:110]}")
        for node in scans:
            read, wasted = _rows_read(node), _rows_wasted(node)
            way = f"{node['Node Type']} of {node['Relation Name']}"
            print(f"             FLAGGED: {way}, {read:,} rows read, {wasted:,} of them in vain")
        if with_all:
            _tree(plan["Plan"], 1)
    return is_flagged


def _tree(node: dict[str, Any], depth: int) -> None:
    words = [node["Node Type"], node.get("Relation Name", ""), node.get("Index Name", "")]
    time_ms = node.get("Actual Total Time", 0.0) * node.get("Actual Loops", 1)
    rows = f"rows {node.get('Actual Rows', 0)} (planned {node.get('Plan Rows', 0)})"
    loops = f"loops {node.get('Actual Loops', 0)}"
    print(f"      {'  ' * depth}{' '.join(filter(None, words))}: {time_ms:.2f} ms, {rows}, {loops}")
    for child in node.get("Plans", []):
        _tree(child, depth + 1)


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for child in node.get("Plans", []):
        yield from _nodes(child)


def _is_wasteful(node: dict[str, Any], big: set[str]) -> bool:
    """True for reading much of a big table for little."""
    if node.get("Relation Name") not in big or "Scan" not in node["Node Type"]:
        return False
    is_whole_scan = node["Node Type"] == "Seq Scan" and _rows_read(node) >= MANY_ROWS
    return is_whole_scan or _rows_wasted(node) >= MANY_WASTED


def _rows_read(node: dict[str, Any]) -> int:
    return int(node.get("Actual Rows", 0) * node.get("Actual Loops", 1)) + _rows_wasted(node)


def _rows_wasted(node: dict[str, Any]) -> int:
    """Return how many rows a filter threw away; PostgreSQL tells the mean of all loops."""
    each = node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0)
    return int(each * node.get("Actual Loops", 1))


def _buffers(node: dict[str, Any]) -> str:
    hit, read = node.get("Shared Hit Blocks", 0), node.get("Shared Read Blocks", 0)
    return f"{hit:>7} hit {read:>6} read"


def _big_tables(url: str) -> set[str]:
    with cursor_of(url) as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE reltuples >= %s", [BIG_ROWS])
        return {name for (name,) in cursor.fetchall()}
