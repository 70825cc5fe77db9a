"""`python -m tests.chaos [callbacks]`: the long storm, with a verdict as its last line."""

import os
import sys
import time

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
django.setup()

from tests.chaos.alone import chaos_cluster  # noqa: E402 - Django comes first
from tests.chaos.storm import begin, storm  # noqa: E402
from tests.system import EVERYTHING, System  # noqa: E402

DEFAULT_CALLBACKS = 10_000
SHOWN_PROBLEMS = 40


def main() -> int:
    """Run the storm; 0 only if nothing was lost, doubled or different."""
    asked = sys.argv[1] if len(sys.argv) > 1 else os.environ.get("CHAOS_CALLBACKS", "")
    callbacks = int(asked or DEFAULT_CALLBACKS)
    began = time.monotonic()

    def say(line: str) -> None:
        sys.stderr.write(f"{time.monotonic() - began:6.1f} s  {line}\n")

    # The pump beside Celery: two who look for the same work.
    names = (*EVERYTHING, "pump")
    with chaos_cluster() as cluster, System(cluster, names=names) as system:
        begin(system)
        verdict = storm(system, callbacks=callbacks, say=say)
    for problem in verdict.problems[:SHOWN_PROBLEMS]:
        sys.stdout.write(f"{problem}\n")
    sys.stdout.write(f"{verdict.line()}\n")
    return 1 if verdict.problems else 0


if __name__ == "__main__":
    sys.exit(main())
