"""The lines between the harness and its programs."""

import json
import sys


def wait_for_go() -> bool:
    """Say that the program is ready; False when the harness wants nothing more of it."""
    print("ready", flush=True)
    return bool(sys.stdin.readline().strip())


def answer(values: dict[str, object]) -> None:
    """Answer one JSON object."""
    print(json.dumps(values), flush=True)
