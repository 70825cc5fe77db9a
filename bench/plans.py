"""The plans of the hot paths at full size; a scan of a whole big table is flagged.

The figure is how many paths are free of such scans, as a share.
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
# A whole scan is one that looked at so many rows.
MANY_ROWS = 5_000
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
        unit="share of paths without a scan of a big table",
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
        scans = [node for node in _nodes(plan["Plan"]) if _is_whole_scan(node, big)]
        is_flagged |= bool(scans)
        if scans or with_all or place < SHOWN_STATEMENTS:
            text = " ".join(plan["Query Text"].split())
            print(f"  {plan['ms']:9.2f} ms  {_buffers(plan['Plan'])}  {text[:110]}")
        for node in scans:
            print(f"             SCAN of {node['Relation Name']}: {_rows_read(node):,} rows read")
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


def _is_whole_scan(node: dict[str, Any], big: set[str]) -> bool:
    """True for a sequential scan of a big table that did not stop early."""
    return (
        node["Node Type"] == "Seq Scan"
        and node.get("Relation Name") in big
        and _rows_read(node) >= MANY_ROWS
    )


def _rows_read(node: dict[str, Any]) -> int:
    each = node.get("Actual Rows", 0) + node.get("Rows Removed by Filter", 0)
    return int(each * node.get("Actual Loops", 1))


def _buffers(node: dict[str, Any]) -> str:
    hit, read = node.get("Shared Hit Blocks", 0), node.get("Shared Read Blocks", 0)
    return f"{hit:>7} hit {read:>6} read"


def _big_tables(url: str) -> set[str]:
    with cursor_of(url) as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE reltuples >= %s", [BIG_ROWS])
        return {name for (name,) in cursor.fetchall()}
