"""`python -m tests.chaos`: the long storms, with a verdict in JSON as the last line.

`--seed 7` repeats one storm of touches; `--touches 0` or `--callbacks 0` leaves one kind out.
"""

import argparse
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
django.setup()

from tests.chaos import storm as callbacks  # noqa: E402 - Django comes first
from tests.chaos.alone import chaos_cluster  # noqa: E402
from tests.chaos.touch_storm import scale_of, touch_storm  # noqa: E402
from tests.chaos.verdict import TouchVerdict, told  # noqa: E402
from tests.system import EVERYTHING, System  # noqa: E402

DEFAULT_TOUCHES = 5_500
DEFAULT_SEEDS = 3
DEFAULT_CALLBACKS = 4_000
SHOWN_PROBLEMS = 40
LISTS = ("lost", "twice", "different", "unfinished")
BEGAN = time.monotonic()


def main() -> int:
    """Let the storms pass; 0 only if nothing was lost, doubled or without its reason."""
    words = _options()
    seeds = [words.seed] if words.seed else list(range(1, words.seeds + 1))
    touches = [_touches(seed, words.touches // len(seeds)) for seed in seeds if words.touches]
    problems = [problem for verdict in touches for problem in verdict.problems]
    answer = told(touches)
    if words.callbacks:
        verdict = _callbacks(words.callbacks)
        problems += verdict.problems
        counted = {name: len(getattr(verdict, name)) for name in LISTS}
        answer["callbacks"] = asdict(verdict) | counted
    answer |= {"ok": not problems, "problems": len(problems)}
    answer["seconds"] = round(time.monotonic() - BEGAN)
    sys.stdout.write(f"{json.dumps(answer, ensure_ascii=False)}\n")
    return 1 if problems else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests.chaos", description=__doc__)
    parser.add_argument("--touches", type=int, default=DEFAULT_TOUCHES, help="over all seeds")
    parser.add_argument("--seeds", type=int, default=DEFAULT_SEEDS)
    parser.add_argument("--seed", type=int, default=0, help="this one only")
    parser.add_argument("--callbacks", type=int, default=DEFAULT_CALLBACKS)
    return parser.parse_args()


def say(line: str) -> None:
    """Tell people how far it has come."""
    sys.stderr.write(f"{time.monotonic() - BEGAN:6.1f} s  {line}\n")


def _touches(seed: int, touches: int) -> TouchVerdict:
    say(f"touches, seed {seed}")
    with chaos_cluster() as cluster:
        verdict = touch_storm(cluster, seed=seed, scale=scale_of(touches), say=say)
    _show(verdict.problems)
    if verdict.problems:
        again = f"python -m tests.chaos --callbacks 0 --seed {seed} --touches {touches}"
        sys.stdout.write(f"seed {seed} failed; its logs: {verdict.logs}; again: {again}\n")
    say(f"seed {seed}: {json.dumps(told([verdict]), ensure_ascii=False)}")
    say(f"seed {seed}: {dict(sorted(Counter(verdict.findings.states).items()))}")
    return verdict


def _callbacks(count: int) -> callbacks.Verdict:
    # The pump beside Celery: two who look for the same work.
    say(f"{count} callbacks")
    names = (*EVERYTHING, "pump")
    with chaos_cluster() as cluster, System(cluster, names=names) as system:
        callbacks.begin(system)
        verdict = callbacks.storm(system, callbacks=count, say=say)
    _show(verdict.problems)
    say(verdict.line())
    return verdict


def _show(problems: Sequence[str]) -> None:
    for problem in problems[:SHOWN_PROBLEMS]:
        sys.stdout.write(f"{problem}\n")


if __name__ == "__main__":
    sys.exit(main())
