"""Playing histories from the command line."""

import sys
import time
from collections import Counter

from tests.sim.history import many_histories, play


def main(seed: int, count: int, profile: str, *, is_stopping: bool = False) -> int:
    """Play one history and print its trace, or many and print what was violated in them."""
    if not count:
        result = play(seed, profile=profile, is_traced=True)
        _say(*result.trace)
        _say(f"{result.profile}: {result.calls} calls, {len(result.violations)} violations")
        _say(*result.violations)
        return bool(result.violations)
    began, kinds, hours, failed = time.perf_counter(), Counter[str](), 0.0, 0
    with many_histories():
        for number in range(seed, seed + count):
            result = play(number, profile=profile)
            hours += result.virtual_seconds / 3_600
            failed += bool(result.violations)
            kinds.update(f"{result.profile} {text.partition(':')[0]}" for text in result.violations)
            for text in result.violations[:1]:
                if failed <= 20:
                    _say(f"seed {number} ({result.profile}): {text}")
            if result.violations and is_stopping:
                break
    seconds = time.perf_counter() - began
    _say(f"{count} histories, {hours:.0f} virtual hours, {failed} violated, {seconds:.1f} s")
    _say(*(f"  {kind}: {number}" for kind, number in sorted(kinds.items())))
    return bool(failed)


def _say(*lines: str) -> None:
    for line in lines:
        sys.stdout.write(line + "\n")
